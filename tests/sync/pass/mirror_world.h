// Everything a mirror needs, simulated: a model server, a model disk, strands and timers in virtual
// time, and a real ledger file. sync() is one `imapkeep sync` from start to end; the objects of a
// run die with it, as a process does, and the disk and the ledger stay.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "sync/pass/account_sync.h"
#include "sync/state/sqlite/sqlite_ledger.h"
#include "sync/store/maildir/maildir_store.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_imap_server.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"
#include "tests/support/temporary_directory.h"

namespace imapkeep {

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(SimWorld& time) : time_(time) {}
  Operation get(Completion<Credentials> done) override {
    return time_.soon([this, done = std::move(done)] {
      if (unreadable) return done(Error{Remedy::kNeedsOperator, Trouble::kLogin, "no secret", 0});
      Credentials credentials{user, "", Secret(token_name())};
      if (is_token) {
        credentials.proof = Credentials::Proof::kAccessToken;
        credentials.mechanism = "XOAUTH2";
        credentials.generation = generation;
      }
      if (lives) credentials.expires = time_.mono_now() + *lives;
      done(std::move(credentials));
    });
  }
  /// As a token's source does: the next get() gives another.
  bool refused(const Credentials& used) override {
    if (!is_token || is_final) return false;
    if (used.generation == generation) ++generation;
    return true;
  }
  bool unanswered(const Credentials& used) override {
    const bool is_again = unanswered_generation == used.generation;
    unanswered_generation = used.generation;
    return is_again && refused(used);
  }
  void accepted(const Credentials&) override {
    ++accepted_times;
    unanswered_generation.reset();
  }
  /// What a server knows the token of this generation by.
  [[nodiscard]] std::string token_name() const {
    return is_token ? "token-" + std::to_string(generation) : password;
  }
  [[nodiscard]] bool needs_login() const override { return unreadable && awaits_login; }
  std::string user = "me";
  std::string password = "secret";
  bool is_token = false;
  bool is_final = false;  ///< no refused token is exchanged
  std::uint64_t generation = 1;
  std::optional<std::uint64_t> unanswered_generation;
  int accepted_times = 0;
  bool unreadable = false;
  bool awaits_login = false;
  std::optional<Duration> lives;  ///< each, from when it is given

 private:
  SimWorld& time_;
};

/// A message as people count: folder path, letters, bytes.
struct SeenMessage {
  std::string folder;
  std::string letters;
  std::string bytes;
  auto operator<=>(const SeenMessage&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const SeenMessage& message) {
  return out << message.folder << ":" << message.letters << ":" << message.bytes.substr(0, 60);
}
using SeenMessages = std::multiset<SeenMessage>;

class MirrorWorld {
 public:
  static constexpr const char* kRoot = "/mail";

  MirrorWorld();

  /// One pass to its end; the clock moves as far as it takes.
  SyncOutcome sync();
  /// The same, killed as soon as `dead` says so; it is asked after every event. True when it was.
  bool sync_killed_when(const std::function<bool()>& dead);

  /// What is in cur/ of every folder on the disk.
  [[nodiscard]] SeenMessages on_disk() const;
  /// The bytes of what is in the kept area.
  [[nodiscard]] std::multiset<std::string> kept() const;
  /// What the server holds, under the same paths.
  [[nodiscard]] SeenMessages on_server() const;
  /// Files in any folder's tmp.
  [[nodiscard]] std::vector<std::string> leftovers() const;
  /// Everything below ROOT but the lock.
  [[nodiscard]] std::map<std::string, std::string> tree() const;

  SimWorld time;
  SimNetwork network{time};
  ModelImapServer server{network};
  MemoryDisk disk;
  TemporaryDirectory state;
  FixedRandom random;
  LogProbe log;
  FixedCredentials credentials{time};
  ConnectGate gate{time, time};
  Progress progress;
  MirrorOptions options;
  ServerOptions server_options;
  bool accept_gone = false;  ///< as `sync --accept-gone` has it
  std::string account = "work";
  std::string user = "me";  ///< as configured; the login itself is credentials'
  std::string authzid;
  Duration store_pace{0};  ///< how long each job of the store takes

 private:
  struct Run;
};

}  // namespace imapkeep
