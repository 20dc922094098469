#include "auth/private_file.h"

#include <utility>

#include "daemon/base/operator_file.h"

namespace imapkeep {
namespace {

std::string octal(std::uint32_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3)
    digits += static_cast<char>('0' + ((mode >> shift) & 7));
  return digits;
}

}  // namespace

Result<Secret> read_private_file(Files& files, const Surroundings& surroundings,
                                 const std::string& path, const std::string& of, Openness openness,
                                 std::size_t limit) {
  auto file = find_operator_file(files, surroundings, path);
  if (!file) return file.error();
  const auto& facts = file->facts;
  if (openness == Openness::kOwnerOnly && (facts.mode & 0077) != 0)
    return config_error(of + " is open to others (mode " + octal(facts.mode & 07777) +
                        "); chmod 600 it");
  // Root reads everybody's files anyway, for example in `imapkeep check`.
  if (facts.owner != 0 && facts.owner != surroundings.user_id && surroundings.user_id != 0)
    return config_error(of + " belongs to another user (uid " + std::to_string(facts.owner) +
                        "), who can read and change it");
  auto bytes = read_operator_file(*file, path, limit);
  if (!bytes) return bytes.error();
  return Secret(std::move(*bytes));
}

}  // namespace imapkeep
