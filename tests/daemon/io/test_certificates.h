// Certificates made in the test process: CAs, chains, and the ones that must be refused.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

namespace imapkeep {

struct TestIdentity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(memory.get(), certificate.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
};

struct TestCertificateWish {
  std::string common_name;
  std::string names;  ///< as in openssl.cnf: "DNS:localhost,IP:127.0.0.1"
  bool is_ca = false;
  int from_days = -1;
  int to_days = 30;
};

/// Signed by `issuer`, or by itself.
inline TestIdentity make_identity(const TestCertificateWish& wish,
                                  const TestIdentity* issuer = nullptr) {
  static std::atomic<long> serial{1};
  TestIdentity made{std::shared_ptr<X509>(X509_new(), &X509_free),
                    std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), &EVP_PKEY_free)};
  X509* raw = made.certificate.get();
  X509_set_version(raw, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++);
  X509_gmtime_adj(X509_getm_notBefore(raw), 86400L * wish.from_days);
  X509_gmtime_adj(X509_getm_notAfter(raw), 86400L * wish.to_days);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1,
                             -1, 0);
  X509_set_pubkey(raw, made.key.get());
  const TestIdentity& signer = issuer != nullptr ? *issuer : made;
  X509_set_issuer_name(raw, X509_get_subject_name(signer.certificate.get()));
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer.certificate.get(), raw, nullptr, nullptr, 0);
  const auto extend = [&](int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    REQUIRE(extension != nullptr);
    X509_add_ext(raw, extension, -1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, wish.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.names.empty()) extend(NID_subject_alt_name, wish.names);
  REQUIRE(X509_sign(raw, signer.key.get(), EVP_sha256()) > 0);
  return made;
}

}  // namespace imapkeep
