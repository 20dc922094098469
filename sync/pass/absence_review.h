// What a pass has found absent is weighed before anything leaves: how much is gone at once, is it
// live elsewhere, has it waited for a later pass, has a person accepted it (the decisions are
// sync/plan/departure_plan's). What may leave is handed on to GonePass, which asks for the second
// witness; the rest waits in the ledger.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "sync/pass/mirrored_folder.h"
#include "sync/plan/departure_plan.h"

namespace imapkeep {

class AbsenceReview {
 public:
  struct Deps {
    Ledger& ledger;
    Clock& clock;
    Log log;
  };
  struct Question {
    AccountId account;
    bool keep = true;
    WitnessMoment moment;
    std::uint64_t stored = 0;          ///< live messages of all folders that are mirrored
    std::set<FolderId> looked_at;      ///< what waits there and is not absent any more, is back
    std::set<FolderId> throws_away{};  ///< \Trash, \Junk
  };
  struct Outcome {
    std::vector<Absence> may_depart;        ///< with UIDs; in the order given
    std::set<FolderId> unfinished;          ///< something of them waits
    std::vector<WaitingDeparture> waiting;  ///< as the ledger has it now, with what may depart
    UidSet long_unstored(FolderId folder, UidValidity uid_validity) const;
    std::map<std::pair<FolderId, UidValidity>, UidSet> owed_for_long{};
  };

  AbsenceReview(Deps deps, Question question, std::vector<Absence> absences);
  [[nodiscard]] Operation start(Completion<Outcome> done);

 private:
  using Place = std::pair<FolderId, UidValidity>;
  struct Weighed {
    std::vector<AbsentFolder> folders;
    std::map<FolderId, std::size_t> at;  ///< in `folders`
  };
  void on_waiting(Result<std::vector<WaitingDeparture>> waiting);
  void on_quarantined(const Result<std::vector<QuarantinedMessage>>& quarantined);
  void look_at_next();
  void on_stored(Result<UidSet> stored);
  void weigh();
  void look_elsewhere();
  void on_messages(Result<std::vector<KnownMessage>> messages);
  void on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere);
  [[nodiscard]] const std::vector<WaitingDeparture>& waited_at(const Place& place) const;
  [[nodiscard]] UidSet accepted_at(const Place& place) const;
  [[nodiscard]] Weighed folders() const;
  void sort();
  void write(std::vector<WaitingDeparture> waiting);

  Deps deps_;
  Question question_;
  std::vector<Absence> absences_;
  std::vector<WaitingDeparture> before_;
  std::map<Place, std::vector<WaitingDeparture>> before_at_;  ///< the same
  UidsByPlace absent_;
  UidsByPlace nowhere_;
  std::shared_ptr<const UidsByPlace> leaving_;  ///< absent_, once it is complete
  std::set<FolderId> doubted_;
  std::size_t at_ = 0;  ///< in absences_
  UidSet to_look_for_;
  std::vector<KnownMessage> window_;
  Outcome outcome_;
  Operation operation_;
  Pending<Outcome> done_;
};

}  // namespace imapkeep
