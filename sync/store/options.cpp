#include "sync/store/options.h"

#include <type_traits>

namespace imapkeep {
namespace {

// One group for each kind of store.

StoreDescription description_of(const MaildirOptions& maildir) { return {"Maildir", maildir.path}; }

bool are_same(const MaildirOptions& one, const MaildirOptions& other) {
  return one.path == other.path;
}

std::string& place(MaildirOptions& maildir) { return maildir.path; }
const std::string& place(const MaildirOptions& maildir) { return maildir.path; }

std::string directory(const MaildirOptions& maildir) { return maildir.path; }

std::string trouble(const MaildirOptions& maildir) {
  return maildir.path == "/" ? "cannot be `/`" : "";
}

}  // namespace

StoreDescription describe(const StoreOptions& options) {
  return std::visit([](const auto& kind) { return description_of(kind); }, options);
}

bool same_place(const StoreOptions& one, const StoreOptions& other) {
  if (one.index() != other.index()) return false;
  return std::visit(
      [&](const auto& kind) {
        return are_same(kind, std::get<std::decay_t<decltype(kind)>>(other));
      },
      one);
}

std::string& place_of(StoreOptions& options) {
  return std::visit([](auto& kind) -> std::string& { return place(kind); }, options);
}

const std::string& place_of(const StoreOptions& options) {
  return std::visit([](const auto& kind) -> const std::string& { return place(kind); }, options);
}

std::string own_directory_of(const StoreOptions& options) {
  return std::visit([](const auto& kind) { return directory(kind); }, options);
}

std::string trouble_with(const StoreOptions& options) {
  return std::visit([](const auto& kind) { return trouble(kind); }, options);
}

}  // namespace imapkeep
