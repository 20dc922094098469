// What a server can say, as one variant, named by RFC 9051 §7 and its extensions. Only what a
// mirror acts on is kept; everything else is Unknown, which is not an error. Numbers that servers
// are known to send wrong (negative sizes, MODSEQ -1) are absent rather than wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sync/imap/types/flags.h"
#include "sync/imap/types/namespaces.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep::imap {

/// resp-text-code, RFC 9051 §7.1: `[NAME rest]`. The name in upper case, the rest as sent.
struct ResponseCode {
  std::string name;
  std::string rest;
};

enum class StatusKind { kOk, kNo, kBad, kBye, kPreauth };

/// Tagged or untagged OK/NO/BAD, BYE and PREAUTH.
struct StatusResponse {
  std::string tag;  ///< empty: untagged
  StatusKind kind = StatusKind::kOk;
  std::optional<ResponseCode> code;
  std::string text;  ///< printable, at most 1 KiB
};
/// `+ text`, also `+` alone.
struct ContinuationResponse {
  std::string text;
};
struct CapabilityResponse {
  std::vector<std::string> atoms;
};
struct EnabledResponse {
  std::vector<std::string> atoms;
};
/// RFC 2971: fields in order; NIL values are left out.
struct IdResponse {
  std::vector<std::pair<std::string, std::string>> fields;
};
/// RFC 2342.
struct NamespaceResponse {
  Namespaces namespaces;
};
struct ListResponse {
  std::vector<std::string> attributes;
  char delimiter = 0;  ///< 0: NIL
  std::string name;    ///< raw bytes
};
struct StatusDataResponse {
  std::string name;  ///< raw bytes
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> uid_next;
  std::optional<std::uint64_t> uid_validity;
  std::optional<std::uint64_t> highest_mod_seq;
};
struct ExistsResponse {
  std::uint64_t count = 0;
};
struct ExpungeResponse {};  // its sequence number is of no use to us
struct VanishedResponse {
  bool earlier = false;
  UidSet uids;
};
/// A long list may come as several of these, see fragments.h.
struct SearchResponse {
  UidSet uids;
};
struct EsearchResponse {
  std::string tag;  ///< empty: none given
  bool uid = false;
  std::optional<UidSet> all;
};
/// FETCH, or UIDFETCH (RFC 9586). A body is not in here: it has been streamed (response_reader.h).
struct FetchResponse {
  std::optional<Uid> uid;
  std::optional<Flags> flags;
  std::optional<std::int64_t> internal_date;  ///< Unix seconds; absent when missing or nonsense
  std::string date;                           ///< INTERNALDATE as sent, also when it is nonsense
  std::optional<std::uint64_t> rfc822_size;
  std::optional<std::uint64_t> mod_seq;
  enum class Body { kNone, kStreamed, kNil } body = Body::kNone;
  std::uint64_t body_size = 0;
  std::optional<std::uint64_t> body_origin;  ///< BODY[]<n>: what streamed begins at octet n
  std::optional<std::string> header;         ///< BODY[HEADER]; absent when NIL
};
/// Understood as a response, of no interest to a mirror.
struct UnknownResponse {
  std::string name;  ///< printable, at most 40 bytes
};

using Response = std::variant<StatusResponse, ContinuationResponse, CapabilityResponse,
                              EnabledResponse, IdResponse, NamespaceResponse, ListResponse,
                              StatusDataResponse, ExistsResponse, ExpungeResponse, VanishedResponse,
                              SearchResponse, EsearchResponse, FetchResponse, UnknownResponse>;

}  // namespace imapkeep::imap
