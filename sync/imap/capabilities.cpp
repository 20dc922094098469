#include "sync/imap/capabilities.h"

#include <set>

#include "daemon/base/bytes.h"
#include "sync/imap/lexer.h"

namespace imapkeep::imap {

Capabilities::Capabilities(const std::vector<std::string>& atoms) {
  const std::set<std::string> ordered = [&] {
    std::set<std::string> upper;
    for (const auto& atom : atoms) {
      if (!atom.empty()) upper.insert(upper_case(atom));
    }
    return upper;
  }();
  for (const auto& atom : ordered) atoms_ += (atoms_.empty() ? " " : "") + atom + " ";
  atoms_.shrink_to_fit();
}

bool Capabilities::has(std::string_view atom) const {
  return !atom.empty() && atoms_.find(" " + upper_case(atom) + " ") != std::string::npos;
}

std::optional<std::uint64_t> Capabilities::number(std::string_view name) const {
  const std::string begin = " " + upper_case(name) + "=";
  const auto at = atoms_.find(begin);
  if (at == std::string::npos) return std::nullopt;
  const auto value = at + begin.size();
  return parse_u64(std::string_view(atoms_).substr(value, atoms_.find(' ', value) - value));
}

std::vector<std::string> Capabilities::mechanisms() const {
  constexpr std::string_view kAuth = "AUTH=";
  std::vector<std::string> found;
  for (std::string& atom : words_of(atoms_)) {
    if (atom.starts_with(kAuth) && atom.size() > kAuth.size()) {
      found.push_back(atom.substr(kAuth.size()));
    }
  }
  return found;
}

std::string Capabilities::str() const {
  return empty() ? std::string() : atoms_.substr(1, atoms_.size() - 2);
}

}  // namespace imapkeep::imap
