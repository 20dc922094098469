#include "daemon/observe/token_facts.h"

#include "auth/token_client.h"

namespace imapkeep {
namespace {

TokenFacts facts_of(const Ports& ports, const AccountSettings& account, const OAuthOptions& oauth,
                    const Result<Vault>& vault) {
  TokenFacts facts;
  facts.has_own_key =
      oauth.flow == OAuthFlow::kServiceAccount || oauth.flow == OAuthFlow::kClientCredentials;
  const auto unknown = [&](const Error& why) {
    facts.trouble = why.what;
    return facts;
  };
  if (!vault) return unknown(vault.error());
  const auto key =
      TokenClientReader(oauth, account.auth.user, ports.files, ports.processes, ports.environment)
          .key();
  if (!key) return unknown(key.error());
  const auto grant = vault->load(key->id());
  if (!grant) return unknown(grant.error());
  if (!*grant) return facts;
  facts.is_there = true;
  facts.granted = (*grant)->granted;
  facts.obtained = (*grant)->obtained;
  facts.expires = (*grant)->expires;
  if (const auto& refusal = (*grant)->refusal; refusal && refusal->is_final) {
    facts.ended = refusal->why;
    facts.ended_at = refusal->at;
  }
  return facts;
}

}  // namespace

TokenStates look_at_tokens(const Ports& ports, const Settings& settings,
                           const Result<Vault>& vault) {
  TokenStates states;
  for (const AccountSettings& account : settings.accounts)
    if (const auto* oauth = std::get_if<OAuthOptions>(&account.auth.proof))
      states.emplace(account.name, facts_of(ports, account, *oauth, vault));
  return states;
}

}  // namespace imapkeep
