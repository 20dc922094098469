#include "auth/redirect_check.h"

#include "auth/pkce.h"
#include "auth/provider_words.h"
#include "auth/query.h"
#include "daemon/base/ascii_case.h"

namespace imapkeep {
namespace {

std::string value_of(const QueryParameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

RedirectRefused refusal(const std::string& error, const std::string& description,
                        const SpokenSecrets& spoken) {
  const std::string shown = provider_words(error, spoken, 64);
  const std::string more =
      description.empty() ? "" : " (" + provider_words(description, spoken, 200) + ")";
  if (same_ignoring_case(error, "access_denied") ||
      same_ignoring_case(error, "authorization_declined")) {
    return {shown, true, "the permission was declined" + more};
  }
  return {shown, false, "the provider refused with `" + shown + "`" + more};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

RedirectVerdict RedirectCheck::judge(const HttpVisit& visit) {
  if (visit.method != "GET") return RedirectIgnored{405, "only GET is answered here"};
  const std::string_view target = visit.target;
  const std::size_t mark = target.find('?');
  if (target.substr(0, mark) != "/") return RedirectIgnored{404, "nothing is found at this path"};
  // A page of another name that was made to point at this machine (DNS rebinding) says its own.
  const std::string port = ":" + std::to_string(attempt_.port);
  if (visit.host != "127.0.0.1" + port && visit.host != "localhost" + port) {
    return RedirectIgnored{400, "the request names another host"};
  }
  return judge_query(mark == std::string_view::npos ? "" : target.substr(mark + 1));
}

RedirectVerdict RedirectCheck::judge_pasted(std::string_view text) {
  text = trimmed(text);
  const std::size_t mark = text.find('?');
  const std::string port = ":" + std::to_string(attempt_.port);
  const std::string_view base = text.substr(0, mark);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    if (mark != std::string_view::npos && base == "http://" + host + port + "/") {
      const std::string_view query = text.substr(mark + 1);
      return judge_query(query.substr(0, query.find('#')));
    }
  }
  return RedirectIgnored{400, "this is not the address that the login ends at: it begins with " +
                                  attempt_.redirect_uri() + "?"};
}

RedirectVerdict RedirectCheck::judge_query(std::string_view query) {
  const auto parameters = parse_query(query);
  if (!parameters) return RedirectIgnored{400, "the address is malformed"};
  const std::string state = value_of(*parameters, "state");
  if (!equal_in_constant_time(state, attempt_.state.reveal())) {
    return RedirectIgnored{400, "this is not the answer to the login that is under way"};
  }
  if (used_) return RedirectIgnored{400, "this answer was received before", true};
  const std::string error = value_of(*parameters, "error");
  const auto issuer = parameters->find("iss");
  if (!attempt_.issuer.empty()) {
    // The state is right, so this did come of our login: somebody else answered it. A "no" gives
    // nothing away, whoever says it, and many forget `iss` there.
    if (issuer == parameters->end() && attempt_.issuer_in_redirect && error.empty()) {
      used_ = true;
      return RedirectRefused{"", false, "the answer does not say who it is from (`iss`)"};
    }
    if (issuer != parameters->end() && issuer->second != attempt_.issuer) {
      used_ = true;
      return RedirectRefused{"", false, "the answer is from another provider than the one asked"};
    }
  }
  std::string code = value_of(*parameters, "code");
  if (error.empty() && code.empty()) {
    return RedirectIgnored{400, "the answer holds neither a code nor an error"};
  }
  used_ = true;
  if (!error.empty()) {
    SpokenSecrets spoken;
    spoken.add(attempt_.state);
    return refusal(error, value_of(*parameters, "error_description"), spoken);
  }
  return RedirectCode{Secret(std::move(code))};
}

}  // namespace imapkeep
