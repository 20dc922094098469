// Where an account's mirror is kept, as the operator says it. Each kind of store has its own
// options; the rest of the program knows them as StoreOptions and asks the functions below, so that
// another kind is added here and where stores are made, and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace imapkeep {

struct MaildirOptions {
  std::string path;                           ///< ROOT, absolute
  std::uint64_t min_free = 1U << 30;          ///< bytes that must stay free on the file system
  std::optional<std::uint32_t> user_id = {};  ///< who runs this; a store of another is refused
  bool operator==(const MaildirOptions&) const = default;
};

using StoreOptions = std::variant<MaildirOptions>;

/// What a person is told of a store.
struct StoreDescription {
  std::string_view kind;  ///< "Maildir"
  std::string place;      ///< as the operator wrote it; nobody has looked whether it can be printed
};
StoreDescription describe(const StoreOptions& options);

/// Whether both are one store, which two accounts must not write to.
bool same_place(const StoreOptions& one, const StoreOptions& other);

/// What says where it is, in which `{user}` may stand for the user's name. Empty: not known yet.
std::string& place_of(StoreOptions& options);
const std::string& place_of(const StoreOptions& options);

/// The directory of this machine that is the store's alone, with all that is in it; empty: none.
std::string own_directory_of(const StoreOptions& options);

/// Why it cannot be a store, whatever lies there, as what follows the name of the key; empty: it
/// can.
std::string trouble_with(const StoreOptions& options);

}  // namespace imapkeep
