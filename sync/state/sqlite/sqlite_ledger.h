// The Ledger in one SQLite file. Every call becomes a piece of work on the ledger's own strand,
// where the connection lives; work already handed over is done even when nobody waits for its
// answer. The file is opened by the first call, or by open(), which also tells how it was found.
#pragma once

#include <memory>

#include "daemon/base/clock.h"
#include "daemon/base/workers.h"
#include "sync/state/ledger.h"
#include "sync/state/sqlite/ledger_file.h"

namespace imapkeep {

class SqliteLedger final : public Ledger {
 public:
  /// One program at a time may write to `path` (the state directory's lock sees to it); any number
  /// may read it meanwhile, see read_ledger.h.
  SqliteLedger(Workers& workers, Clock& clock, std::string path);
  ~SqliteLedger() override;

  Operation open(Completion<LedgerOpening> done) override;
  [[nodiscard]] bool is_lost() const override { return file_->is_lost(); }

  Operation open_account(std::string name, Completion<LedgerAccount> done) override;
  Operation start_over(AccountId account, std::string store_id, Completion<Done> done) override;
  Operation forget_former_names(AccountId account, Completion<Done> done) override;
  Operation apply(AccountId account, std::vector<Record> records, JournalPosition end,
                  std::vector<FolderCursor> cursors, Completion<Done> done) override;
  Operation replay(AccountId account, std::vector<Record> records, JournalPosition end,
                   Completion<std::uint64_t> done) override;
  Operation remember_origin(AccountId account, FileOrigin origin, bool copied,
                            Completion<Done> done) override;
  Operation folders(AccountId account, bool with_gone,
                    Completion<std::vector<LedgerFolder>> done) override;
  Operation folder(AccountId account, FolderId folder,
                   Completion<std::optional<LedgerFolder>> done) override;
  Operation set_missing_since(AccountId account, FolderId folder, std::int64_t at_ms,
                              Completion<Done> done) override;
  Operation stored_uids(AccountId account, FolderId folder, UidValidity uid_validity,
                        Completion<UidSet> done) override;
  Operation window(AccountId account, FolderId folder, UidValidity uid_validity, Uid from,
                   std::size_t limit, Completion<std::vector<KnownMessage>> done) override;
  Operation messages(AccountId account, FolderId folder, UidValidity uid_validity, UidSet uids,
                     Completion<std::vector<KnownMessage>> done) override;
  Operation generations(AccountId account, FolderId folder,
                        Completion<std::vector<UidValidity>> done) override;
  Operation name_facts(AccountId account, std::vector<NameQuestion> questions,
                       Completion<std::vector<NameFacts>> done) override;
  Operation live_elsewhere(AccountId account, std::vector<KnownMessage> leaving,
                           std::shared_ptr<const UidsByPlace> also_leaving,
                           Completion<std::vector<std::optional<LiveCopy>>> done) override;
  Operation other_sizes(AccountId account, std::uint64_t most,
                        Completion<std::uint64_t> done) override;
  Operation quarantined(AccountId account,
                        Completion<std::vector<QuarantinedMessage>> done) override;
  Operation count_attempts(AccountId account, std::vector<MessageKey> keys,
                           Completion<Done> done) override;
  Operation waiting(AccountId account, Completion<std::vector<WaitingDeparture>> done) override;
  Operation set_waiting(AccountId account, std::vector<WaitingDeparture> waiting,
                        Completion<Done> done) override;
  Operation record_pass(AccountId account, PassSummary summary, Completion<Done> done) override;

 private:
  template <class T>
  Operation on_strand(std::function<Result<T>(Database&)> work, Completion<T> done);

  Clock& clock_;
  std::shared_ptr<LedgerFile> file_;  ///< touched on the strand only
  std::unique_ptr<Strand> strand_;
};

}  // namespace imapkeep
