#include "daemon/app/grants.h"

#include <utility>
#include <vector>

#include "auth/secret_source.h"

namespace imapkeep {

Result<Vault> open_vault(const Ports& ports, const Settings& settings) {
  std::optional<BoxKey> key;
  if (settings.state_key) {
    const SecretSource secrets(ports.files, ports.processes, ports.environment);
    const auto bytes = secrets.read_whole(*settings.state_key);
    if (!bytes) return bytes.error().within("the key for the tokens");
    auto derived = BoxKey::derive(*bytes);
    if (!derived) return derived.error();
    key = std::move(*derived);
  }
  return Vault(ports.files, settings.state, std::move(key), ports.environment.user_id);
}

namespace {

/// As the grant's key has it: what a client gets for itself is nobody's, for every mailbox of it.
std::string whose(const OAuthOptions& options, const std::string& account_user) {
  if (options.flow == OAuthFlow::kClientCredentials) return "";
  return options.user.empty() ? account_user : options.user;
}

}  // namespace

Grants::Grants(const Ports& ports, Vault vault, Log log)
    : ports_(ports), vault_(std::move(vault)), log_(std::move(log)) {}

std::unique_ptr<CredentialSource> Grants::credentials_of(const AccountSettings& settings) {
  const auto& options = std::get<OAuthOptions>(settings.auth.proof);
  const SharedGrant& grant = shared_grant(options, whose(options, settings.auth.user));
  return std::make_unique<OAuthCredentials>(settings.name, settings.auth.user,
                                            settings.auth.mechanism, grant.keeper);
}

Grants::SharedGrant& Grants::shared_grant(const OAuthOptions& options, const std::string& user) {
  for (const auto& grant : shared_) {
    if (grant->options != options || grant->user != user) continue;
    grant->is_finished = false;
    grant->finishing.cancel();  // what ends while it is in use says nothing of its next end
    return *grant;
  }
  shared_.push_back(std::make_unique<SharedGrant>());
  SharedGrant& grant = *shared_.back();
  grant.options = options;
  grant.user = user;
  // A client's secret may come from a slow command.
  grant.strand = ports_.workers.strand(PoolKind::kCommands);
  const TokenClientReader client(options, user, ports_.files, ports_.processes, ports_.environment);
  grant.keeper = std::make_shared<TokenKeeper>(
      TokenKeeper::Deps{ports_.http, ports_.timers, ports_.clock, ports_.random, *grant.strand,
                        log_.with({{"grant_of", user.empty() ? options.client.id : user}})},
      vault_, [client](const RequestStamp& stamp) { return client.read(stamp); });
  return grant;
}

void Grants::release_unused() {
  for (const auto& grant : shared_) {
    if (!is_unused(*grant)) continue;
    grant->is_finished = false;
    grant->finishing = grant->keeper->finish([this, one = grant.get()](const Result<Done>&) {
      one->is_finished = true;
      // The keeper is on the stack.
      removal_ = ports_.timers.soon([this] {
        shared_.remove_if([](const auto& each) { return each->is_finished && is_unused(*each); });
      });
    });
  }
}

Operation Grants::finish(Completion<Done> done) {
  const Pending<Done> pending(std::move(done));
  removal_.cancel();  // of a keeper that would be asked here
  auto unfinished = std::make_shared<std::size_t>(shared_.size() + 1);
  const auto one_more = [unfinished, pending](const Result<Done>&) {
    if (--*unfinished == 0) pending.complete(Done{});
  };
  auto parts = std::make_shared<std::vector<Operation>>();
  for (const auto& grant : shared_) parts->push_back(grant->keeper->finish(one_more));
  parts->push_back(ports_.timers.soon([one_more] { one_more(Done{}); }));
  return pending.operation([parts] { parts->clear(); });
}

}  // namespace imapkeep
