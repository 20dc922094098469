// Asks an issuer what it says of itself (server_metadata.h), at one well-known place after the
// other until one of them answers with a document.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "auth/server_metadata.h"
#include "daemon/base/http.h"
#include "daemon/base/operation.h"

namespace imapkeep {

class MetadataLookup {
 public:
  /// `ca_file`: see HttpRequest.
  MetadataLookup(HttpClient& http, std::string issuer, std::string ca_file);

  /// Once. Errors: kServer (cannot be reached, or has no such document), kConfig (another
  /// issuer's).
  [[nodiscard]] Operation start(Completion<ServerMetadata> done);

 private:
  void ask_next();
  void on_answer(const Result<HttpAnswer>& answer);
  void fail(const Error& error);

  HttpClient& http_;
  std::string issuer_;
  std::string ca_file_;
  std::vector<std::string> urls_;
  std::size_t asked_ = 0;
  Operation asking_;
  Pending<ServerMetadata> done_;
};

/// Whether this login's endpoints all stand in the configuration already.
bool knows_endpoints(const OAuthOptions& options);

/// What this flow still misses after the issuer was asked, or cannot use of what it said: found out
/// before a person consents. Errors: kConfig.
Result<Done> check_endpoints(const OAuthOptions& options);

}  // namespace imapkeep
