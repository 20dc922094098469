// Keys made for the tests alone: `openssl req -x509 -newkey rsa:2048 -nodes`; the digest is what
// `openssl x509 -outform DER | openssl dgst -sha256 -binary | basenc --base64url` says.
#pragma once

namespace imapkeep {

inline constexpr const char* kRsaPrivateKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDcELdG0Pqf9n6J\n"
    "gcz1LpJCdLRJmC1NmENw6OM3La72Y2DEG/5NP0iP/HG7Fh696IzoKRFUEBFJ0JIq\n"
    "rhA2pLX3u6Y8YFEXx4rhqvH6sZjo2dk6qQlgUKrcONPiyMSNpNGcrrCM4Gpb4SYC\n"
    "/eWAsFgHp7ul9JBHOMfKL65sH67f22SOoU0VMYdoY4gkgpYuTP2yElPwmb4rCoKa\n"
    "5I4K2UgwugwRzCATCYJmguQEHpNQo7sCfDuxRjUwISr8DqbdsgrtL5pPs2GVf/mT\n"
    "4WkTGYe1swOODF4Pxp1qeoWgEgW8QohgzyXsdYotsyP7W9vD+rcOLGTdqJKuzaRI\n"
    "IIDRKE5NAgMBAAECggEAH25xxvcVPOC3jQtRi1lmAYDquTI3kkQjqc5RmbF4Mm/a\n"
    "Q9hdt4nI4uvjEJ4lsOk0qvomo/ORjJHyNo9a+HsJFIOkSC5XlsZk4zuHyU8xcFyh\n"
    "Jrw6/xs2dDLXrKYRUMvQNolK5SwudMYRKE88RuepAxrlddwa+Vk2S/4IcyAJWaaX\n"
    "4nYFo1eTzqr07gJYn1YaH8hIBh4roNurRokQ90r/1fG38uzH1w/3Nayd/pPJJSV3\n"
    "t8IcrCRmihPDbjjQTx//0YXgj2COZ9pama5IrvBJBx4OcYaIDJRjFkPNsIAvBrMj\n"
    "yXlS/BxaMiZFJG9SCI5/hmuo2sUZSjCJSKKq7y/w8QKBgQD9G6qDkyRjOx23dL2A\n"
    "5Iq26qQb4L08c7474BiUwX/LpxaQS7sIYJvi2V0ctjqRZNVAQbq4RM0z5+5t97tX\n"
    "uEz2tYbJ92h9G3+xYWk/pJjFF4QDnlgYpA7s2zcgdrCJQcYYzdbpMVA93segIX5P\n"
    "ZkL1QeOwS5z08pofZiZw0smYmQKBgQDelGaSxdRxXNNJ6W13lsf3VVxPizarZSIu\n"
    "vTGyvmPxpcB57/kIKsTb6B1utzQwR4urcQ1QHDAS8zd4MZFO9NCMXF68pYzZt5x5\n"
    "Jp3kuZclcjDDGKjyWGIxN/tmd1Ct+Dfp0iSLLu6XfZQICWKhFhcJ4N9rAPJblXPY\n"
    "Ndf/V5Jv1QKBgQCSzgUso5+rXpJx4eg4ZlZ+mcHt2YBpG8ju+Z/ISCNTf+p6bzJg\n"
    "PYitHt3+1UNLKWz3BCjE0EMlJBUK+3FSA7fAMLGpWzLjvZtmytU88L8bMfSEFMeM\n"
    "Izv07YEf9zeVpOy9XkaUouGjwR+QJV0ZuHqFvl3N102GVWBHbfxF3DzJoQKBgB/P\n"
    "KZGUQDYrQ+7uMzzCCbXpNxYPGTMJcwcm9rFK0FG6lHVYvEhUhGnBFGO8PvMfZnCL\n"
    "6ZEnVh9/LtA4lUGpbxyAHvHq3uRGf1A5GpuTgmxRk3JuVca8ptvN2lncd2VFcggy\n"
    "hhJ2FJcF1WAIp1XKKGS7BHLwYbKA+1tM5p+RTlY5AoGBALw6dDwdqC29KaXY4+5M\n"
    "jvmEiJnq5YVtVKRFGPQdcP1BUhlLjnbFa5L5EtRxmwaNysI6nEJS9wLmIIUZL35O\n"
    "TUVloBuVuPHP3P9NXTnEB15IzHr5MPRmoYiYPbbbg6yNUJTxB1dnUdoiY5kgr1CQ\n"
    "oLMz1RiiJLa8/72p2IIF1hm0\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr const char* kRsaPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3BC3RtD6n/Z+iYHM9S6S\n"
    "QnS0SZgtTZhDcOjjNy2u9mNgxBv+TT9Ij/xxuxYeveiM6CkRVBARSdCSKq4QNqS1\n"
    "97umPGBRF8eK4arx+rGY6NnZOqkJYFCq3DjT4sjEjaTRnK6wjOBqW+EmAv3lgLBY\n"
    "B6e7pfSQRzjHyi+ubB+u39tkjqFNFTGHaGOIJIKWLkz9shJT8Jm+KwqCmuSOCtlI\n"
    "MLoMEcwgEwmCZoLkBB6TUKO7Anw7sUY1MCEq/A6m3bIK7S+aT7NhlX/5k+FpExmH\n"
    "tbMDjgxeD8adanqFoBIFvEKIYM8l7HWKLbMj+1vbw/q3Dixk3aiSrs2kSCCA0ShO\n"
    "TQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr const char* kRsaCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDATCCAemgAwIBAgIUJ6zBielZHPu1mRENBoDrbpzt/eQwDQYJKoZIhvcNAQEL\n"
    "BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMxMzIzMjdaGA8yMTI2MTAzMDEz\n"
    "MjMyN1owDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC\n"
    "AQoCggEBANwQt0bQ+p/2fomBzPUukkJ0tEmYLU2YQ3Do4zctrvZjYMQb/k0/SI/8\n"
    "cbsWHr3ojOgpEVQQEUnQkiquEDaktfe7pjxgURfHiuGq8fqxmOjZ2TqpCWBQqtw4\n"
    "0+LIxI2k0ZyusIzgalvhJgL95YCwWAenu6X0kEc4x8ovrmwfrt/bZI6hTRUxh2hj\n"
    "iCSCli5M/bISU/CZvisKgprkjgrZSDC6DBHMIBMJgmaC5AQek1CjuwJ8O7FGNTAh\n"
    "KvwOpt2yCu0vmk+zYZV/+ZPhaRMZh7WzA44MXg/GnWp6haASBbxCiGDPJex1ii2z\n"
    "I/tb28P6tw4sZN2okq7NpEgggNEoTk0CAwEAAaNTMFEwHQYDVR0OBBYEFI4c5Ut5\n"
    "6ZQt/Sl/5a6D9/37LcFeMB8GA1UdIwQYMBaAFI4c5Ut56ZQt/Sl/5a6D9/37LcFe\n"
    "MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAHsNmvbf1rrIjoib\n"
    "+Ur827QJN1424m/NAtN7F4hxaRuGLdGO65B/TJDvQS3HFWxWCbWJ9ovFtMfguKCg\n"
    "eEn9mRxUC7YEpNEHwTxpX57n1FvqBiGWiZBlGTG3euAByuxc2PiX/O7SSX6EpCbJ\n"
    "vFIp928QPRVRCyMEjcTf9gwkcgqjT4JTgCDXm980xLj3L5e3PgKdrxiYsMh5mjht\n"
    "BrGs5ucEf2dtNf6ebJCjIHweMHnqzhs/ZTLZN65J7LE5lgqNG3kKz5sml6ZxgHQS\n"
    "VTLPLSKiWK5QY5m9FEQMeNxBuEzwXMEg5rWiY0Rhv7onlnyC5j+skw0mOaoWIBzc\n"
    "60IVJcs=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr const char* kRsaCertificateDigest = "FQZBuHiXVYTm3FcSbNDW_11gMxHUre16NSO2uy6AiAE";
inline constexpr const char* kEcPrivateKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguSNGd0WIKP3/k7c4\n"
    "hqw/uxoWkoMfhDDglsA803zB/f2hRANCAATB7MeTbq0Y5EjGeucM+YfkSz3CYSel\n"
    "NEsoggW5W6fKOZJpdOhbTmmpMfP/5Au17DoqgHZCJFnYhPNJLU1vdCjh\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace imapkeep
