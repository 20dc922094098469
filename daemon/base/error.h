// An error says three things: what went wrong (a sentence), whose trouble it is (decides the exit
// code), and the remedy: what the reader of the error should do next. The sentence is built outward
// with within(): "account work, folder INBOX: while fetching UID 812: server closed the
// connection".
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace imapkeep {

/// What the caller should do about a failure; the widest consequence is last.
enum class Remedy {
  kSkipMessage,    ///< this message or folder only: record it and go on
  kReconnect,      ///< the session has ended as sessions do: another at once, and nobody is told
  kRetrySoon,      ///< the connection is gone: connect again
  kRetryLater,     ///< server or store asked for patience: back off
  kNeedsOperator,  ///< retrying cannot help: say so once and wait for a person
};

/// Whose trouble it is. The order is that of the exit codes, see daemon/base/exit_code.h.
enum class Trouble {
  kMessage,  ///< one message or folder is owed
  kUsage,    ///< the command line
  kServer,   ///< unreachable, certificate refused, protocol unusable
  kStore,    ///< store or state cannot be written, or is not the one expected
  kBusy,     ///< somebody else holds the lock, or the server says later
  kLogin,    ///< login refused or needed
  kConfig,   ///< the configuration
};

struct Error {
  Remedy remedy = Remedy::kRetryLater;
  Trouble trouble = Trouble::kServer;
  std::string what;
  int os_code = 0;  ///< errno where the operating system said no, else 0

  /// The same error seen from further out: "<context>: <what>".
  [[nodiscard]] Error within(std::string_view context) const {
    Error outer = *this;
    outer.what = std::string(context) + ": " + what;
    return outer;
  }
};

/// For logs: one word that a monitor can match.
inline std::string_view word_of(Remedy remedy) {
  switch (remedy) {
    case Remedy::kSkipMessage:
      return "skip-message";
    case Remedy::kReconnect:
      return "reconnect";
    case Remedy::kRetrySoon:
      return "retry-soon";
    case Remedy::kRetryLater:
      return "retry-later";
    case Remedy::kNeedsOperator:
      break;
  }
  return "needs-operator";
}

inline Error server_error(std::string what, Remedy remedy = Remedy::kRetrySoon) {
  return {remedy, Trouble::kServer, std::move(what), 0};
}
inline Error store_error(std::string what, int os_code = 0,
                         Remedy remedy = Remedy::kNeedsOperator) {
  return {remedy, Trouble::kStore, std::move(what), os_code};
}
/// The disk is full, or a quota is used up.
inline bool is_about_room(const Error& error) {
  return error.os_code == ENOSPC || error.os_code == EDQUOT;
}
inline Error config_error(std::string what) {
  return {Remedy::kNeedsOperator, Trouble::kConfig, std::move(what), 0};
}

}  // namespace imapkeep
