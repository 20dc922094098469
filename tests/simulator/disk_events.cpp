// What disks do (all stores are on one, as they mostly are), and what other programs do there.
#include <algorithm>
#include <cerrno>

#include "tests/simulator/simulation.h"

namespace imapkeep::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

void ends_later(Simulation& sim) {
  sim.later(sim.chance.up_to(minutes(sim.chance.one_in(4) ? 60 : 4)), [&sim] {
    sim.log.note("the disk is itself again");
    sim.disk.no_faults();
    sim.disk.set_read_only(false);
    sim.disk.set_free(kRoomy);
    sim.set_store_pace(Duration(0));
  });
}

/// A file of the live tree; empty: there is none.
std::string some_live_file(Simulation& sim, const SimAccount& account) {
  std::vector<std::string> paths;
  sim.disk.each_file(account.root, [&](const std::string& path, const std::string&) {
    const bool live = path.find("/.imapkeep/") == std::string::npos;
    if (live && path.find("/cur/") != std::string::npos) paths.push_back(path);
  });
  std::sort(paths.begin(), paths.end());
  return paths.empty() ? "" : paths[sim.chance.below(paths.size())];
}

void reader_removes(Simulation& sim) {
  SimAccount& account = sim.any_account();
  const std::string path = some_live_file(sim, account);
  if (path.empty()) return;
  sim.disk.each_file(path, [&](const std::string&, const std::string& bytes) {
    account.must_be_kept.erase(bytes);
    account.reader_removed.insert(bytes);
  });
  sim.log.note("removed: " + path);
  sim.disk.remove(path);
}

// Its letters are neither told to the server nor taken back.
void reader_marks(Simulation& sim) {
  SimAccount& account = sim.any_account();
  const std::string path = some_live_file(sim, account);
  if (path.empty()) return;
  const std::string base = path.substr(0, path.rfind(":2,"));
  account.reader_marked.insert(base.substr(base.rfind('/') + 1));
  const std::string other = base + ":2," + (sim.chance.one_in(2) ? "FS" : "T");
  if (other != path && sim.disk.inode(other) == 0) sim.disk.move(path, other);
}

int some_errno(Simulation& sim) {
  static constexpr int kCodes[] = {ENOSPC, EIO, EROFS, EDQUOT};
  return kCodes[sim.chance.below(4)];
}

}  // namespace

std::vector<EventKind> disk_events() {
  return {
      {"the disk fails for a while", 3,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.fail_at(sim.chance.between(1, 40), some_errno(sim), true);
         ends_later(sim);
       }},
      {"one call of the disk fails", 5,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.fail_at(sim.chance.between(1, 60), some_errno(sim));
       }},
      {"the disk becomes read-only", 2,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.set_read_only(true);
         ends_later(sim);
       }},
      {"the disk is full", 2,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.set_free(sim.chance.below(sim.chance.one_in(2) ? 2'000 : 3'000'000));
         ends_later(sim);
       }},
      {"a mail reader removes a file", 2, reader_removes},
      {"a mail reader sets a flag", 2, reader_marks},
      {"the disk is slow", 3,
       [](Simulation& sim) {
         sim.set_store_pace(sim.chance.up_to(milliseconds(80)));
         ends_later(sim);
       }},
  };
}

}  // namespace imapkeep::sim
