// What passes tell of themselves, added up: for the bar of one command, or for all that the daemon
// does.
#pragma once

#include <string>

#include "daemon/observe/progress_line.h"
#include "sync/pass/progress.h"

namespace imapkeep {

class CountedProgress final : public Progress {
 public:
  [[nodiscard]] const ProgressCounts& counts() const { return counts_; }

  void on_planned(const std::string& /*folder*/, std::uint64_t messages) override {
    counts_.planned += messages;
  }
  void on_bytes(std::uint64_t received) override { counts_.received_bytes += received; }
  void on_stored(std::uint64_t messages, std::uint64_t /*bytes*/) override {
    counts_.stored += messages;
  }
  void on_folder_done(const std::string& /*folder*/) override { ++counts_.folders_done; }

 private:
  ProgressCounts counts_;
};

}  // namespace imapkeep
