// OpenSSL's refusals as sentences that say what to do. A certificate problem needs a person; a
// connection that broke does not.
#pragma once

#include <openssl/x509.h>

#include <optional>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/hash.h"

namespace imapkeep {

/// Why the chain that `peer` sent was not believed. Called while OpenSSL verifies, because the
/// certificates are gone afterwards. `name` is the one that the certificate should have borne.
Error certificate_error(const std::string& peer, const std::string& name, X509_STORE_CTX* check);

std::optional<Sha256Digest> fingerprint_of(const X509* certificate);
/// The certificate is not the one that is trusted by its fingerprint. Nothing: none was shown.
Error fingerprint_error(const std::string& peer, const std::optional<Sha256Digest>& shown);

/// Why the handshake failed for any other reason. `code` is OpenSSL's (0: none), `os_code` errno.
Error handshake_error(const std::string& peer, unsigned long code, int os_code);

/// Why a finished TLS connection can carry no more.
Error record_error(const std::string& peer, unsigned long code, int os_code);

}  // namespace imapkeep
