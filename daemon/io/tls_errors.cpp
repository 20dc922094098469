#include "daemon/io/tls_errors.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "daemon/base/bytes.h"
#include "daemon/io/os_error.h"

namespace imapkeep {
namespace {

constexpr int kMostNames = 8;

Error operator_must_see(std::string what) {
  return server_error(std::move(what), Remedy::kNeedsOperator);
}

std::string day_text(const std::tm& parts) {
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

std::string day_text(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? day_text(parts) : "an unreadable date";
}

std::string clock_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  return "this machine's clock says " + day_text(parts);
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  const X509_NAME_ENTRY* entry =
      at >= 0 ? X509_NAME_get_entry(name, at) : X509_NAME_get_entry(name, 0);
  if (entry == nullptr) return "(no name)";
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) return "(unreadable name)";
  std::string text =
      printable_utf8({reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)});
  OPENSSL_free(utf8);
  return "\"" + text + "\"";
}

bool is_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "?";
  const int size = ASN1_STRING_length(bytes);
  if (size == 4) inet_ntop(AF_INET, ASN1_STRING_get0_data(bytes), text, sizeof text);
  if (size == 16) inet_ntop(AF_INET6, ASN1_STRING_get0_data(bytes), text, sizeof text);
  return text;
}

/// "mail.example.org, *.example.net": what the certificate is good for.
std::string names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::string list;
  int shown = 0;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    std::string text;
    if (name->type == GEN_DNS) {
      text = printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                        static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))});
      // A name that is an address proves nothing of an address (RFC 5280 §4.2.1.6).
      if (is_address(text)) text += " (as a DNS name)";
    } else if (name->type == GEN_IPADD) {
      text = address_text(name->d.iPAddress);
    } else {
      continue;
    }
    if (++shown > kMostNames) return list + ", …";
    list += (list.empty() ? "" : ", ") + text;
  }
  return list.empty() ? common_name(X509_get_subject_name(certificate)) : list;
}

/// What a person may compare with the server's own word, and copy.
std::string with_fingerprint(const X509* certificate) {
  const auto digest = fingerprint_of(certificate);
  return digest ? "; or, if its fingerprint is sha256:" + digest->hex() +
                      " on the server too, set tls.fingerprint to that"
                : std::string();
}

/// The error may be of another certificate of the chain.
std::string leaf_fingerprint(X509_STORE_CTX* check) {
  const X509* leaf = X509_STORE_CTX_get0_cert(check);
  return leaf != nullptr ? with_fingerprint(leaf) : std::string();
}

bool was_cut(unsigned long code) {
  return code == 0 || (ERR_GET_LIB(code) == ERR_LIB_SSL &&
                       ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

std::string reason_text(unsigned long code) {
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? std::string(reason) : "OpenSSL error " + std::to_string(code);
}

}  // namespace

std::optional<Sha256Digest> fingerprint_of(const X509* certificate) {
  Sha256Digest digest;
  unsigned size = 0;
  const int good = X509_digest(certificate, EVP_sha256(),
                               reinterpret_cast<unsigned char*>(digest.bytes.data()), &size);
  if (good != 1 || size != digest.bytes.size()) return std::nullopt;
  return digest;
}

Error fingerprint_error(const std::string& peer, const std::optional<Sha256Digest>& shown) {
  return operator_must_see(
      "the certificate of " + peer + " has the fingerprint " +
      (shown ? "sha256:" + shown->hex() : "of nothing") +
      ", which is not tls.fingerprint: if the server has a new one, set it to that; if "
      "not, somebody stands between");
}

Error certificate_error(const std::string& peer, const std::string& name, X509_STORE_CTX* check) {
  const int code = X509_STORE_CTX_get_error(check);
  const X509* certificate = X509_STORE_CTX_get_current_cert(check);
  const std::string why = X509_verify_cert_error_string(code);
  if (certificate == nullptr)
    return operator_must_see("the certificate of " + peer + " is refused: " + why);
  const std::string subject = common_name(X509_get_subject_name(certificate));
  const std::string which = X509_STORE_CTX_get_error_depth(check) == 0
                                ? "the certificate of " + peer
                                : "the certificate " + subject + " in the chain of " + peer;
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return operator_must_see(which + " expired on " + day_text(X509_get0_notAfter(certificate)) +
                               " (" + clock_text() + "): the server's operator must renew it");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return operator_must_see(which + " is valid only from " +
                               day_text(X509_get0_notBefore(certificate)) + " (" + clock_text() +
                               "): check the clock");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return operator_must_see(which + " is not for " + printable_utf8(name) + " but for " +
                               names_of(certificate) +
                               ": use one of these names as the host, or set tls.name to one" +
                               with_fingerprint(certificate));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return operator_must_see(
          which +
          " is signed by itself, not by a CA that is trusted here: if you trust it, "
          "save it in a file and set tls.ca to it" +
          with_fingerprint(certificate));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return operator_must_see(which + " is signed by " +
                               common_name(X509_get_issuer_name(certificate)) +
                               ", which is not trusted here: if you trust it, save the server's CA "
                               "certificate in a file and set tls.ca to it" +
                               leaf_fingerprint(check));
    default:
      return operator_must_see(which + " is refused: " + why);
  }
}

Error handshake_error(const std::string& peer, unsigned long code, int os_code) {
  if (was_cut(code)) {
    return server_error(peer + " ended the connection during the TLS handshake" +
                        (os_code != 0 ? ": " + errno_text(os_code) : std::string()));
  }
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    switch (ERR_GET_REASON(code)) {
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      case SSL_R_VERSION_TOO_LOW:
        return operator_must_see(
            peer +
            " speaks only a TLS version older than 1.2, which is no longer safe: the "
            "server must be updated");
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
      case SSL_R_BAD_RECORD_TYPE:
      case SSL_R_UNEXPECTED_MESSAGE:
      case SSL_R_HTTP_REQUEST:
        return operator_must_see(
            peer +
            " does not answer in TLS: is it a plain text port? Then set tls.mode to "
            "starttls, or use port 993");
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      case SSL_R_DH_KEY_TOO_SMALL:
      case SSL_R_EE_KEY_TOO_SMALL:
        return operator_must_see(
            peer + " and this machine have no TLS method in common that is safe enough (" +
            reason_text(code) + "): the server must be updated");
      default:
        break;
    }
  }
  return server_error("the TLS handshake with " + peer + " failed: " + reason_text(code),
                      Remedy::kRetryLater);
}

Error record_error(const std::string& peer, unsigned long code, int os_code) {
  if (was_cut(code)) {
    if (os_code != 0)
      return server_error("lost the connection to " + peer + ": " + errno_text(os_code));
    return server_error(peer + " closed the connection without ending TLS properly");
  }
  return server_error("TLS with " + peer + " broke: " + reason_text(code));
}

}  // namespace imapkeep
