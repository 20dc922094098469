// Responses as one line of text each, so that tables can say what they expect and a difference can
// be read: `fetch uid=5 flags=S[Work] body=streamed:3`.
#pragma once

#include <string>

#include "sync/imap/responses.h"

namespace imapkeep::imap {

class ResponseText {
 public:
  std::string operator()(const StatusResponse& r) {
    static const char* const kNames[] = {"ok", "no", "bad", "bye", "preauth"};
    std::string out = kNames[static_cast<int>(r.kind)];
    if (!r.tag.empty()) out += " tag=" + r.tag;
    if (r.code) out += " [" + r.code->name + "|" + r.code->rest + "]";
    return out + " '" + r.text + "'";
  }
  std::string operator()(const ContinuationResponse& r) { return "+ '" + r.text + "'"; }
  std::string operator()(const CapabilityResponse& r) { return "capability" + words(r.atoms); }
  std::string operator()(const EnabledResponse& r) { return "enabled" + words(r.atoms); }
  std::string operator()(const IdResponse& r) {
    std::string out = "id";
    for (const auto& field : r.fields) out += " " + field.first + "=" + field.second;
    return out;
  }
  std::string operator()(const NamespaceResponse& r) {
    std::string out = "namespace";
    for (const auto& one : r.namespaces.personal) {
      out += " '" + one.prefix + "'" + delimiter(one.delimiter);
    }
    if (!r.namespaces.others.empty()) out += " others";
    for (const auto& one : r.namespaces.others) {
      out += " '" + one.prefix + "'" + delimiter(one.delimiter);
    }
    return out;
  }
  std::string operator()(const ListResponse& r) {
    return "list" + words(r.attributes) + " " + delimiter(r.delimiter) + " '" + r.name + "'";
  }
  std::string operator()(const StatusDataResponse& r) {
    std::string out = "status '" + r.name + "'";
    put(out, "messages", r.messages);
    put(out, "uidnext", r.uid_next);
    put(out, "uidvalidity", r.uid_validity);
    put(out, "modseq", r.highest_mod_seq);
    return out;
  }
  std::string operator()(const ExistsResponse& r) { return "exists " + std::to_string(r.count); }
  std::string operator()(const ExpungeResponse&) { return "expunge"; }
  std::string operator()(const VanishedResponse& r) {
    return std::string("vanished") + (r.earlier ? " earlier " : " ") + r.uids.str();
  }
  std::string operator()(const SearchResponse& r) { return "search " + r.uids.str(); }
  std::string operator()(const EsearchResponse& r) {
    std::string out = "esearch tag=" + r.tag + (r.uid ? " uid" : "");
    if (r.all) out += " all=" + r.all->str();
    return out;
  }
  std::string operator()(const FetchResponse& r) {
    std::string out = "fetch";
    if (r.uid) out += " uid=" + std::to_string(r.uid->value);
    if (r.flags) {
      out += " flags=" + r.flags->maildir_letters();
      if (!r.flags->keywords.empty()) out += "[" + words(r.flags->keywords).substr(1) + "]";
    }
    if (r.internal_date) out += " date=" + std::to_string(*r.internal_date);
    put(out, "size", r.rfc822_size);
    put(out, "modseq", r.mod_seq);
    if (r.body == FetchResponse::Body::kNil) out += " body=nil";
    if (r.body == FetchResponse::Body::kStreamed) {
      out += " body=streamed:" + std::to_string(r.body_size);
      if (r.body_origin) out += "<" + std::to_string(*r.body_origin) + ">";
    }
    return out;
  }
  std::string operator()(const UnknownResponse& r) { return "unknown " + r.name; }

 private:
  static std::string delimiter(char c) { return c == 0 ? "nil" : std::string(1, c); }
  static std::string words(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& word : all) out += " " + word;
    return out;
  }
  static void put(std::string& out, const char* name, const std::optional<std::uint64_t>& value) {
    if (value) out += std::string(" ") + name + "=" + std::to_string(*value);
  }
};

inline std::string response_text(const Response& response) {
  return std::visit(ResponseText(), response);
}

}  // namespace imapkeep::imap
