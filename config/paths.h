// Paths as an operator writes them: absolute, relative to the file they stand in, or below the home
// directory with `~/`. Nothing is asked of the file system.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/process_environment.h"
#include "daemon/base/result.h"

namespace imapkeep {

/// Absolute, without `//`, `/./` and a `/` at the end. `..` stays: behind a link it does not mean
/// what the letters say. `file` is the one in which `text` stands. Errors have no subject.
Result<std::string> resolve_path(const ProcessEnvironment& environment, std::string_view text,
                                 const std::string& file);

/// The directory part, "." when there is none.
std::string directory_of(std::string_view path);
/// `name` in `directory`; "." adds nothing.
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace imapkeep
