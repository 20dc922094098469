#include "auth/grant.h"

#include <nlohmann/json.hpp>

#include "daemon/base/hash.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;

/// Not ours to judge here: a token of any bytes comes back as it was.
std::string text(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::optional<std::int64_t> number(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number_integer()) return std::nullopt;
  return at->get<std::int64_t>();
}

WallTime moment(const Json& object, const char* name) {
  return from_unix_ms(number(object, name).value_or(0));
}

}  // namespace

std::string GrantKey::id() const {
  std::string all;
  for (const auto* part : {&issuer, &client_id, &user, &scope}) {
    all += *part;
    all += '\0';
  }
  return Sha256::of(all).hex().substr(0, 32);
}

Secret grant_to_json(const Grant& grant) {
  Json object{{"issuer", grant.key.issuer},
              {"client_id", grant.key.client_id},
              {"user", grant.key.user},
              {"scope", grant.key.scope},
              {"token_endpoint", grant.token_endpoint},
              {"secret_in_header", grant.secret_in_header},
              {"granted_scope", grant.granted_scope},
              {"access_token", std::string(grant.access_token.reveal())},
              {"refresh_token", std::string(grant.refresh_token.reveal())},
              {"previous_refresh_token", std::string(grant.previous_refresh_token.reveal())},
              {"granted_ms", unix_ms(grant.granted)},
              {"obtained_ms", unix_ms(grant.obtained)},
              {"expires_ms", unix_ms(grant.expires)},
              {"generation", grant.generation}};
  if (grant.refresh_expires) object["refresh_expires_ms"] = unix_ms(*grant.refresh_expires);
  if (grant.refusal)
    object["refusal"] = {{"final", grant.refusal->is_final},
                         {"why", grant.refusal->why},
                         {"at_ms", unix_ms(grant.refusal->at)},
                         {"not_before_ms", unix_ms(grant.refusal->not_before)}};
  return Secret(object.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Grant> grant_from_json(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);
  const auto generation =
      object.is_object() ? number(object, "generation") : std::optional<std::int64_t>();
  if (!generation || *generation < 0 || text(object, "client_id").empty())
    return store_error("holds no grant");
  Grant grant;
  grant.key = {text(object, "issuer"), text(object, "client_id"), text(object, "user"),
               text(object, "scope")};
  grant.token_endpoint = text(object, "token_endpoint");
  grant.secret_in_header = object.value("secret_in_header", Json(false)) == true;
  grant.granted_scope = text(object, "granted_scope");
  grant.access_token = Secret(text(object, "access_token"));
  grant.refresh_token = Secret(text(object, "refresh_token"));
  grant.previous_refresh_token = Secret(text(object, "previous_refresh_token"));
  grant.granted = moment(object, "granted_ms");
  grant.obtained = moment(object, "obtained_ms");
  grant.expires = moment(object, "expires_ms");
  if (const auto at = number(object, "refresh_expires_ms"))
    grant.refresh_expires = from_unix_ms(*at);
  if (const auto at = object.find("refusal"); at != object.end() && at->is_object())
    grant.refusal = GrantRefusal{at->value("final", Json(false)) == true, text(*at, "why"),
                                 moment(*at, "at_ms"), moment(*at, "not_before_ms")};
  grant.generation = static_cast<std::uint64_t>(*generation);
  return grant;
}

}  // namespace imapkeep
