#include "config/key_hints.h"

#include <algorithm>
#include <iterator>

namespace imapkeep {
namespace {

struct KeyHint {
  std::string_view key;
  std::string_view hint;
};

constexpr KeyHint kExamples[] = {
    {"auth", "auth: { password: { file: PATH } }"},
    {"store", "store: { maildir: PATH }"},
    {"host", "host: imap.example.org"},
    {"user", "user: me@example.org"},
    {"folders", "folders: { exclude: [\"Spam\"] }"},
    {"oauth", "oauth: { client: { id: TEXT, secret: { file: PATH } } }"},
    {"accounts", "accounts: { NAME: { host: …, user: …, auth: …, store: … } }"},
};

constexpr KeyHint kElsewhere[] = {
    {"include", "folders.include"},
    {"exclude", "folders.exclude"},
    {"watch", "folders.watch"},
    {"password", "auth.password"},
    {"passwd", "auth.password"},
    {"oauth", "auth.oauth"},
    {"oauth2", "auth.oauth"},
    {"mechanism", "auth.mechanism"},
    {"maildir", "store.maildir"},
    {"path", "store.maildir"},
    {"ssl", "tls"},
    {"starttls", "tls"},
    {"ca", "tls.ca"},
    {"fingerprint", "tls.fingerprint"},
    {"server", "host"},
    {"hostname", "host"},
    {"username", "user"},
    {"email", "user"},
    {"login", "user"},
};

template <std::size_t size>
std::string_view look_up(const KeyHint (&table)[size], std::string_view key) {
  const auto* row = std::find_if(std::begin(table), std::end(table),
                                 [&](const auto& each) { return each.key == key; });
  return row == std::end(table) ? std::string_view() : row->hint;
}

}  // namespace

std::string_view example_of(std::string_view name) { return look_up(kExamples, name); }

std::string_view belongs_at(std::string_view key) { return look_up(kElsewhere, key); }

}  // namespace imapkeep
