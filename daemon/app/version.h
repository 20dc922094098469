// The version of CMakeLists.txt; a test compares the two.
#pragma once

namespace imapkeep {

constexpr const char* kVersion = "0.1.0";

}  // namespace imapkeep
