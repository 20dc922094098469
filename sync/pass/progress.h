// Port: what a pass tells of itself while it runs, to the terminal's bar, the keeper of an account
// and the clients of the control socket. All calls come from the loop.
#pragma once

#include <cstdint>
#include <string>

namespace imapkeep {

class Progress {
 public:
  virtual ~Progress() = default;
  /// These are to be fetched from a folder; totals grow as folders are listed. Bytes are a guess.
  virtual void on_planned(const std::string& /*folder*/, std::uint64_t /*messages*/) {}
  virtual void on_bytes(std::uint64_t /*received*/) {}
  /// Durable, and in the journal; the ledger is told of them next.
  virtual void on_stored(std::uint64_t /*messages*/, std::uint64_t /*bytes*/) {}
  virtual void on_folder_done(const std::string& /*folder*/) {}
};

}  // namespace imapkeep
