// One grant at work: gives its access token to whoever asks, and has it renewed when TokenLife says
// so. However many ask, one request is under way; a lock keeps other processes out of it, and the
// vault is read again beneath that lock. Room for the answer is on the disk before the request
// leaves, and nobody gets a token whose record is not durable. A renewal that has begun is brought
// to its end: forgetting the keeper waits for nobody, finish() does. Clients with a key of their
// own (TokenClient::has_own_key) ask for another token instead of renewing one, and need no login.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/metadata_lookup.h"
#include "auth/token_client.h"
#include "auth/token_life.h"
#include "auth/vault.h"
#include "daemon/base/http.h"
#include "daemon/base/log.h"
#include "daemon/base/random.h"
#include "daemon/base/timers.h"
#include "daemon/base/workers.h"

namespace imapkeep {

struct AccessToken {
  Secret token;
  std::uint64_t generation = 0;
  std::string consent;  ///< see Credentials
  MonoTime expires;
};

class TokenKeeper {
 public:
  struct Deps {
    HttpClient& http;
    Timers& timers;
    Clock& clock;
    Random& random;
    Strand& strand;  ///< where the vault is, and the client's secret
    Log log;
  };
  using ReadClient =
      std::function<Result<TokenClient>(const RequestStamp&)>;  ///< called on the strand

  TokenKeeper(Deps deps, Vault vault, ReadClient read_client);
  ~TokenKeeper();
  TokenKeeper(const TokenKeeper&) = delete;
  TokenKeeper& operator=(const TokenKeeper&) = delete;

  /// Errors: kLogin (a person has to log in), kConfig, kServer and kBusy (the provider, later),
  /// kStore.
  [[nodiscard]] Operation get(Completion<AccessToken> done);
  /// The mail server has refused this one, to somebody who had been refused with `before` others
  /// in a row. True: get() will give another, or say why there is none.
  [[nodiscard]] bool refused(std::uint64_t generation, unsigned before);
  /// A login with this one has gone through.
  void accepted(std::uint64_t generation) { life_.accepted(generation); }
  [[nodiscard]] bool needs_login() const { return needs_login_; }
  /// A person wants it tried now, whatever it waits for. What needs a login still does.
  void retry_now() { life_.retry_now(); }
  /// Done when no renewal is under way, and what came of the last one is on the disk; tokens that
  /// cannot be kept are tried for half a minute, and then are lost, which is logged.
  [[nodiscard]] Operation finish(Completion<Done> done);

 private:
  struct GrantLock;
  struct VaultState;

  void serve_soon();
  void serve();
  void serve_meanwhile();
  void read_vault();
  void on_vault_read(Result<VaultState> state);
  void on_vault_unreadable(const Error& error);
  void ask(VaultState state);
  void find_endpoint(VaultState state);
  void on_answer(VaultState state, const Result<HttpAnswer>& answer, const SpokenSecrets& spoken);
  void remember(const TokenRefusal& refusal);
  void give_up(const VaultState& state);
  void keep(VaultState state, const Tokens& tokens);
  void on_kept(const Grant& grant, const Result<Done>& saved);
  void save_again();
  void answer_waiters(Result<Done> outcome);
  void hand_out(const Result<Done>& outcome);
  [[nodiscard]] TokenLife::Now now() const;
  [[nodiscard]] Result<AccessToken> at_hand() const;

  Deps deps_;
  Vault vault_;
  ReadClient read_client_;
  TokenLife life_;
  Grant grant_;
  bool needs_login_ = false;
  bool working_ = false;
  bool forced_ = false;
  bool is_slow_ = false;        ///< the provider has not answered for a while
  bool is_same_token_ = false;  ///< it gave the one that there was
  bool is_new_ = false;         ///< the token has just come
  bool unsaved_ = false;        ///< grant_ is newer than the vault
  int busy_ = 0;                ///< times that another process had the lock, in a row
  std::vector<Pending<AccessToken>> waiting_;
  std::vector<Pending<Done>> finishing_;
  int last_tries_ = 0;  ///< to save, since somebody waits for the end
  std::optional<MetadataLookup> lookup_;
  Operation soon_;
  Operation slowness_;
  Operation operation_;
};

}  // namespace imapkeep
