// A file that holds a secret: its owner alone may read it, and the owner must be us or root. The
// facts are looked at before a byte is read.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

enum class Openness {
  kOwnerOnly,
  kAsFound,  ///< a systemd credential: its directory is private, and ACLs look like group rights
};

/// All of it. `of` begins every sentence: "the secret file /etc/x". Errors are kConfig and hold
/// no part of the content.
Result<Secret> read_private_file(Files& files, const ProcessEnvironment& environment,
                                 const std::string& path, const std::string& of, Openness openness,
                                 std::size_t limit);

}  // namespace imapkeep
