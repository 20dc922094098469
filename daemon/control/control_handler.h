// What a client of the control socket may ask, and where the answers go. The control server speaks
// the protocol; the daemon is the handler that knows the accounts. Neither knows the other's
// insides.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/operation.h"
#include "daemon/observe/progress_line.h"

namespace imapkeep {

struct ControlRequest {
  enum class Verb { kSync, kStatus, kReload, kWake };
  Verb verb = Verb::kStatus;
  std::vector<std::string> accounts{};  ///< kSync, kWake: only these; empty: all
  bool json = false;                    ///< kStatus
  bool watch = false;        ///< kStatus: again whenever something changed, until the end
  bool accept_gone = false;  ///< kSync, of accounts that are named: what waits for a person may go
};

/// What a command says while it works: the handler speaks to one, and at the other end of the
/// socket the client listens as one.
class ControlOutput {
 public:
  virtual ~ControlOutput() = default;
  virtual void out(std::string text) = 0;   ///< for standard output, as it is
  virtual void line(std::string text) = 0;  ///< for standard error, a line without its end
  virtual void page(std::string text) = 0;  ///< takes the place of the page shown before (watch)
  virtual void progress(const ProgressCounts& counts) = 0;
};

/// One client. Every call may come at any time until end(); after it the object must not be used.
/// To a client that reads slowly, pages and progress may be told only in their newest state.
class ControlReply : public ControlOutput {
 public:
  virtual void end(int exit_code) = 0;
};

class ControlHandler {
 public:
  virtual ~ControlHandler() = default;
  /// `reply` lives until it was told the end or the Operation is destroyed, which means that the
  /// client has gone or the daemon is ending; never from inside a call of `reply`. Nothing is
  /// replied from inside this call.
  [[nodiscard]] virtual Operation serve(const ControlRequest& request, ControlReply& reply) = 0;
};

}  // namespace imapkeep
