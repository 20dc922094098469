// Requests about messages of the examined folder: SEARCH and FETCH. They may be in flight
// together; a FETCH response finds its request by what it contains and by its UID. A tagged OK is
// not completeness: a server with MESSAGELIMIT (RFC 9738) says OK after the highest n messages, and
// is asked on.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "sync/imap/requests/request.h"
#include "sync/imap/requests/search_answer.h"
#include "sync/imap/types/body_part.h"

namespace imapkeep::imap {

/// The lowest UID that was processed, when the reply says that there is more: `[MESSAGELIMIT n
/// uid]`.
std::optional<Uid> message_limit(const StatusResponse& reply);

class SearchRequest final : public RequestFor<UidSet> {
 public:
  SearchRequest(std::uint64_t exists, Pending<UidSet> pending);

  std::optional<Command> next(const CommandContext& context) override;
  void sent(CommandId, std::string_view tag) override { answer_.begin(tag); }
  bool take(const Response& response) override;
  [[nodiscard]] std::optional<Error> too_much() const override { return answer_.too_much(); }
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  std::optional<UidRange> to_ask_;
  Uid last_ = kMaxUid;        ///< end of the range asked last
  std::optional<Uid> limit_;  ///< of an untagged NO
  SearchAnswer answer_;
};

/// What the keywords cost that one request hands on: whoever asked holds them, each as a string of
/// its own.
class KeywordCount {
 public:
  /// False: with these they are too much.
  bool add(const Flags& flags);
  static constexpr std::uint64_t kMost = 64ULL << 20;  ///< bytes of memory

 private:
  std::uint64_t bytes_ = 0;
};

/// Facts or flags of many messages, in as many commands as their names need. What a FETCH response
/// says of one of them is handed on, whatever part of the facts it is: servers may answer in
/// pieces.
class FactsRequest final : public RequestFor<Done> {
 public:
  using Each = std::function<void(const MessageFacts&)>;
  struct Kind {
    bool flags_only = false;
    std::optional<ModSeq> changed_since;
  };
  FactsRequest(const UidSet& uids, Kind kind, Each each, Pending<Done> pending);

  std::optional<Command> next(const CommandContext& context) override;
  void sent(CommandId id, std::string_view tag) override;
  bool take(const Response& response) override;
  void replied(CommandId id, const StatusResponse& reply) override;
  void cancel() override;

 private:
  Kind kind_;
  Each each_;  ///< may cancel this request: it is kept until the request is destroyed
  UidSet uids_;
  std::deque<UidSet> to_ask_;
  UidSet asking_;  ///< handed out by next(), before its number is known
  std::map<CommandId, UidSet> asked_;
  KeywordCount keywords_;
};

class BodiesRequest final : public RequestFor<FetchEnd> {
 public:
  /// `with_facts`: flags, date and size come in the same response.
  BodiesRequest(UidSet uids, bool with_facts, BodySink& sink, Pending<FetchEnd> pending);
  BodiesRequest(Uid uid, BodyPart part, BodySink& sink, Pending<FetchEnd> pending);

  [[nodiscard]] bool spent() const override { return sent_ || has_result(); }
  std::optional<Command> next(const CommandContext& context) override;
  bool take(const Response& response) override;
  void replied(CommandId id, const StatusResponse& reply) override;
  [[nodiscard]] bool asks_bodies() const override { return true; }
  [[nodiscard]] BodySink* sink() const override { return sink_; }
  [[nodiscard]] bool asked_body(Uid uid, std::optional<std::uint64_t> origin) const override {
    return uids_.contains(uid) && origin == (part_ ? std::optional(part_->origin) : std::nullopt);
  }
  void bound(MessageFacts& facts) override;
  void cancel() override;

 private:
  UidSet uids_;
  KeywordCount keywords_;
  bool with_facts_ = false;
  std::optional<BodyPart> part_;
  BodySink* sink_;
  bool sent_ = false;
};

MessageFacts facts_of(const FetchResponse& response);

}  // namespace imapkeep::imap
