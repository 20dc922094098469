#include "daemon/app/supervisor.h"

#include <algorithm>
#include <array>
#include <utility>

namespace imapkeep {

Supervisor::AccountEntry::AccountEntry(Supervisor& supervisor, Account& account_)
    : account(account_),
      keeper(
          supervisor.application_.deps_of(account, progress),
          [this, &supervisor] { supervisor.on_changed(*this); }, account.settings.name,
          account.settings.server, account.settings.mirror, account.settings.watch) {}

Supervisor::Supervisor(Application& application)
    : application_(application), hook_(application.ports, application.log) {}

Supervisor::~Supervisor() = default;

Operation Supervisor::start(Completion<Done> done) {
  const Pending<Done> pending(std::move(done));
  opening_ = application_.ledger->open([this, pending](Result<LedgerOpening> opening) {
    if (!opening) return pending.complete(opening.error());
    if (!opening->moved_to.empty()) {
      application_.log.warning("ledger could not be used and is rebuilt from the journals",
                               {{"moved_to", opening->moved_to}});
    }
    for (const auto& account : application_.accounts) start_account(*account);
    pending.complete(Done{});
  });
  return pending.operation();
}

void Supervisor::on_changed(AccountEntry& entry) {
  const AccountState& state = entry.keeper.state();
  if (state.phase == AccountPhase::kWatching) entry.hook_told = false;
  if (state.phase == AccountPhase::kNeedsLogin && !std::exchange(entry.hook_told, true)) {
    hook_.run(application_.settings.on_needs_login, entry.account.settings.name,
              state.trouble ? state.trouble->what : std::string());
  }
  tell();
}

void Supervisor::start_account(Account& account) {
  entries_.push_back(std::make_unique<AccountEntry>(*this, account));
  entries_.back()->keeper.start();
}

void Supervisor::stop_account(AccountEntry& entry) {
  if (entry.going) return;
  entry.going = true;
  entry.stopping = entry.keeper.stop([this, &entry](const Result<Done>& closed) {
    if (!closed)
      entry.account.log.error("store could not be closed", {{"why", closed.error().what}});
    remove_and_start_soon();
  });
}

void Supervisor::remove_and_start_soon() {
  // A keeper that has just stopped is still on the stack.
  removing_ = application_.ports.timers.soon([this] { remove_and_start(); });
}

void Supervisor::remove_and_start() {
  std::vector<const Account*> gone;
  for (const auto& entry : entries_) {
    if (entry->going && entry->keeper.is_stopped()) gone.push_back(&entry->account);
  }
  entries_.remove_if([](const auto& entry) { return entry->going && entry->keeper.is_stopped(); });
  for (const Account* account : gone) application_.remove(*account);
  if (stopping_) {
    if (entries_.empty()) {
      finishing_ =
          application_.grants.finish([this](const Result<Done>&) { stopped_.complete(Done{}); });
    }
    return;
  }
  const auto ready =
      std::stable_partition(to_start_.begin(), to_start_.end(),
                            [this](const AccountSettings& account) { return must_wait(account); });
  const std::vector<AccountSettings> starting(ready, to_start_.end());
  to_start_.erase(ready, to_start_.end());
  for (const AccountSettings& account : starting) start_account(application_.add(account));
  tell();
}

/// For one that is going and has its name or its store.
bool Supervisor::must_wait(const AccountSettings& account) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const AccountSettings& other = entry->account.settings;
    return entry->going && (other.name == account.name || same_place(other.store, account.store));
  });
}

Result<Done> Supervisor::reload(Settings fresh) {
  if (fresh.state != application_.settings.state) {
    return config_error("`state` is now " + fresh.state + "; the daemon works on " +
                        application_.settings.state + " until it is started again");
  }
  if (fresh.state_key != application_.settings.state_key) {
    return config_error(
        "`state_key` has changed; the daemon encrypts its tokens with the old one "
        "until it is started again");
  }
  to_start_ = fresh.accounts;
  for (const auto& entry : entries_) {
    const auto same = std::find_if(to_start_.begin(), to_start_.end(), [&](const auto& account) {
      return !entry->going && account.same_as(entry->account.settings);
    });
    if (same == to_start_.end()) {
      stop_account(*entry);
    } else {
      to_start_.erase(same);
      entry->keeper.try_now();  // a changed password file is a reason to reload, too
    }
  }
  application_.settings = std::move(fresh);
  remove_and_start_soon();
  return Done{};
}

Operation Supervisor::stop(Completion<Done> done) {
  stopping_ = true;
  to_start_.clear();
  stopped_ = Pending<Done>(std::move(done));
  opening_.cancel();
  for (const auto& entry : entries_) stop_account(*entry);
  remove_and_start_soon();
  return stopped_.operation();
}

void Supervisor::on_host_event(HostEvent host_event) {
  if (host_event == HostEvent::kClockSet) return;  // no deadline hangs on the wall clock
  application_.log.info(host_event == HostEvent::kResumed ? "machine resumed" : "network changed");
  for (const auto& entry : entries_) entry->keeper.probe();
}

Supervisor::AccountEntry* Supervisor::find(const std::string& name) {
  for (const auto& entry : entries_) {
    if (entry->account.settings.name == name && !entry->going) return entry.get();
  }
  return nullptr;
}

LiveStates Supervisor::live_states() const {
  LiveStates states;
  for (const auto& entry : entries_) {
    states.emplace(entry->account.settings.name, entry->keeper.state());
  }
  return states;
}

std::string Supervisor::summary() const {
  constexpr std::array kOrder{AccountPhase::kNeedsLogin, AccountPhase::kStopped,
                              AccountPhase::kWaiting,    AccountPhase::kWatching,
                              AccountPhase::kSyncing,    AccountPhase::kStarting,
                              AccountPhase::kStopping};
  std::string text =
      std::to_string(entries_.size()) + (entries_.size() == 1 ? " account" : " accounts");
  const char* between = ": ";
  for (const AccountPhase phase : kOrder) {
    const auto count = std::count_if(entries_.begin(), entries_.end(), [phase](const auto& entry) {
      return entry->keeper.state().phase == phase;
    });
    if (count == 0) continue;
    text += between + std::to_string(count) + " " + std::string(word_of(phase));
    between = ", ";
  }
  for (const auto& entry : entries_) {
    if (entry->keeper.state().phase != AccountPhase::kNeedsLogin) continue;
    text += "; run `imapkeep login " + entry->account.settings.name + "`";
    break;
  }
  return text;
}

Operation Supervisor::listen(std::function<void()> changed) {
  auto listener = std::make_shared<std::function<void()>>(std::move(changed));
  listeners_.push_back(listener);
  return Operation([this, listener] { listeners_.remove(listener); });
}

void Supervisor::tell() {
  const auto listeners = listeners_;  // one of them may leave
  for (const auto& listener : listeners) (*listener)();
}

}  // namespace imapkeep
