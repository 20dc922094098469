#include "tests/simulator/ledger_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace imapkeep::sim {
namespace {

constexpr const char* kSuffixes[] = {"", "-wal", "-shm"};

}  // namespace

LedgerFiles LedgerFiles::copy(const std::string& path) {
  LedgerFiles ledger;
  for (const std::string suffix : {"", "-wal"}) {
    std::ifstream file(path + suffix, std::ios::binary);
    if (!file) continue;
    ledger.files_[suffix] = {std::istreambuf_iterator<char>(file), {}};
  }
  return ledger;
}

void LedgerFiles::put_back(const std::string& path) const {
  remove(path);
  for (const auto& [suffix, bytes] : files_) {
    std::ofstream(path + suffix, std::ios::binary) << bytes;
  }
}

void LedgerFiles::remove(const std::string& path) {
  for (const std::string suffix : kSuffixes) std::filesystem::remove(path + suffix);
}

void LedgerFiles::spoil(const std::string& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const std::string torn(3000, '?');
  file.seekp(4096 + 50);
  file << torn;
}

}  // namespace imapkeep::sim
