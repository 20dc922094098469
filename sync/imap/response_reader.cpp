#include "sync/imap/response_reader.h"

#include <string>

#include "sync/imap/fetch_parser.h"
#include "sync/imap/fragments.h"
#include "sync/imap/lexer.h"
#include "sync/imap/response_parser.h"

namespace imapkeep::imap {
namespace {

// Each literal may cost a look at the line from its beginning.
constexpr std::size_t kMaxLiteralsInLine = 256;
constexpr std::size_t kMaxLiteralsInLongLine = 8;  // behind its first 64 KiB

std::size_t ranges_in(const Response& response) {
  if (const auto* search = std::get_if<SearchResponse>(&response)) {
    return search->uids.ranges().size();
  }
  if (const auto* vanished = std::get_if<VanishedResponse>(&response)) {
    return vanished->uids.ranges().size();
  }
  const auto* esearch = std::get_if<EsearchResponse>(&response);
  return esearch && esearch->all ? esearch->all->ranges().size() : 0;
}

FragmentLimits fragment_limits(const ReaderLimits& limits) {
  FragmentLimits result;
  result.line_bytes = limits.line_bytes;
  result.part_bytes = limits.line_bytes / 2;
  result.long_line_bytes = limits.long_line_bytes;
  return result;
}

}  // namespace

class ResponseReader::Impl {
 public:
  explicit Impl(ReaderLimits limits) : limits_(limits), fragments_(fragment_limits(limits)) {}

  Result<std::size_t> feed(ByteView bytes, ResponseEvents& events) {
    if (failed_) return *failed_;
    ByteView left = bytes;
    while (true) {
      const auto fragment = fragments_.next(left);
      if (!fragment) return fail(fragment.error());
      if (fragment->kind == Fragment::Kind::kNeedMore) return bytes.size();
      if (const auto done = take(*fragment, events); !done) return fail(done.error());
      if (delivered_ && stop_) {
        stop_ = false;
        return bytes.size() - left.size();
      }
    }
  }

  void stop() { stop_ = true; }
  [[nodiscard]] bool at_boundary() const { return fragments_.at_line_start(); }

 private:
  enum class Literal { kSmall, kBody, kPassedOver };

  Result<Done> take(const Fragment& fragment, ResponseEvents& events) {
    delivered_ = false;
    switch (fragment.kind) {
      case Fragment::Kind::kLiteral:
        return begin_literal(fragment, events);
      case Fragment::Kind::kBytes:
        if (literal_ == Literal::kBody) events.on_body_bytes(fragment.text);
        if (literal_ == Literal::kSmall) line_ += fragment.text;
        break;
      case Fragment::Kind::kLiteralEnd:
        if (literal_ == Literal::kBody) events.on_body_end();
        break;
      case Fragment::Kind::kPart:
        return deliver(fragment.text, events);
      case Fragment::Kind::kLine:
        return end_line(fragment.text, fragment.passed, events);
      case Fragment::Kind::kNeedMore:
        break;
    }
    return Done{};
  }

  Result<Done> begin_literal(const Fragment& fragment, ResponseEvents& events) {
    if (++literals_ > kMaxLiteralsInLine) {
      return server_error("The server sent more than " + std::to_string(kMaxLiteralsInLine) +
                          " literals in one response.");
    }
    if (fragment.passed) {
      literal_ = Literal::kPassedOver;
      return Done{};
    }
    line_ += fragment.text;
    if (line_.size() > limits_.line_bytes && ++late_literals_ > kMaxLiteralsInLongLine) {
      return server_error("The server sent more than " + std::to_string(kMaxLiteralsInLongLine) +
                          " literals in a response of more than " +
                          std::to_string(limits_.line_bytes) + " bytes.");
    }
    const LiteralOf what = literal_of(line_, limits_.nesting);
    if (what == LiteralOf::kBody) {
      literal_ = body_seen_ ? Literal::kPassedOver : Literal::kBody;
      body_seen_ = true;
      line_ += streamed_mark(fragment.size);
      if (literal_ == Literal::kBody) events.on_body_begin(fragment.size);
      return Done{};
    }
    const bool too_long = fragment.size > limits_.literal_bytes - literal_bytes_;
    if (too_long && what == LiteralOf::kHeader) {
      literal_ = Literal::kPassedOver;
      line_ += streamed_mark(fragment.size);
      return Done{};
    }
    if (too_long) {
      return server_error("The server sent a literal of " + std::to_string(fragment.size) +
                          " bytes that is no message.");
    }
    literal_ = Literal::kSmall;
    literal_bytes_ += static_cast<std::size_t>(fragment.size);
    line_ += literal_mark(fragment.size);
    return Done{};
  }

  Result<Done> end_line(std::string_view text, bool passed, ResponseEvents& events) {
    if (literals_ > 0) {
      line_ += text;
      text = line_;
    }
    const auto done = passed ? deliver_beginning(text, events) : deliver(text, events);
    line_.clear();
    if (line_.capacity() > limits_.line_bytes) line_.shrink_to_fit();
    literals_ = 0;
    late_literals_ = 0;
    literal_bytes_ = 0;
    body_seen_ = false;
    list_ranges_ = 0;
    return done;
  }

  /// Of a line that was too long.
  Result<Done> deliver_beginning(std::string_view line, ResponseEvents& events) {
    if (body_seen_) {
      return server_error("The server sent a FETCH response with a message and more than " +
                          std::to_string(limits_.long_line_bytes) + " bytes of other things.");
    }
    events.on_response(parse_beginning(line));
    delivered_ = true;
    return Done{};
  }

  Result<Done> deliver(std::string_view line, ResponseEvents& events) {
    auto parsed = parse_response(line, limits_.nesting);
    if (!parsed) return parsed.error();
    if (parsed->strange && ++unknown_lines_ > limits_.unknown_lines) {
      return server_error("The server sent more than " + std::to_string(limits_.unknown_lines) +
                          " lines that are no IMAP responses.");
    }
    list_ranges_ += ranges_in(parsed->response);
    if (list_ranges_ > limits_.set_ranges) {
      return server_error("The server listed more than " + std::to_string(limits_.set_ranges) +
                          " ranges of UIDs in one response.");
    }
    if (const auto& body = parsed->quoted_body) {
      events.on_body_begin(body->size());
      if (!body->empty()) events.on_body_bytes(*body);
      events.on_body_end();
    }
    events.on_response(std::move(parsed->response));
    delivered_ = true;
    return Done{};
  }

  Error fail(const Error& error) {
    failed_ = error;
    return error;
  }

  ReaderLimits limits_;
  Fragments fragments_;
  std::string line_;  ///< a line with literals, see lexer.h for how they stand in it
  std::size_t literals_ = 0;
  std::size_t late_literals_ = 0;
  std::size_t literal_bytes_ = 0;  ///< of those that are held in line_
  Literal literal_ = Literal::kSmall;
  bool body_seen_ = false;
  std::size_t list_ranges_ = 0;
  std::size_t unknown_lines_ = 0;
  bool delivered_ = false;
  bool stop_ = false;
  std::optional<Error> failed_;
};

ResponseReader::ResponseReader(ReaderLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
ResponseReader::~ResponseReader() = default;

Result<std::size_t> ResponseReader::feed(ByteView bytes, ResponseEvents& events) {
  return impl_->feed(bytes, events);
}

void ResponseReader::stop() { impl_->stop(); }
bool ResponseReader::at_boundary() const { return impl_->at_boundary(); }

}  // namespace imapkeep::imap
