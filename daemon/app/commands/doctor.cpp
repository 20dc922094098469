#include "daemon/app/commands/doctor.h"

#include <fmt/format.h>

#include <utility>

#include "auth/http_date.h"
#include "auth/scope.h"
#include "auth/server_metadata.h"
#include "daemon/app/commands/store_health.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

std::string server_of(const ServerOptions& server) {
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

/// "https://id.example" of "https://id.example/a/b".
std::string origin_of(const std::string& url) {
  const auto host = url.find("://");
  return host == std::string::npos ? url : url.substr(0, url.find_first_of("/?", host + 3));
}

std::string span_text(Duration span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  return seconds < 120 ? fmt::format("{} s", seconds) : fmt::format("{} min", seconds / 60);
}

}  // namespace

Doctor::Doctor(Deps deps, AccountSettings account, CredentialSource& credentials,
               std::optional<OAuthParts> oauth)
    : deps_(std::move(deps)),
      account_(std::move(account)),
      credentials_(credentials),
      oauth_(std::move(oauth)),
      server_(server_of(account_.server)) {
  if (const auto* options = std::get_if<OAuthOptions>(&account_.auth.proof)) options_ = *options;
}

Operation Doctor::start(std::function<void(const Finding&)> well, Completion<Diagnosis> done) {
  well_ = std::move(well);
  done_ = Pending<Diagnosis>(std::move(done));
  credentials_.retry_now();  // whatever an earlier process was told: a person wants to know
  look_at_disk();
  return done_.operation([this] { step_.cancel(); });
}

void Doctor::wrong(AccountPart part, const Error& error) {
  done_.complete(diagnose(part, error, account_));
}

void Doctor::look_at_disk() {
  step_ = run_for_result<std::string>(
      deps_.strand,
      [&files = deps_.files, options = account_.store] { return look_at_store(files, options); },
      [this](const Result<std::string>& store) {
        if (!store) return wrong(AccountPart::kStore, store.error());
        well(AccountPart::kStore, *store);
        step_ = run_for_result<std::string>(
            deps_.strand,
            [&files = deps_.files, options = account_.store] {
              return look_at_space(files, options);
            },
            [this](const Result<std::string>& space) {
              if (!space) return wrong(AccountPart::kSpace, space.error());
              well(AccountPart::kSpace, *space);
              look_at_network();
            });
      });
}

void Doctor::look_at_network() {
  step_ = deps_.network.dialer.dial(
      {account_.server.host, account_.server.port, std::nullopt, account_.server.connect_deadline},
      [this](const Result<std::unique_ptr<Stream>>& stream) {
        if (!stream) return wrong(AccountPart::kNetwork, stream.error());
        well(AccountPart::kNetwork, server_ + " answers");
        if (account_.server.tls == TlsMode::kImplicit) return look_at_tls();
        oauth_ ? look_at_client() : look_at_grant();
      });
}

void Doctor::look_at_tls() {
  step_ =
      deps_.network.dialer.dial({account_.server.host, account_.server.port,
                                 account_.server.tls_options(), account_.server.connect_deadline},
                                [this](const Result<std::unique_ptr<Stream>>& stream) {
                                  if (!stream) return wrong(AccountPart::kTls, stream.error());
                                  well(AccountPart::kTls, "its certificate is good");
                                  oauth_ ? look_at_client() : look_at_grant();
                                });
}

std::function<Result<Doctor::Known>()> Doctor::reading_known() const {
  // Copies: the work may outlive the doctor. Nothing of this client is sent: the keeper reads its
  // own.
  return [parts = *oauth_, now = deps_.network.clock.wall_now()]() -> Result<Known> {
    auto client = parts.client.read({now, "doctor"});
    if (!client) return client.error();
    Known known{std::move(*client), std::nullopt};
    auto grant = parts.vault.load(known.client.key.id());
    // Sealed with another key, or damaged: what the keeper makes of it is the finding.
    if (!grant && !Vault::is_as_good_as_none(grant.error())) return grant.error();
    if (grant) known.grant = std::move(*grant);
    return known;
  };
}

void Doctor::look_at_client() {
  step_ = run_for_result<Known>(deps_.strand, reading_known(), [this](Result<Known> known) {
    if (!known)
      return wrong(
          known.error().trouble == Trouble::kStore ? AccountPart::kGrant : AccountPart::kClient,
          known.error());
    known_ = std::move(*known);
    well(AccountPart::kClient, "it can be read");
    look_at_provider();
  });
}

void Doctor::look_at_provider() {
  HttpRequest request;
  request.url = known_.client.caller.endpoint;
  if (request.url.empty()) request.url = metadata_urls(options_.issuer).front();
  request.ca_file = options_.ca_file;
  provider_ = origin_of(request.url);
  step_ = deps_.http.request(std::move(request),
                             [this](const Result<HttpAnswer>& answer) { on_provider(answer); });
}

void Doctor::on_provider(const Result<HttpAnswer>& answer) {
  // Whatever the status: a token endpoint need not like a GET.
  if (!answer) return wrong(AccountPart::kProvider, answer.error());
  well(AccountPart::kProvider, provider_ + " answers");
  if (const auto date = parse_http_date(answer->header("date"))) {
    const auto trouble = trouble_with_clock(deps_.network.clock.wall_now(), *date, provider_);
    if (trouble) return wrong(AccountPart::kClock, *trouble);
    well(AccountPart::kClock, "right, by that of " + provider_);
  }
  if (options_.issuer.empty() || knows_endpoints(options_) ||
      options_.flow == OAuthFlow::kServiceAccount)
    return look_at_grant();
  ask_for_endpoints();
}

void Doctor::ask_for_endpoints() {
  lookup_ = std::make_unique<MetadataLookup>(deps_.http, options_.issuer, options_.ca_file);
  step_ = lookup_->start([this](const Result<ServerMetadata>& metadata) {
    if (!metadata) return wrong(AccountPart::kProvider, metadata.error());
    fill_in(options_, *metadata);
    const auto all = check_endpoints(options_);
    if (!all) return wrong(AccountPart::kProvider, all.error());
    well(AccountPart::kProvider, "it says where its endpoints are");
    look_at_grant();
  });
}

void Doctor::look_at_grant() {
  step_ = credentials_.get(
      [this](const Result<Credentials>& credentials) { on_credentials(credentials); });
}

void Doctor::on_credentials(const Result<Credentials>& credentials) {
  if (!credentials) return wrong(proof(), credentials.error());
  found_ = *credentials;
  if (!oauth_) {
    well(AccountPart::kPassword, "it can be read");
    return look_at_login();
  }
  const bool is_old = known_.grant && known_.grant->generation == found_.generation;
  if (is_old && !renewed_ && credentials_.refused(found_)) {
    renewed_ = true;
    return look_at_grant();
  }
  well(AccountPart::kGrant,
       "a new token came" +
           (found_.expires
                ? ", good for " + span_text(*found_.expires - deps_.network.clock.mono_now())
                : std::string()));
  look_at_scope();
}

void Doctor::look_at_scope() {
  step_ = run_for_result<Known>(deps_.strand, reading_known(), [this](const Result<Known>& known) {
    if (!known) return wrong(AccountPart::kGrant, known.error());
    const std::string granted = known->grant ? known->grant->granted_scope : "";
    if (!covers_scope(granted, options_.scope))
      return wrong(AccountPart::kScope,
                   {Remedy::kNeedsOperator, Trouble::kLogin,
                    "granted is only `" + printable_utf8(granted, 300) + "`, asked for `" +
                        printable_utf8(options_.scope, 300) + "`",
                    0});
    well(AccountPart::kScope, granted.empty() ? "as asked for" : printable_utf8(granted, 300));
    look_at_login();
  });
}

void Doctor::look_at_login() {
  // Whether COMPRESS can pass is found out, and lived with, by every pass itself.
  ServerOptions server = account_.server;
  server.compress = false;
  connection_ = std::make_unique<imap::SourceConnection>(deps_.network, std::move(server));
  step_ = connection_->open(found_, [this](const Result<Done>& opened) {
    if (!opened) return wrong(AccountPart::kLogin, opened.error());
    well(AccountPart::kLogin, "as " + printable_utf8(account_.auth.user));
    look_at_mailbox();
  });
}

void Doctor::look_at_mailbox() {
  step_ = connection_->list([this](const Result<std::vector<imap::ListedMailbox>>& folders) {
    if (!folders) return wrong(AccountPart::kMailbox, folders.error());
    well(AccountPart::kMailbox, fmt::format("{} folders", folders->size()));
    step_ = connection_->logout([this](const Result<Done>&) { done_.complete(Diagnosis{}); });
  });
}

}  // namespace imapkeep
