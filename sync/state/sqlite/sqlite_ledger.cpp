#include "sync/state/sqlite/sqlite_ledger.h"

#include "sync/state/sqlite/account_rows.h"
#include "sync/state/sqlite/apply_records.h"
#include "sync/state/sqlite/folder_rows.h"
#include "sync/state/sqlite/message_rows.h"
#include "sync/state/sqlite/quarantine_rows.h"
#include "sync/state/sqlite/waiting_rows.h"

namespace imapkeep {

SqliteLedger::SqliteLedger(Workers& workers, Clock& clock, std::string path)
    : clock_(clock),
      file_(std::make_shared<LedgerFile>(std::move(path))),
      strand_(workers.strand(PoolKind::kLedger)) {}

SqliteLedger::~SqliteLedger() {
  // The connection closes on the strand, behind everything that was asked of it.
  strand_->post([file = std::move(file_)]() mutable { file.reset(); });
}

template <class T>
Operation SqliteLedger::on_strand(std::function<Result<T>(Database&)> work, Completion<T> done) {
  return run_for_result<T>(
      *strand_,
      [file = file_, work = std::move(work)]() -> Result<T> {
        const auto database = file->database();
        if (!database) return database.error();
        auto result = work(**database);
        file->check_after_work();
        return result;
      },
      std::move(done));
}

Operation SqliteLedger::open(Completion<LedgerOpening> done) {
  return on_strand<LedgerOpening>(
      [file = file_](Database&) -> Result<LedgerOpening> { return file->opening(); },
      std::move(done));
}

Operation SqliteLedger::open_account(std::string name, Completion<LedgerAccount> done) {
  return on_strand<LedgerAccount>(
      [name = std::move(name), now = unix_ms(clock_.wall_now())](Database& database) {
        return imapkeep::open_account(database, name, now);
      },
      std::move(done));
}

Operation SqliteLedger::start_over(AccountId account, std::string store_id, Completion<Done> done) {
  return on_strand<Done>(
      [account, store_id = std::move(store_id)](Database& database) {
        return imapkeep::start_over(database, account, store_id);
      },
      std::move(done));
}

Operation SqliteLedger::forget_former_names(AccountId account, Completion<Done> done) {
  return on_strand<Done>(
      [account](Database& database) { return imapkeep::forget_former_names(database, account); },
      std::move(done));
}

Operation SqliteLedger::apply(AccountId account, std::vector<Record> records, JournalPosition end,
                              std::vector<FolderCursor> cursors, Completion<Done> done) {
  return on_strand<Done>(
      [account, records = std::move(records), end, cursors = std::move(cursors)](
          Database& database) { return apply_records(database, account, records, end, cursors); },
      std::move(done));
}

Operation SqliteLedger::replay(AccountId account, std::vector<Record> records, JournalPosition end,
                               Completion<std::uint64_t> done) {
  return on_strand<std::uint64_t>(
      [account, records = std::move(records), end](Database& database) {
        return replay_records(database, account, records, end);
      },
      std::move(done));
}

Operation SqliteLedger::remember_origin(AccountId account, FileOrigin origin, bool copied,
                                        Completion<Done> done) {
  return on_strand<Done>(
      [account, origin = std::move(origin), copied](Database& database) {
        return imapkeep::remember_origin(database, account, origin, copied);
      },
      std::move(done));
}

Operation SqliteLedger::folders(AccountId account, bool with_gone,
                                Completion<std::vector<LedgerFolder>> done) {
  return on_strand<std::vector<LedgerFolder>>(
      [account, with_gone](Database& database) {
        return folder_rows(database, account, with_gone);
      },
      std::move(done));
}

Operation SqliteLedger::folder(AccountId account, FolderId folder,
                               Completion<std::optional<LedgerFolder>> done) {
  return on_strand<std::optional<LedgerFolder>>(
      [account, folder](Database& database) { return folder_row(database, account, folder); },
      std::move(done));
}

Operation SqliteLedger::set_missing_since(AccountId account, FolderId folder, std::int64_t at_ms,
                                          Completion<Done> done) {
  return on_strand<Done>(
      [account, folder, at_ms](Database& database) {
        return imapkeep::set_missing_since(database, account, folder, at_ms);
      },
      std::move(done));
}

Operation SqliteLedger::stored_uids(AccountId account, FolderId folder, UidValidity uid_validity,
                                    Completion<UidSet> done) {
  return on_strand<UidSet>(
      [account, folder, uid_validity](Database& database) {
        return imapkeep::stored_uids(database, account, folder, uid_validity);
      },
      std::move(done));
}

Operation SqliteLedger::window(AccountId account, FolderId folder, UidValidity uid_validity,
                               Uid from, std::size_t limit,
                               Completion<std::vector<KnownMessage>> done) {
  return on_strand<std::vector<KnownMessage>>(
      [account, folder, uid_validity, from, limit](Database& database) {
        return message_window(database, account, folder, uid_validity, from, limit);
      },
      std::move(done));
}

Operation SqliteLedger::messages(AccountId account, FolderId folder, UidValidity uid_validity,
                                 UidSet uids, Completion<std::vector<KnownMessage>> done) {
  return on_strand<std::vector<KnownMessage>>(
      [account, folder, uid_validity, uids = std::move(uids)](Database& database) {
        return known_messages(database, account, folder, uid_validity, uids);
      },
      std::move(done));
}

Operation SqliteLedger::generations(AccountId account, FolderId folder,
                                    Completion<std::vector<UidValidity>> done) {
  return on_strand<std::vector<UidValidity>>(
      [account, folder](Database& database) {
        return imapkeep::generations(database, account, folder);
      },
      std::move(done));
}

Operation SqliteLedger::name_facts(AccountId account, std::vector<NameQuestion> questions,
                                   Completion<std::vector<NameFacts>> done) {
  return on_strand<std::vector<NameFacts>>(
      [account, questions = std::move(questions)](Database& database) {
        return imapkeep::name_facts(database, account, questions);
      },
      std::move(done));
}

Operation SqliteLedger::live_elsewhere(AccountId account, std::vector<KnownMessage> leaving,
                                       std::shared_ptr<const UidsByPlace> also_leaving,
                                       Completion<std::vector<std::optional<LiveCopy>>> done) {
  return on_strand<std::vector<std::optional<LiveCopy>>>(
      [account, leaving = std::move(leaving),
       also_leaving = std::move(also_leaving)](Database& database) {
        return imapkeep::live_elsewhere(database, account, leaving, also_leaving.get());
      },
      std::move(done));
}

Operation SqliteLedger::other_sizes(AccountId account, std::uint64_t most,
                                    Completion<std::uint64_t> done) {
  return on_strand<std::uint64_t>(
      [account, most](Database& database) { return count_other_sizes(database, account, most); },
      std::move(done));
}

Operation SqliteLedger::quarantined(AccountId account,
                                    Completion<std::vector<QuarantinedMessage>> done) {
  return on_strand<std::vector<QuarantinedMessage>>(
      [account](Database& database) { return quarantine_rows(database, account); },
      std::move(done));
}

Operation SqliteLedger::count_attempts(AccountId account, std::vector<MessageKey> keys,
                                       Completion<Done> done) {
  return on_strand<Done>(
      [account, keys = std::move(keys)](Database& database) {
        return imapkeep::count_attempts(database, account, keys);
      },
      std::move(done));
}

Operation SqliteLedger::waiting(AccountId account, Completion<std::vector<WaitingDeparture>> done) {
  return on_strand<std::vector<WaitingDeparture>>(
      [account](Database& database) { return waiting_rows(database, account); }, std::move(done));
}

Operation SqliteLedger::set_waiting(AccountId account, std::vector<WaitingDeparture> waiting,
                                    Completion<Done> done) {
  return on_strand<Done>(
      [account, waiting = std::move(waiting)](Database& database) {
        return put_waiting(database, account, waiting);
      },
      std::move(done));
}

Operation SqliteLedger::record_pass(AccountId account, PassSummary summary, Completion<Done> done) {
  return on_strand<Done>(
      [account, summary = std::move(summary)](Database& database) {
        return imapkeep::record_pass(database, account, summary);
      },
      std::move(done));
}

}  // namespace imapkeep
