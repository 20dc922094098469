#include "sync/imap/server_description.h"

#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"

namespace imapkeep::imap {
namespace {

constexpr std::size_t kLongestName = 100;

}  // namespace

void ServerDescription::greeted(const StatusResponse& greeting) {
  name_ = sentence_shown(greeting.text, kLongestName);
}

bool ServerDescription::take(const Response& response, bool is_trusted, bool during_login) {
  if (const auto* namespaces = std::get_if<NamespaceResponse>(&response)) {
    if (is_trusted && during_login) namespaces_ = namespaces->namespaces;
    return true;
  }
  const auto* id = std::get_if<IdResponse>(&response);
  if (id == nullptr) return false;
  std::string name;
  for (const auto& [key, value] : id->fields) {
    if (key == "name" || key == "version") name += (name.empty() ? "" : " ") + value;
  }
  if (is_trusted && !name.empty()) name_ = printable(name, kLongestName);
  return true;
}

}  // namespace imapkeep::imap
