#include "config/oauth_fit.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace imapkeep {
namespace {

/// The place of the key, else of all of `oauth`.
Place place_of(const OAuthFit& fit, std::string_view key) {
  const auto* entry = fit.entry.value.find(key);
  return entry ? entry->place : fit.entry.value.place;
}

void complain(const OAuthFit& fit, std::string_view key, std::string sentence) {
  fit.keys.complaints.add(place_of(fit, key), std::move(sentence));
}

bool is_for_many(OAuthFlow flow) {
  return flow == OAuthFlow::kServiceAccount || flow == OAuthFlow::kClientCredentials;
}

std::string steps_of(const Provider& provider) {
  return "`imapkeep providers " + std::string(provider.name) + "` says how";
}

/// False: without tokens to be had, nothing else is worth saying.
bool check_provider(const OAuthFit& fit) {
  const YamlNode& oauth = fit.entry.value;
  if (oauth.find("issuer") || oauth.find("endpoints")) {
    if (oauth.find("issuer") && oauth.find("provider"))
      complain(fit, "provider", "`oauth` takes one of `issuer` and `provider`, not both");
    return true;
  }
  if (fit.provider == nullptr) {
    complain(fit, "",
             "`oauth` needs `issuer`, the https:// address of whoever gives the tokens, or the "
             "account a `provider`");
    return false;
  }
  const auto& flows = fit.provider->flows;
  if (flows.empty()) {
    complain(fit, "",
             std::string(fit.provider->title) +
                 " gives no tokens to programs like this one; use an app password: " +
                 steps_of(*fit.provider));
    return false;
  }
  if (std::find(flows.begin(), flows.end(), fit.options.flow) == flows.end()) {
    std::vector<std::string> words;
    for (const OAuthFlow flow : flows) words.emplace_back(word_of(flow));
    complain(fit, "flow",
             std::string(fit.provider->title) + " has no flow " +
                 in_quotes(word_of(fit.options.flow)) + "; say " + one_of(words));
  }
  return true;
}

void check_tenant(const OAuthFit& fit) {
  const bool has_tenants =
      fit.provider != nullptr && !fit.provider->tenant.empty() && !fit.entry.value.find("issuer");
  if (fit.entry.value.find("tenant")) {
    if (!has_tenants)
      complain(fit, "tenant", "only Microsoft's addresses have a `tenant`; leave it out");
  } else if (has_tenants && fit.options.flow == OAuthFlow::kClientCredentials) {
    complain(fit, "flow",
             "the flow `client-credentials` needs `tenant`, the organisation's id or domain: "
             "without a user nothing else says whose mailboxes they are");
  }
}

void check_endpoints(const OAuthFit& fit) {
  if (!fit.options.issuer.empty() || fit.entry.value.find("issuer")) return;
  const auto need = [&](std::string_view name, const std::string& endpoint) {
    if (endpoint.empty())
      complain(fit, "endpoints",
               "the flow " + in_quotes(word_of(fit.options.flow)) + " needs " +
                   in_quotes("endpoints." + std::string(name)) +
                   "; or say `issuer`, which is asked for it");
  };
  const OAuthEndpoints& endpoints = fit.options.endpoints;
  // A service account's key names its endpoint itself.
  if (fit.options.flow == OAuthFlow::kServiceAccount) return;
  need("token", endpoints.token);
  if (fit.options.flow == OAuthFlow::kCode) need("authorization", endpoints.authorization);
  if (fit.options.flow == OAuthFlow::kDevice) need("device", endpoints.device);
}

void check_client_file(const OAuthFit& fit) {
  if (fit.options.flow == OAuthFlow::kClientCredentials)
    complain(fit, "client",
             "the flow `client-credentials` takes `client: { id: \"…\", secret: { file: FILE } }`, "
             "or better a `certificate`");
  else if (fit.provider != nullptr && !fit.provider->client_file)
    complain(fit, "client",
             "a client file is what Google hands out; of " + std::string(fit.provider->title) +
                 " say `client: { id: \"…\" }`: " + steps_of(*fit.provider));
}

void check_client_id(const OAuthFit& fit) {
  const OAuthClient& client = fit.options.client;
  const YamlNode& given = fit.entry.value.find("client")->value;
  const bool has_secret = given.find("secret") != nullptr;
  const bool has_certificate = given.find("certificate") != nullptr;
  if (fit.options.flow == OAuthFlow::kServiceAccount)
    return complain(fit, "client",
                    "the flow `service-account` takes the JSON key that Google hands out: "
                    "`client: FILE`");
  // Often both lie in one file, and then one of them is enough.
  if (!has_certificate && given.find("certificate_key") != nullptr)
    complain(fit, "client", "`certificate_key` belongs to a `certificate`, which is missing");
  if (has_secret && has_certificate)
    complain(fit, "client", "a client proves itself with a `secret` or a `certificate`, not both");
  if (has_secret || has_certificate) return;
  if (fit.options.flow == OAuthFlow::kClientCredentials)
    complain(fit, "client",
             "the flow `client-credentials` needs a `secret`, or better a "
             "`certificate`, below `client`");
  else if (!client.id.empty() && fit.provider != nullptr && fit.provider->wants_secret)
    complain(fit, "client",
             "clients of " + std::string(fit.provider->title) +
                 " have a `secret`, which belongs below `client`: " + steps_of(*fit.provider));
}

void check_client(const OAuthFit& fit) {
  const auto* given = fit.entry.value.find("client");
  if (given == nullptr)
    return complain(
        fit, "",
        "`oauth` has no `client`; imapkeep has none of its own" +
            (fit.provider != nullptr ? ", " + steps_of(*fit.provider) + " to get one" : ""));
  if (given->value.kind == YamlKind::kMap)
    check_client_id(fit);
  else if (!fit.options.client.file.empty())
    check_client_file(fit);
}

void check_users(const OAuthFit& fit) {
  const OAuthFlow flow = fit.options.flow;
  const auto* users = fit.keys.find("users");
  if (users && !is_for_many(flow))
    fit.keys.complaints.add(users->place,
                            "`users` needs a flow that opens every mailbox, `service-account` or "
                            "`client-credentials`; with " +
                                in_quotes(word_of(flow)) +
                                " each user consents, and has an account of their own");
  if (!fit.entry.value.find("user")) return;
  if (users)
    return complain(fit, "user", "`oauth.user` and `users` exclude each other: leave it out");
  if (flow == OAuthFlow::kClientCredentials)
    return complain(fit, "user",
                    "with the flow `client-credentials` nobody consents: leave `oauth.user` out");
  if (fit.provider != nullptr && !fit.provider->opens_other_mailboxes && !fit.user.empty() &&
      !fit.options.user.empty() && fit.options.user != fit.user)
    complain(fit, "user",
             "a token of " + std::string(fit.provider->title) +
                 " opens the mailbox of whoever consented and no other: `oauth.user` must be the "
                 "account's `user`, or be left out");
}

}  // namespace

void check_oauth_fit(const OAuthFit& fit) {
  if (!check_provider(fit)) return;
  check_tenant(fit);
  check_endpoints(fit);
  check_client(fit);
  check_users(fit);
  if (fit.options.scope.empty() && !fit.entry.value.find("scope"))
    complain(fit, "",
             "`oauth` has no `scope`; the mail server's operator knows what it asks for, with "
             "offline_access so that a login lasts");
}

}  // namespace imapkeep
