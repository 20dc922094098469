// What is gone from the server leaves the live tree, at the end of a pass over all folders. The
// second witness is asked here: a complete UID SEARCH under a fresh EXAMINE, whose count equals
// EXISTS. What it still lists stays. What is live elsewhere under the same SHA-256 has moved, and
// its name is unlinked; everything else goes to the kept area, or is removed when the operator
// asked for that.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/imap/connection.h"
#include "sync/mirror/mirrored_folder.h"
#include "sync/mirror/options.h"
#include "sync/mirror/recorder.h"

namespace imapkeep {

class GonePass {
 public:
  struct World {
    imap::Connection& connection;
    Ledger& ledger;
    Recorder& recorder;
    Clock& clock;
    Log log;
  };

  /// `all_visited`: no folder failed in this pass. With on_expunge: remove nothing departs without
  /// it, since a message that moved may not have been stored at its new place yet.
  GonePass(World world, AccountId account, MirrorOptions options, std::vector<Absence> absences,
           bool all_visited);
  [[nodiscard]] Operation start(Completion<Done> done);

 private:
  void next();
  void on_examined(Result<imap::Examined> examined);
  void ask_status();
  void on_searched(std::uint64_t exists, Result<UidSet> listed);
  void on_current_stored(UidSet listed, Result<UidSet> stored);
  void depart_whole_generation();
  void depart(UidSet uids);
  void next_window();
  void on_messages(Result<std::vector<KnownMessage>> messages);
  void on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere);
  void finish_absence();
  void flush_and_go_on(const std::vector<FolderCursor>& cursors);
  void leave_for_next_pass(const std::string& why);

  World world_;
  AccountId account_;
  MirrorOptions options_;
  std::vector<Absence> absences_;  // the last one is under way
  bool all_visited_;
  std::map<FolderId, std::size_t> left_;  // of the absences, how many are about this folder
  std::set<FolderId> unfinished_;
  UidSet departing_;
  std::vector<KnownMessage> window_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
