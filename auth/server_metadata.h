// What an issuer says of itself (RFC 8414, and OpenID's older place for it): where its endpoints
// are and what it can do. The document must name the issuer that was asked, or a wrong one could
// have our codes sent elsewhere; Microsoft's, which stands for all tenants, names a template.
#pragma once

#include <string>
#include <vector>

#include "auth/oauth_options.h"
#include "daemon/base/http.h"

namespace imapkeep {

struct ServerMetadata {
  OAuthEndpoints endpoints;
  bool issuer_in_redirect = false;  ///< `iss` is promised (RFC 9207)
  bool secret_in_header = false;    ///< takes a client secret by HTTP Basic alone
  bool names_s256 = false;          ///< says that it knows PKCE's S256
};

/// Where to ask, in this order: the first that answers with a document counts.
std::vector<std::string> metadata_urls(const std::string& issuer);

/// Errors: kServer, it is no such document (the next place may have one); kConfig, it is another
/// issuer's.
Result<ServerMetadata> read_metadata(const HttpAnswer& answer, const std::string& issuer);

/// What the operator wrote stays; the rest is filled in.
void fill_in(OAuthOptions& options, const ServerMetadata& metadata);

}  // namespace imapkeep
