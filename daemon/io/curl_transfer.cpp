#include "daemon/io/curl_transfer.h"

#include <algorithm>
#include <utility>

#include "daemon/io/http_url.h"

namespace imapkeep {

Result<std::unique_ptr<CurlTransfer>> CurlTransfer::make(const CurlLibrary& curl, Timers& timers,
                                                         HttpTransferRequest request,
                                                         HttpSource* source, HttpSink* sink,
                                                         Completion<HttpAnswer> done) {
  const auto url = judge_url(curl, request.url);
  if (!url) return url.error();
  std::unique_ptr<CurlTransfer> made(new CurlTransfer(
      curl, timers, std::move(request), url->without_query, source, sink, std::move(done)));
  made->set_bodies();
  made->set_options(url->is_plain);
  return made;
}

CurlTransfer::CurlTransfer(const CurlLibrary& curl, Timers& timers, HttpTransferRequest request,
                           std::string shown, HttpSource* source, HttpSink* sink,
                           Completion<HttpAnswer> done)
    : CurlExchange(curl,
                   {std::move(request.method), std::move(request.url), std::move(request.headers),
                    std::move(request.authorization), std::move(request.ca_file), request.deadline},
                   std::move(shown)),
      timers_(timers),
      patience_(request.patience),
      most_bytes_(request.most_bytes),
      source_(source),
      sink_(sink),
      left_to_send_(source != nullptr ? source->size() : 0),
      pending_(std::move(done)),
      self_(std::make_shared<CurlTransfer*>(this)) {}

void CurlTransfer::set_bodies() {
  using Giver = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  if (source_ != nullptr) {
    const Giver give = [](char* into, std::size_t size, std::size_t count, void* self) {
      return static_cast<CurlTransfer*>(self)->read(into, size * count);
    };
    set<CURLOPT_UPLOAD>(1L);
    set<CURLOPT_READFUNCTION>(give);
    set<CURLOPT_READDATA>(this);
    set<CURLOPT_INFILESIZE_LARGE>(static_cast<curl_off_t>(left_to_send_));
    add_header("Expect:");  // many servers never say 100; one that refuses is heard meanwhile
  }
  if (target().method == "HEAD") {
    set<CURLOPT_NOBODY>(1L);
  } else if (target().method != (source_ != nullptr ? "PUT" : "GET")) {
    set<CURLOPT_CUSTOMREQUEST>(target().method.c_str());
  }
  const Giver take = [](char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<CurlTransfer*>(self)->write({bytes, size * count});
  };
  set<CURLOPT_WRITEFUNCTION>(take);
  set<CURLOPT_WRITEDATA>(this);
}

void CurlTransfer::begin(std::function<void()> unpause, std::function<void(Error)> stalled) {
  unpause_ = std::move(unpause);
  stalled_ = std::move(stalled);
  if (source_ != nullptr) source_->on_ready(when_ready(source_ready_));
  if (sink_ != nullptr) sink_->on_ready(when_ready(sink_ready_));
  watch();
}

/// `is_ready` is a member.
std::function<void()> CurlTransfer::when_ready(bool& is_ready) {
  return [weak = std::weak_ptr<CurlTransfer*>(self_), &is_ready] {
    const auto alive = weak.lock();
    if (!alive || (*alive)->abandoned_) return;
    CurlTransfer& self = **alive;
    // Also when it has not paused yet: it may be ready inside the call in which it pauses.
    is_ready = true;
    // From the loop: curl calls source and sink at once, and whoever is ready is on the stack.
    self.going_on_ = self.timers_.soon([&self] { self.go_on(); });
  };
}

void CurlTransfer::go_on() {
  if (std::exchange(source_ready_, false)) source_paused_ = false;
  if (std::exchange(sink_ready_, false)) sink_paused_ = false;
  ++moved_;  // the patience begins anew
  unpause_();
}

void CurlTransfer::watch() {
  watching_ = timers_.after(patience_, [this] {
    if (source_paused_ || sink_paused_ || std::exchange(seen_moved_, moved_) != moved_)
      return watch();
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(patience_).count();
    stalled_(server_error(shown() + ": nothing was sent or received for " +
                          std::to_string(seconds) + " s"));
  });
}

std::size_t CurlTransfer::read(char* into, std::size_t most) {
  if (abandoned_) return CURL_READFUNC_ABORT;
  most = static_cast<std::size_t>(std::min<std::uint64_t>(most, left_to_send_));
  if (most == 0) return 0;
  const auto got = source_->read(into, most);
  if (abandoned_) return CURL_READFUNC_ABORT;
  if (!got) {
    error_ = got.error();
    return CURL_READFUNC_ABORT;
  }
  if (*got == 0) {
    source_paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  left_to_send_ -= *got;
  moved_ += *got;
  return *got;
}

bool CurlTransfer::take_header(std::string_view line) {
  if (abandoned_ || !CurlExchange::take_header(line)) return false;
  const bool ends = line == "\r\n" || line == "\n";
  if (!ends || has_begun_ || status() < 200) return true;
  has_begun_ = true;
  answer().status = status();
  if (sink_ == nullptr) return true;
  const auto taken = sink_->begin(answer());
  if (!taken) error_ = taken.error();
  return taken.has_value() && !abandoned_;
}

std::size_t CurlTransfer::write(std::string_view bytes) {
  constexpr std::size_t kNo = 0;  // curl gives no empty piece
  if (abandoned_) return kNo;
  // It keeps the piece and gives it again.
  if (sink_paused_) return CURL_WRITEFUNC_PAUSE;
  if (bytes.size() > most_bytes_ - received_) {
    error_ = server_error(shown() + ": the answer is longer than " + std::to_string(most_bytes_) +
                          " bytes, which is more than was expected");
    return kNo;
  }
  received_ += bytes.size();
  moved_ += bytes.size();
  if (sink_ == nullptr) return bytes.size();
  const auto next = sink_->write(bytes);
  if (abandoned_) return kNo;
  if (!next) {
    error_ = next.error();
    return kNo;
  }
  sink_paused_ = *next == HttpSink::Next::kPause;
  return bytes.size();
}

void CurlTransfer::end(CURLcode code) {
  abandon();
  if (error_) return pending_.complete(*error_);
  if (code != CURLE_OK) return pending_.complete(error_of(code));
  // curl takes half a head for a whole one.
  if (!has_begun_)
    return pending_.complete(server_error(shown() + ": the answer ended in its headers"));
  answer().status = status();
  pending_.complete(std::move(answer()));
}

void CurlTransfer::fail(const Error& why) {
  abandon();
  pending_.complete(why);
}

void CurlTransfer::abandon() {
  abandoned_ = true;
  source_ = nullptr;
  sink_ = nullptr;
  going_on_.cancel();
  watching_.cancel();
}

}  // namespace imapkeep
