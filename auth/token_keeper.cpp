#include "auth/token_keeper.h"

#include <utility>

#include "auth/renewal.h"
#include "auth/token_answer.h"
#include "auth/token_request.h"

namespace imapkeep {
namespace {

constexpr Duration kLockAgain = std::chrono::milliseconds(250);
constexpr Duration kSaveAgain = std::chrono::milliseconds(250);
constexpr int kMostLastTries = 120;  // half a minute, which is what the units allow
constexpr int kMostLockTries = 400;  // 100 s: a request lives for 90 of them
constexpr Duration kSlow = std::chrono::seconds(10);

Error login_needed(const std::string& why) {
  return {Remedy::kNeedsOperator, Trouble::kLogin, "needs login: " + why, 0};
}

}  // namespace

/// The lock outlives the reservation: one that is given up unlinks its file, which would be another
/// process's, had that taken the lock before. So this is destroyed as a whole, in the order that
/// destructors keep, and never assigned to.
struct TokenKeeper::GrantLock {
  std::unique_ptr<FileLock> lock;
  std::optional<Vault::Reservation> reservation;
};

/// What was found on the strand. With a reservation: a request may be sent.
struct TokenKeeper::VaultState {
  TokenClient client;
  std::optional<Grant> grant;
  std::string why_none;             ///< no grant
  std::shared_ptr<GrantLock> lock;  ///< none: another process has the lock
};

TokenKeeper::TokenKeeper(Deps deps, Vault vault, ReadClient read_client)
    : deps_(std::move(deps)), vault_(std::move(vault)), read_client_(std::move(read_client)) {}

TokenKeeper::~TokenKeeper() = default;

TokenLife::Now TokenKeeper::now() const { return {deps_.clock.mono_now(), deps_.clock.wall_now()}; }

Operation TokenKeeper::get(Completion<AccessToken> done) {
  Pending<AccessToken> pending(std::move(done));
  waiting_.push_back(pending);
  serve_soon();
  return pending.operation();
}

Operation TokenKeeper::finish(Completion<Done> done) {
  Pending<Done> pending(std::move(done));
  finishing_.push_back(pending);
  last_tries_ = 0;
  serve_soon();
  return pending.operation();
}

bool TokenKeeper::refused(std::uint64_t generation, unsigned before) {
  return life_.refused(generation, before, now());
}

void TokenKeeper::serve_soon() {
  if (working_ && !is_slow_) return;
  soon_ = deps_.timers.soon([this] { serve(); });
}

void TokenKeeper::serve() {
  if (working_) return serve_meanwhile();
  std::erase_if(waiting_, [](const auto& one) { return !one.wanted(); });
  if (unsaved_) return save_again();
  if (waiting_.empty()) return answer_waiters(Done{});
  if (life_.advice(now()) == TokenLife::Advice::kUse && !life_.is_doubted())
    return answer_waiters(Done{});
  // Also while nobody may be asked: another process may have renewed it, or a person logged in.
  read_vault();
}

// The provider takes its time over an early renewal: the old token is good until that ends.
void TokenKeeper::serve_meanwhile() {
  if (is_slow_ && life_.may_use(now())) hand_out(Done{});
}

// On the strand: whose grant, what the vault says now, and space on the disk for the next record.
void TokenKeeper::read_vault() {
  working_ = true;
  const auto now_at = now();
  const std::uint64_t chance = deps_.random.next_u64();
  const RequestStamp stamp = new_request_stamp(now_at.wall, deps_.random);
  operation_ = run_for_result<VaultState>(
      deps_.strand,
      [vault = vault_, read_client = read_client_, life = life_, now_at, chance,
       stamp]() mutable -> Result<VaultState> {
        VaultState state;
        auto client = read_client(stamp);
        if (!client) return client.error();
        state.client = std::move(*client);
        const std::string id = state.client.key.id();
        auto lock = vault.lock(id);
        if (!lock && lock.error().trouble != Trouble::kBusy) return lock.error();
        if (lock)
          state.lock = std::make_shared<GrantLock>(GrantLock{std::move(*lock), std::nullopt});
        auto grant = vault.load(id);
        if (grant) {
          state.grant = std::move(*grant);
          state.why_none = "nobody has logged in yet";
        } else {
          if (!Vault::is_as_good_as_none(grant.error())) return grant.error();
          state.why_none = grant.error().what;
        }
        if (!state.grant && state.client.has_own_key()) {
          state.grant.emplace();
          state.grant->key = state.client.key;
        }
        if (!state.grant || !state.lock) return state;
        life.loaded(*state.grant, now_at, chance);
        if (life.advice(now_at) != TokenLife::Advice::kRenew) return state;
        auto reservation = vault.reserve(id);
        if (!reservation) return reservation.error().within("no new token is asked for");
        state.lock->reservation.emplace(std::move(*reservation));
        return state;
      },
      [this](Result<VaultState> state) { on_vault_read(std::move(state)); });
}

void TokenKeeper::on_vault_read(Result<VaultState> state) {
  working_ = false;
  if (!state) return on_vault_unreadable(state.error());
  if (!state->grant) {
    life_.missing(state->why_none);
    return answer_waiters(Done{});
  }
  // What could not be kept is newer than what the vault has, and lives on in memory.
  if (!unsaved_ || state->grant->generation > grant_.generation ||
      state->grant->granted > grant_.granted) {
    unsaved_ = false;
    life_.loaded(*state->grant, now(), deps_.random.next_u64());
    grant_ = *state->grant;
  }
  if (life_.advice(now()) != TokenLife::Advice::kRenew) return answer_waiters(Done{});
  if (!state->lock) {
    if (life_.may_use(now())) {
      // Whoever has the lock is about to leave a newer one.
      life_.postponed(now());
      return answer_waiters(Done{});
    }
    std::erase_if(waiting_, [](const auto& one) { return !one.wanted(); });
    if (waiting_.empty()) return answer_waiters(Done{});
    if (++busy_ > kMostLockTries)
      return answer_waiters(
          Error{Remedy::kRetryLater, Trouble::kBusy,
                "another process has been renewing the token for a minute and a half", 0});
    working_ = true;
    operation_ = deps_.timers.after(kLockAgain, [this] { read_vault(); });
    return;
  }
  busy_ = 0;
  if (!state->lock->reservation)
    return answer_waiters(Done{});  // what is due has changed meanwhile
  if (grant_.refresh_token.empty() && !state->client.has_own_key()) {
    life_.failed({TokenRefusal::Kind::kNeedsLogin,
                  std::nullopt,
                  {},
                  "the access token has ended, and there is none to renew it with"},
                 now(), 0);
    return answer_waiters(Done{});
  }
  ask(std::move(*state));
}

// A renewal comes early so that what stops it need not stop anybody who wants a token.
void TokenKeeper::on_vault_unreadable(const Error& error) {
  if (!life_.may_use(now())) return answer_waiters(error);
  deps_.log.warning("token not renewed; the old one is still good", {{"why", error.what}});
  life_.postponed(now());
  answer_waiters(Done{});
}

void TokenKeeper::ask(VaultState state) {
  working_ = true;
  forced_ = life_.is_forced();
  TokenCaller& caller = state.client.caller;
  if (caller.endpoint.empty()) caller.endpoint = grant_.token_endpoint;
  if (caller.endpoint.empty()) return find_endpoint(std::move(state));
  if (grant_.secret_in_header && caller.proof == ClientProof::kSecretPost)
    caller.proof = ClientProof::kSecretBasic;
  HttpRequest request = renewal_request(state.client, grant_);
  deps_.log.debug("token renewal begins");
  slowness_ = deps_.timers.after(kSlow, [this] {
    is_slow_ = true;
    serve_meanwhile();
  });
  const SpokenSecrets spoken = secrets_in(request);
  operation_ = deps_.http.request(std::move(request),
                                  [this, state, spoken](const Result<HttpAnswer>& answer) {
                                    on_answer(state, answer, spoken);
                                  });
}

void TokenKeeper::on_answer(VaultState state, const Result<HttpAnswer>& answer,
                            const SpokenSecrets& spoken) {
  slowness_.cancel();
  is_slow_ = false;
  if (answer) {
    const TokenAnswer read = read_renewal(state.client, *answer, spoken);
    if (const auto* tokens = std::get_if<Tokens>(&read)) return keep(std::move(state), *tokens);
    life_.failed(std::get<TokenRefusal>(read), now(), deps_.random.next_u64());
    remember(std::get<TokenRefusal>(read));
  } else {
    life_.failed(refusal_without_answer(answer.error()), now(), deps_.random.next_u64());
  }
  give_up(state);
}

// For the next process: it should not ask a provider that said "no" for good, or "not before". What
// is wrong with the client is not remembered: a person mends it, and then starts one.
void TokenKeeper::remember(const TokenRefusal& refusal) {
  const bool is_final = refusal.kind == TokenRefusal::Kind::kNeedsLogin;
  const bool is_patience = refusal.kind == TokenRefusal::Kind::kTransient && refusal.retry_after;
  if (!is_final && !is_patience) return;
  const WallTime at = deps_.clock.wall_now();
  grant_.refusal = GrantRefusal{is_final, refusal.what, at,
                                at + refusal.retry_after.value_or(std::chrono::seconds(0))};
}

// Where nobody logs in, nobody has asked the issuer before.
void TokenKeeper::find_endpoint(VaultState state) {
  lookup_.emplace(deps_.http, state.client.key.issuer, state.client.caller.ca_file);
  operation_ = lookup_->start([this, state](Result<ServerMetadata> found) {
    if (found) {
      OAuthOptions named;
      named.flow = OAuthFlow::kClientCredentials;
      named.issuer = state.client.key.issuer;
      fill_in(named, *found);
      if (const auto usable = check_endpoints(named); !usable) found = usable.error();
    }
    if (!found) {
      life_.failed(refusal_without_answer(found.error()), now(), deps_.random.next_u64());
      return give_up(state);
    }
    grant_.token_endpoint = found->endpoints.token;
    grant_.secret_in_header = found->secret_in_header;
    ask(state);
  });
}

void TokenKeeper::give_up(const VaultState& state) {
  deps_.log.warning("token not renewed", {{"why", life_.why()}});
  // The lock and the reservation are files: they are used, and given back, where files belong. A
  // client with its own key may have no grant yet that a refusal could stand in.
  const bool is_to_write = grant_.refusal && grant_.generation > 0;
  operation_ = run_for_result<Done>(
      deps_.strand,
      [vault = vault_, grant = grant_, is_to_write, lock = state.lock]() mutable -> Result<Done> {
        Result<Done> written = Done{};
        if (is_to_write) written = vault.save(grant, std::move(*lock->reservation));
        lock.reset();
        return written;
      },
      [this](const Result<Done>& written) {
        working_ = false;
        if (!written)
          deps_.log.warning("what the provider said could not be written down",
                            {{"why", written.error().what}});
        answer_waiters(Done{});
      });
}

void TokenKeeper::keep(VaultState state, const Tokens& tokens) {
  is_same_token_ = grant_.access_token.reveal() == tokens.access.reveal();
  const Grant grant = renewed_grant(grant_, tokens, deps_.clock.wall_now());
  operation_ = run_for_result<Done>(
      deps_.strand,
      [vault = vault_, grant, state]() mutable {
        auto saved = vault.save(grant, std::move(*state.lock->reservation));
        state = {};  // unlocked when it is durable, and not before
        return saved;
      },
      [this, grant](const Result<Done>& saved) { on_kept(grant, saved); });
}

void TokenKeeper::on_kept(const Grant& grant, const Result<Done>& saved) {
  working_ = false;
  // Kept in memory all the same: the old refresh token may be worth nothing any more.
  grant_ = grant;
  life_.renewed(grant, now(), forced_, deps_.random.next_u64());
  if (is_same_token_) life_.is_given_again();
  unsaved_ = !saved;
  if (!saved) {
    deps_.log.error("new token could not be kept", {{"why", saved.error().what}});
    return answer_waiters(saved.error());
  }
  deps_.log.info("token renewed", {{"generation", std::to_string(grant.generation)}});
  // Who waited for it gets it, however short it lives: another one would live no longer.
  is_new_ = true;
  answer_waiters(Done{});
}

Result<AccessToken> TokenKeeper::at_hand() const {
  if (is_new_ || life_.may_use(now()))
    return AccessToken{grant_.access_token, grant_.generation,
                       std::to_string(unix_ms(grant_.granted)), life_.expires()};
  switch (life_.advice(now())) {
    case TokenLife::Advice::kNeedsLogin:
      return login_needed(life_.why());
    case TokenLife::Advice::kMisconfigured:
      return config_error(life_.why());
    default:
      return server_error(life_.why().empty() ? "there is no token now" : life_.why(),
                          Remedy::kRetrySoon);
  }
}

// The newest tokens are in memory alone: nothing else is done before they are on the disk.
void TokenKeeper::save_again() {
  working_ = true;
  operation_ = run_for_result<Done>(
      deps_.strand,
      [vault = vault_, grant = grant_]() -> Result<Done> {
        const auto lock = vault.lock(grant.key.id());
        if (!lock) return lock.error();
        const auto there = vault.load(grant.key.id());
        if (!there && !Vault::is_as_good_as_none(there.error())) return there.error();
        // Somebody has logged in since.
        if (there && *there &&
            ((*there)->generation >= grant.generation || (*there)->granted > grant.granted))
          return Done{};
        return vault.save(grant);
      },
      [this](const Result<Done>& saved) {
        working_ = false;
        unsaved_ = !saved;
        if (!saved) return answer_waiters(saved.error());
        serve();
      });
}

// A disk that was full for a moment must not cost the login: the old refresh token is spent.
void TokenKeeper::answer_waiters(Result<Done> outcome) {
  std::erase_if(finishing_, [](const auto& one) { return !one.wanted(); });
  if (unsaved_ && !finishing_.empty()) {
    if (++last_tries_ < kMostLastTries) {
      soon_ = deps_.timers.after(kSaveAgain, [this] { serve(); });
      return hand_out(outcome);
    }
    deps_.log.error("new token is lost", {{"why", outcome ? "" : outcome.error().what}});
  }
  const auto finishing = std::exchange(finishing_, {});
  // The last handler may destroy the keeper.
  hand_out(outcome);
  for (const auto& one : finishing) one.complete(Done{});
}

void TokenKeeper::hand_out(const Result<Done>& outcome) {
  const auto token = at_hand();
  is_new_ = false;
  needs_login_ = !token && token.error().trouble == Trouble::kLogin;
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& one : waiting)
    one.complete(outcome ? token : Result<AccessToken>(outcome.error()));
}

}  // namespace imapkeep
