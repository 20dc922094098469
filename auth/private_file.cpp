#include "auth/private_file.h"

#include <utility>

#include "daemon/base/file_rights.h"
#include "daemon/base/operator_file.h"

namespace imapkeep {
Result<Secret> read_private_file(Files& files, const ProcessEnvironment& environment,
                                 const std::string& path, const std::string& of, Openness openness,
                                 std::size_t limit) {
  auto file = find_operator_file(files, environment, path);
  if (!file) return file.error();
  const auto& facts = file->facts;
  if (openness == Openness::kOwnerOnly && (facts.mode & 0077) != 0)
    return config_error(of + " is open to others (mode " + octal_mode(facts.mode & 07777) +
                        "); chmod 600 it");
  if (const auto why = why_not_ours(facts, environment.user_id); !why.empty())
    return config_error(of + " " + why);
  auto bytes = read_operator_file(*file, path, limit);
  if (!bytes) return bytes.error();
  return Secret(std::move(*bytes));
}

}  // namespace imapkeep
