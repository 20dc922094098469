// What a keeper's run tells of itself, on its way to whoever wants to know: messages that are still
// to be stored are counted for `behind`, a run that moves is no stall, and new mail that a visit
// has kept is logged with the time that it took.
#pragma once

#include <functional>

#include "daemon/base/log.h"
#include "sync/follow/account_state.h"
#include "sync/follow/idle_connections.h"
#include "sync/follow/stall_watch.h"
#include "sync/pass/progress.h"

namespace imapkeep {

class RunProgress final : public Progress {
 public:
  struct Deps {
    Progress& others;
    StallWatch& stall;
    std::uint64_t& behind;
    Clock& clock;
    Log log;
    std::function<void()> on_work;  ///< something is being done in a folder
    std::function<void()> on_change;
  };
  /// `visited`: null in a whole pass.
  RunProgress(Deps deps, const IdleConnection* visited)
      : deps_(std::move(deps)), visited_(visited) {}

  void on_planned(const std::string& folder, std::uint64_t messages) override;
  void on_bytes(std::uint64_t received) override { deps_.others.on_bytes(received); }
  void on_stored(std::uint64_t messages, std::uint64_t bytes) override;
  void on_folder_done(const std::string& folder) override;

 private:
  Deps deps_;
  const IdleConnection* visited_;
};

}  // namespace imapkeep
