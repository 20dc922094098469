#include "tests/sync/pass/mirror_world.h"

#include <stdexcept>

#include "tests/support/unpacked_frame.h"

namespace imapkeep {
namespace {

std::string lettered(const std::set<std::string>& flags) {
  Flags parsed;
  for (const auto& flag : flags) parsed.add(flag);
  return parsed.maildir_letters();
}

}  // namespace

struct MirrorWorld::Run {
  explicit Run(MirrorWorld& world)
      : workers(world.time),
        ledger(workers, world.time, world.state.file("ledger.sqlite")),
        store(world.disk, workers, world.time, world.random, world.log.log(),
              MaildirOptions{kRoot, 0}, world.server_options.host, world.account),
        sync({{world.network, world.time, world.time, world.random, world.log.log()},
              ledger,
              store,
              world.credentials,
              world.gate,
              world.progress,
              world.user,
              world.authzid},
             world.account, world.server_options, world.options, world.accept_gone) {
    workers.set_store_pace(world.store_pace);
    operation = sync.start([this](Result<SyncOutcome> result) { outcome = std::move(*result); });
  }

  SimWorkers workers;
  SqliteLedger ledger;
  MaildirStore store;
  AccountSync sync;
  Operation operation;
  std::optional<SyncOutcome> outcome;
};

MirrorWorld::MirrorWorld() {
  server_options.host = "imap.example.org";
  disk.put("/here", "");  // ROOT's parent exists
}

SyncOutcome MirrorWorld::sync() {
  Run run(*this);
  if (!time.run_until([&run] { return run.outcome.has_value(); })) {
    throw std::runtime_error("the sync never ended");
  }
  return std::move(*run.outcome);
}

bool MirrorWorld::sync_killed_when(const std::function<bool()>& dead) {
  bool killed = false;
  {
    Run run(*this);
    time.run_until([&] {
      killed = dead();
      return killed || run.outcome.has_value();
    });
    if (killed) run.workers.crash();
  }
  disk.reopen();
  return killed;
}

SeenMessages MirrorWorld::on_disk() const {
  SeenMessages seen;
  for (const auto& [path, bytes] : tree()) {
    const std::size_t cur = path.rfind("/cur/");
    const std::size_t info = path.rfind(":2,");
    if (path.starts_with(".imapkeep/") || cur == std::string::npos || info == std::string::npos) {
      continue;
    }
    seen.insert({path.substr(0, cur), path.substr(info + 3), bytes});
  }
  return seen;
}

std::multiset<std::string> MirrorWorld::kept() const {
  std::multiset<std::string> bytes_kept;
  for (const auto& [path, bytes] : tree()) {
    if (path.starts_with(".imapkeep/gone/")) bytes_kept.insert(unpacked_frame(bytes));
  }
  return bytes_kept;
}

SeenMessages MirrorWorld::on_server() const {
  SeenMessages seen;
  for (const auto& [name, box] : server.boxes()) {
    for (const auto& [uid, message] : box.messages) {
      seen.insert({name, lettered(message.flags), message.body});
    }
  }
  return seen;
}

std::vector<std::string> MirrorWorld::leftovers() const {
  std::vector<std::string> names;
  for (const auto& file : tree()) {
    if (file.first.find("/tmp/") != std::string::npos) names.push_back(file.first);
  }
  return names;
}

std::map<std::string, std::string> MirrorWorld::tree() const {
  std::map<std::string, std::string> below;
  const std::string root = std::string(kRoot) + "/";
  for (const auto& [path, bytes] : disk.files()) {
    if (path.starts_with(root) && !path.ends_with("/lock")) {
      below[path.substr(root.size())] = bytes;
    }
  }
  return below;
}

}  // namespace imapkeep
