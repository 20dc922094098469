// A scratch directory through the file port.
#pragma once

#include <catch2/catch.hpp>

#include "daemon/io/posix_files.h"
#include "tests/daemon/io/scratch.h"

namespace imapkeep {

inline std::unique_ptr<Directory> root_of(const Scratch& scratch) {
  auto root = PosixFiles().open_root(scratch.path());
  REQUIRE(root);
  return std::move(*root);
}

inline void put(Directory& directory, const std::string& name, const std::string& content) {
  auto file = directory.create(name);
  REQUIRE(file);
  REQUIRE((*file)->write(content));
  REQUIRE((*file)->close());
}

}  // namespace imapkeep
