// What every store must do, whatever it is made of: named cases that see a store only through its
// two ports, MessageStore and StoreReader, as restic and kopia have them for their back ends. Each
// case gets a place in which there is no store yet. What only some stores can show (a power cut, a
// medium that is read-only) is asked of the StoreUnderTest, and a case that needs it does nothing
// where the answer is no.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sync/store/message_store.h"
#include "sync/store/store_reader.h"
#include "tests/support/store_driver.h"

namespace imapkeep::store_test {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  /// What a process has that writes there, or reads; not opened. The clock is `clock`.
  virtual std::unique_ptr<MessageStore> writer() = 0;
  virtual std::unique_ptr<StoreReader> reader() = 0;
  /// Lets everything that was asked for happen.
  virtual void work() = 0;

  /// Whoever has written ends at once, in the middle of whatever it does; nothing is closed. Its
  /// writer has been destroyed, or is of no use any more.
  virtual void kill() = 0;
  /// And what was not durable is gone. False: that cannot be done here.
  virtual bool cut_power() { return false; }
  /// Nothing can be written any more.
  virtual bool make_read_only() { return false; }
  /// The n-th change from now fails, and no other.
  virtual bool fail_change(std::uint64_t /*n*/) { return false; }
  virtual void no_faults() {}

  /// All that is there, in words: what is called how, holds what and was changed when.
  virtual std::string everything() = 0;
  /// Attempts to change something so far; 0: nobody counts them.
  virtual std::uint64_t changes() { return 0; }

  /// The medium is not there, as a disk that is not mounted; what was made in its place meanwhile
  /// is shown by everything().
  virtual void unmount() = 0;
  virtual void mount() = 0;

  // What people and other programs do. `bytes` are those that lie there, packed or not.
  virtual void put_foreign(const std::string& folder_path, const std::string& name,
                           const std::string& bytes) = 0;
  virtual void change_bytes(const StoredEntry& entry,
                            const std::function<void(std::string& bytes)>& change) = 0;
  virtual void remove(const StoredEntry& entry) = 0;
  /// A mail reader sets other flags. False: it cannot, there.
  virtual bool mark(const StoredEntry& /*entry*/, const std::string& /*letters*/) { return false; }
  /// The journal's last line is half a line.
  virtual void tear_journal() = 0;

  WallClock clock;
};

struct StoreCase {
  std::string_view name;
  void (*run)(StoreUnderTest& under);
};
std::vector<StoreCase> store_cases();

// By what they are about.
std::vector<StoreCase> writing_cases();
std::vector<StoreCase> batch_cases();
std::vector<StoreCase> equal_mail_cases();
std::vector<StoreCase> departure_cases();
std::vector<StoreCase> folder_cases();
std::vector<StoreCase> opening_cases();
std::vector<StoreCase> reading_cases();
std::vector<StoreCase> damage_cases();

}  // namespace imapkeep::store_test
