#include "sync/mirror/gone_pass.h"

#include <algorithm>
#include <utility>

#include "sync/mirror/places.h"
#include "sync/plan/mailbox_plan.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kWindow = 500;  // messages that depart in one batch

}  // namespace

GonePass::GonePass(World world, AccountId account, MirrorOptions options,
                   std::vector<Absence> absences, bool all_visited)
    : world_(std::move(world)),
      account_(account),
      options_(std::move(options)),
      absences_(std::move(absences)),
      all_visited_(all_visited) {}

Operation GonePass::start(Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  if (!options_.keep_expunged && !all_visited_) absences_.clear();
  operation_ = world_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed.error());
    next();
  });
  return operation;
}

void GonePass::next() {
  if (absences_.empty()) return done_.complete(Done{});
  const Absence& absence = absences_.back();
  if (absence.of == Absence::Of::kFolder) return finish_absence();
  if (absence.of == Absence::Of::kFolderMessages) return depart_whole_generation();
  operation_ = world_.connection.examine(
      absence.folder.record.name,
      [this](Result<imap::Examined> examined) { on_examined(std::move(examined)); });
}

void GonePass::on_examined(Result<imap::Examined> examined) {
  if (!examined) {
    if (examined.error().remedy != Remedy::kSkipMessage) return done_.complete(examined.error());
    return leave_for_next_pass(examined.error().what);
  }
  const Absence& absence = absences_.back();
  const UidValidity expected =
      absence.of == Absence::Of::kOldGeneration ? absence.current : absence.generation;
  if (examined->uid_validity != expected) return leave_for_next_pass("UIDVALIDITY changed again");
  const std::uint64_t exists = examined->exists;
  if (exists == 0) return ask_status();
  operation_ = world_.connection.search_all(
      exists, [this, exists](Result<UidSet> listed) { on_searched(exists, std::move(listed)); });
}

void GonePass::ask_status() {
  // An empty mailbox is not searched (some servers say BAD): its emptiness is asked in another way.
  operation_ = world_.connection.status(
      absences_.back().folder.record.name, [this](const Result<imap::MailboxStatus>& status) {
        if (!status && status.error().remedy != Remedy::kSkipMessage) {
          return done_.complete(status.error());
        }
        if (!status || status->messages != 0U) {
          return leave_for_next_pass("the server does not say twice that the mailbox is empty");
        }
        on_searched(0, UidSet{});
      });
}

void GonePass::on_searched(std::uint64_t exists, Result<UidSet> listed) {
  if (!listed) {
    if (listed.error().remedy != Remedy::kSkipMessage) return done_.complete(listed.error());
    return leave_for_next_pass(listed.error().what);
  }
  if (listed->count() != exists) {
    return leave_for_next_pass("the server lists " + std::to_string(listed->count()) + " UIDs of " +
                               std::to_string(exists) + " messages");
  }
  const Absence& absence = absences_.back();
  if (absence.of == Absence::Of::kMessages) {
    return depart(confirm_absence(absence.uids, *listed, exists));
  }
  // The old generation may go only when the new one is stored whole.
  operation_ =
      world_.ledger.stored_uids(account_, absence.folder.record.id, absence.current,
                                [this, listed = std::move(*listed)](Result<UidSet> stored) {
                                  on_current_stored(listed, std::move(stored));
                                });
}

void GonePass::on_current_stored(UidSet listed, Result<UidSet> stored) {
  if (!stored) return done_.complete(stored.error());
  if (!listed.minus(*stored).empty()) {
    return leave_for_next_pass("not all of the new generation is stored");
  }
  depart_whole_generation();
}

void GonePass::depart_whole_generation() {
  const Absence& absence = absences_.back();
  operation_ = world_.ledger.stored_uids(account_, absence.folder.record.id, absence.generation,
                                         [this](Result<UidSet> uids) {
                                           if (!uids) return done_.complete(uids.error());
                                           depart(std::move(*uids));
                                         });
}

void GonePass::leave_for_next_pass(const std::string& why) {
  const Absence& absence = absences_.back();
  world_.log.info("absent messages stay for now",
                  {{"folder", absence.folder.record.path}, {"why", why}});
  unfinished_.insert(absence.folder.record.id);
  absences_.pop_back();
  next();
}

void GonePass::depart(UidSet uids) {
  departing_ = std::move(uids);
  next_window();
}

void GonePass::next_window() {
  if (departing_.empty()) return finish_absence();
  const Absence& absence = absences_.back();
  const UidSet uids = departing_.highest(kWindow);
  departing_ = departing_.minus(uids);
  operation_ = world_.ledger.messages(
      account_, absence.folder.record.id, absence.generation, uids,
      [this](Result<std::vector<KnownMessage>> messages) { on_messages(std::move(messages)); });
}

void GonePass::on_messages(Result<std::vector<KnownMessage>> messages) {
  if (!messages) return done_.complete(messages.error());
  window_ = std::move(*messages);
  operation_ = world_.ledger.live_elsewhere(
      account_, window_, [this](const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
        on_elsewhere(elsewhere);
      });
}

void GonePass::on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
  if (!elsewhere) return done_.complete(elsewhere.error());
  const std::string& path = absences_.back().folder.record.path;
  const GoneTo otherwise = options_.keep_expunged ? GoneTo::kKept : GoneTo::kRemoved;
  for (std::size_t i = 0; i < window_.size(); ++i) {
    Departure departure{window_[i].key, place_of(window_[i], path), otherwise};
    if (const auto& copy = (*elsewhere)[i]) {
      departure.to = GoneTo::kMoved;
      departure.other_copy = place_of(copy->message, copy->folder_path);
    }
    world_.recorder.batch().departures.push_back(std::move(departure));
  }
  world_.log.info("messages left the live tree",
                  {{"folder", path}, {"messages", std::to_string(window_.size())}});
  window_.clear();
  operation_ = world_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed.error());
    next_window();
  });
}

void GonePass::finish_absence() {
  const Absence& absence = absences_.back();
  if (world_.recorder.refused(absence.folder.record.id)) {
    return leave_for_next_pass("something lies in the way of it");
  }
  if (absence.of == Absence::Of::kFolder) {
    world_.recorder.batch().gone_folders.push_back(absence.folder.record);
    return flush_and_go_on({});
  }
  if (absence.of == Absence::Of::kFolderMessages) return flush_and_go_on({});
  FolderCursor cursor = absence.afterwards;
  if (cursor.cur_mtime_ns != 0) {
    cursor.cur_mtime_ns = world_.recorder.known_cur(absence.folder.record.path);
  }
  const bool more = std::any_of(absences_.begin(), absences_.end() - 1, [&](const Absence& other) {
    return other.folder.record.id == cursor.folder;
  });
  if (more || unfinished_.contains(cursor.folder)) cursor.complete = false;
  flush_and_go_on({cursor});
}

void GonePass::flush_and_go_on(const std::vector<FolderCursor>& cursors) {
  absences_.pop_back();
  operation_ = world_.recorder.flush(cursors, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed.error());
    next();
  });
}

}  // namespace imapkeep
