// The Maildir store's blocking half: everything that touches files, except for messages on their
// way in (arriving_files.h). It runs on the store's strand, one call at a time, and never sees the
// loop; MaildirStore is its face there.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "sync/store/maildir/maildir_parts.h"
#include "sync/store/message_store.h"
#include "sync/store/options.h"

namespace imapkeep {

struct OpenedMaildir {
  StoreFacts facts;
  std::shared_ptr<Directory> tmp;  ///< for messages on their way in
  bool anew = false;               ///< what was on its way in is lost
};

class MaildirCore {
 public:
  MaildirCore(Files& files, MaildirOptions options, std::string host, std::string account)
      : files_(files),
        options_(std::move(options)),
        host_(std::move(host)),
        account_(std::move(account)) {}

  Result<OpenedMaildir> open(const std::string& expected_id, const std::string& new_id,
                             WallTime now);
  Result<JournalChunk> read_journal(JournalPosition from);
  Result<Done> check_space(std::uint64_t needed);
  void discard(IncomingId incoming);
  Result<std::vector<DurableMessage>> make_durable(Handover handover);
  /// `last_was_heard`: the caller got the result of the commit before this one.
  Result<Committed> commit(Batch batch, WallTime now, bool last_was_heard);
  Result<FolderToken> folder_token(const std::string& folder_path, const FolderToken& known);
  Result<std::vector<StoredPlace>> find_missing(const std::string& folder_path,
                                                const std::vector<StoredPlace>& places);
  Result<std::vector<std::optional<std::string>>> read_headers(
      const std::string& folder_path, const std::vector<StoredPlace>& places);
  Result<std::uint64_t> purge_gone(int days, WallTime now);
  void adoption_is_over(const std::set<std::string>& maybe_unclaimed);
  void rest();
  Result<Done> close(WallTime now);

  /// What was worth a log line since the last call.
  Notes take_notes() { return std::exchange(notes_, {}); }

 private:
  Result<OpenedMaildir> open_anew(const StoreWish& wish);
  Result<Done> finish_rename(MaildirParts& parts, const FolderRenamingRecord& renaming,
                             WallTime now);
  [[nodiscard]] StoreFacts facts_of(const MaildirParts& parts, bool created) const;
  Result<MaildirParts*> opened();
  Result<Done> close_journal(WallTime now);
  FolderToken token_or_none(const std::string& folder_path);

  Files& files_;
  MaildirOptions options_;
  std::string host_;
  std::string account_;
  std::unique_ptr<MaildirParts> parts_;  ///< null: not open
  bool clean_ = true;
  std::vector<std::string> unclaimed_;  ///< as the journal said when it was opened
  bool journal_ahead_ = false;          ///< it holds records that nobody was told of
  bool renaming_ = false;               ///< a rename may have stopped half way: opening finishes it
  Notes notes_;
};

}  // namespace imapkeep
