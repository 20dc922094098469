// Bytes in the type that the C interfaces of cryptography ask for.
#pragma once

#include <string>
#include <string_view>

namespace imapkeep {

inline unsigned char* unsigned_bytes(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
inline const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace imapkeep
