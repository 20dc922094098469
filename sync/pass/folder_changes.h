// What LIST says, made true of the mirror's folders: new ones are made, renamed ones moved (when a
// sample of their messages agrees; one that costs the connection is changed for another once, and
// then the folder counts as new, so that one bad message stops nothing), missing ones given a first
// witness, and those missing for long enough, whose STATUS is refused too, reported as gone.
// Deciding is sync/plan/folder_plan's.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/pass/mirrored_folder.h"
#include "sync/pass/options.h"
#include "sync/pass/recorder.h"
#include "sync/pass/same_bodies.h"
#include "sync/pass/suspects.h"
#include "sync/plan/folder_plan.h"
#include "sync/plan/left_out.h"
#include "sync/plan/rename_sample.h"

namespace imapkeep {

class FolderChanges {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    MessageStore& store;
    Ledger& ledger;
    Recorder& recorder;
    Unstored& unstored;
    Suspects& suspects;
    Clock& clock;
    Log log;
  };
  struct Outcome {
    std::vector<MirroredFolder> to_visit;  ///< in the order of mailbox_choice
    std::vector<Absence> gone;             ///< of folders; to be taken from the back
    std::set<std::string> paths;           ///< of all folders that are known, visited or not
    LeftOut left_out;
  };

  FolderChanges(Deps deps, AccountId account, const MirrorOptions& options);
  [[nodiscard]] Operation start(std::vector<imap::ListedMailbox> listed, Completion<Outcome> done);

 private:
  void on_folders(Result<std::vector<LedgerFolder>> folders);
  [[nodiscard]] bool knows_inbox() const;
  void ask_for_inbox();
  void decide();
  void ask_status();
  void next_rename();
  void on_renamed_examined(Result<imap::Examined> examined);
  void on_sample(Result<std::vector<KnownMessage>> sample);
  void on_sample_facts(const Result<Done>& done);
  void carry_out_rename();
  void rename_refused(const std::string& why);
  /// The question that recognises a renamed folder was not answered.
  void sample_failed(const UidSet& asked, const Error& error);
  void note_missing();
  void note_returned();
  void next_gone();
  void on_gone_status(const Result<imap::MailboxStatus>& status);
  void on_gone_examined(const Result<imap::Examined>& examined);
  void is_there_after_all(const std::string& why);
  void is_gone(FolderId id);
  void make_new_folders();
  void read_again();
  void collect(Result<std::vector<LedgerFolder>> folders);
  [[nodiscard]] const LedgerFolder* find(FolderId id) const;
  [[nodiscard]] std::int64_t now_ms() const;
  void fail(const Error& error);

  Deps deps_;
  AccountId account_;
  const MirrorOptions& options_;
  std::vector<imap::ListedMailbox> listed_;
  std::map<MailboxName, std::size_t> places_;  // in listed_
  std::vector<LedgerFolder> known_;            // not those that are gone
  std::uint32_t last_id_ = 0;
  std::vector<MailboxName> to_ask_;
  bool asked_ = false;
  FolderPlan plan_;
  std::size_t made_ = 0;  // of those that the plan created
  std::vector<KnownMessage> sample_;
  std::vector<SampleFacts> sample_facts_;
  std::unique_ptr<SameBodies> bodies_;
  Outcome outcome_;
  Operation operation_;
  Pending<Outcome> done_;
};

}  // namespace imapkeep
