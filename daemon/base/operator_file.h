// A file that the operator named: a configuration, a password. Unlike names that a server chose,
// its links are followed (dotfile managers and secret mounts are made of them); what counts is the
// file at the end. Facts come first, so that a caller can refuse before a byte is read.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

struct OperatorFile {
  std::unique_ptr<Directory> directory;
  std::string name;  ///< in that directory
  FileFacts facts;   ///< a regular file
};

/// Errors are Trouble::kConfig and name `path` as it was given.
Result<OperatorFile> find_operator_file(Files& files, const ProcessEnvironment& environment,
                                        const std::string& path);
/// All of it; more than `limit` bytes are an error, an unfinished read too.
Result<std::string> read_operator_file(OperatorFile& file, const std::string& path,
                                       std::size_t limit);

}  // namespace imapkeep
