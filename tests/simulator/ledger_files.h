// The real files of a ledger, as a crash would leave them. SQLite in this process ends every
// connection in order; a killed process does not, so its files are copied before it dies and put
// back behind it.
#pragma once

#include <map>
#include <string>

namespace imapkeep::sim {

class LedgerFiles {
 public:
  /// As they are now. `path`: the ledger's.
  static LedgerFiles copy(const std::string& path);
  /// In the place of whatever is there. What SQLite shares between processes is made anew by it.
  void put_back(const std::string& path) const;

  static void remove(const std::string& path);
  static void spoil(const std::string& path);  ///< as a bad disk would

 private:
  std::map<std::string, std::string> files_;  ///< suffix → bytes
};

}  // namespace imapkeep::sim
