// One batch becomes durable, in the order of docs/storage.md §6: folders, bytes, names,
// directories, flags, departures, journal. Any failure condemns the batch: the names that it placed
// are taken back, its received bytes dropped, and nothing of it is recorded, except a rename of a
// folder, which stands in the journal before it begins.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "sync/store/maildir/delivery.h"
#include "sync/store/maildir/folder_places.h"
#include "sync/store/maildir/maildir_parts.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class MaildirCommit {
 public:
  MaildirCommit(MaildirParts& parts, Batch batch, WallTime now, Notes& notes);

  Result<Committed> run();
  /// After a failure: the journal holds records (of renames) that the ledger was not told of.
  [[nodiscard]] bool journal_is_ahead() const { return renamed_; }

 private:
  Result<Done> check() const;
  Result<Done> perform();
  Result<Done> rename_folders();
  Result<Done> make_folders();
  /// The former file of a key has stayed, or a folder cannot be changed: what should have come
  /// there is left out.
  Result<Done> leave_out_messages();
  Result<Done> change_flags();
  Result<Done> change_flags(const std::string& path,
                            const std::vector<const FlagsChange*>& changes);
  Result<Done> depart(const std::vector<Departure>& leaving);
  Result<Done> remove_folders();
  void condemn();
  void refuse(FolderId folder, std::string name, const Error& why) {
    refused_.push_back({folder, std::move(name), why});
  }
  template <class R>
  void add(R record) {
    if (record.at_ms == 0) record.at_ms = unix_ms(now_);
    records_.push_back(Record(std::move(record)));
  }

  MaildirParts& parts_;
  Batch batch_;
  WallTime now_;
  Notes& notes_;
  Delivery delivery_;
  FolderPlaces places_;
  std::vector<Record> journalled_;  ///< durable already
  std::vector<Record> records_;
  std::vector<FolderRefusal> refused_;
  bool renamed_ = false;
  bool departing_ = false;
};

}  // namespace imapkeep
