#include "sync/imap/capabilities.h"

#include "sync/imap/lexer.h"

namespace imapkeep::imap {

Capabilities::Capabilities(const std::vector<std::string>& atoms) {
  for (const auto& atom : atoms) {
    if (!atom.empty()) atoms_.insert(upper_case(atom));
  }
}

bool Capabilities::has(std::string_view atom) const { return atoms_.count(upper_case(atom)) > 0; }

std::vector<std::string> Capabilities::mechanisms() const {
  constexpr std::string_view kAuth = "AUTH=";
  std::vector<std::string> found;
  for (auto it = atoms_.lower_bound(std::string(kAuth)); it != atoms_.end(); ++it) {
    if (!it->starts_with(kAuth)) break;
    if (it->size() > kAuth.size()) found.push_back(it->substr(kAuth.size()));
  }
  return found;
}

std::string Capabilities::str() const {
  std::string text;
  for (const auto& atom : atoms_) {
    if (!text.empty()) text += ' ';
    text += atom;
  }
  return text;
}

}  // namespace imapkeep::imap
