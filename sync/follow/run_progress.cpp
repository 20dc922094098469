#include "sync/follow/run_progress.h"

#include <algorithm>

namespace imapkeep {

void RunProgress::on_planned(const std::string& folder, std::uint64_t messages) {
  deps_.on_work();
  deps_.stall.progressed();
  deps_.behind += messages;
  deps_.others.on_planned(folder, messages);
  deps_.on_change();
}

void RunProgress::on_stored(std::uint64_t messages, std::uint64_t bytes) {
  deps_.stall.progressed();
  deps_.behind -= std::min(deps_.behind, messages);
  if (visited_ != nullptr && visited_->folder()) {
    const auto took = deps_.clock.mono_now() - visited_->announced_at();
    deps_.log.info(
        "new mail kept",
        {{"folder", visited_->folder()->display},
         {"messages", std::to_string(messages)},
         {"bytes", std::to_string(bytes)},
         {"us",
          std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count())}});
  }
  deps_.others.on_stored(messages, bytes);
  deps_.on_change();
}

void RunProgress::on_folder_done(const std::string& folder) {
  deps_.on_work();
  deps_.stall.progressed();
  deps_.others.on_folder_done(folder);
}

}  // namespace imapkeep
