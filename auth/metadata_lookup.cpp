#include "auth/metadata_lookup.h"

#include <utility>

#include "daemon/base/bytes.h"
#include "daemon/base/web_address.h"

namespace imapkeep {
namespace {

/// The endpoint that the flow begins at, and the name of its key.
std::pair<const std::string*, const char*> first_endpoint(const OAuthOptions& options) {
  switch (options.flow) {
    case OAuthFlow::kCode:
      return {&options.endpoints.authorization, "authorization"};
    case OAuthFlow::kDevice:
      return {&options.endpoints.device, "device"};
    default:
      return {&options.endpoints.token, "token"};
  }
}

/// Empty when good. An issuer on this machine may do without TLS; everybody else's endpoints have
/// it, also where they would be on this machine.
std::string trouble_with_endpoint(const std::string& url, const std::string& issuer) {
  const bool is_local = issuer.empty() || issuer.starts_with("http://");
  if (!is_local && url.starts_with("http://"))
    return "must begin with https://, as the issuer does";
  return trouble_with_web_address(url);
}

}  // namespace

MetadataLookup::MetadataLookup(HttpClient& http, std::string issuer, std::string ca_file)
    : http_(http),
      issuer_(std::move(issuer)),
      ca_file_(std::move(ca_file)),
      urls_(metadata_urls(issuer_)) {}

Operation MetadataLookup::start(Completion<ServerMetadata> done) {
  done_ = Pending<ServerMetadata>(std::move(done));
  ask_next();
  return done_.operation([this] { asking_.cancel(); });
}

void MetadataLookup::ask_next() {
  HttpRequest request;
  request.url = urls_[asked_++];
  request.headers = {{"Accept", "application/json"}};
  request.ca_file = ca_file_;
  asking_ = http_.request(std::move(request),
                          [this](const Result<HttpAnswer>& answer) { on_answer(answer); });
}

void MetadataLookup::on_answer(const Result<HttpAnswer>& answer) {
  // Who cannot be reached at one place is not there at the other.
  if (!answer) return fail(answer.error());
  auto metadata = read_metadata(*answer, issuer_);
  if (metadata) return done_.complete(std::move(*metadata));
  if (metadata.error().trouble == Trouble::kConfig || asked_ == urls_.size())
    return fail(metadata.error());
  ask_next();
}

void MetadataLookup::fail(const Error& error) {
  done_.complete(
      error.within("the issuer " + printable_utf8(issuer_) + " was asked where its endpoints are"));
}

bool knows_endpoints(const OAuthOptions& options) {
  return !options.endpoints.token.empty() && !first_endpoint(options).first->empty();
}

Result<Done> check_endpoints(const OAuthOptions& options) {
  const auto [first, name] = first_endpoint(options);
  const char* missing = first->empty() ? name : options.endpoints.token.empty() ? "token" : nullptr;
  if (missing == nullptr) {
    // Those that this flow does not use may be whatever they are.
    for (const auto& [url, of] :
         {std::pair(first, name), std::pair(&options.endpoints.token, "token")}) {
      const std::string trouble = trouble_with_endpoint(*url, options.issuer);
      if (!trouble.empty())
        return config_error("the provider's " + std::string(of) + " endpoint `" +
                            printable_utf8(*url, 300) + "` cannot be used: it " + trouble +
                            "; write the right one below `endpoints`");
    }
    return Done{};
  }
  std::string what = "the provider names no " + std::string(missing) + " endpoint";
  what += options.flow == OAuthFlow::kDevice && first->empty()
              ? "; it has no device flow, so write `flow: code`"
              : "; write it below `endpoints`";
  return config_error(std::move(what));
}

}  // namespace imapkeep
