// An exchange of http_transfer.h: what is sent comes from a source, what is answered goes to a
// sink, and either may ask curl to pause.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/http_transfer.h"
#include "daemon/base/timers.h"
#include "daemon/io/curl_exchange.h"

namespace imapkeep {

class CurlTransfer final : public CurlExchange {
 public:
  /// Errors: Trouble::kConfig, the URL must not be used.
  static Result<std::unique_ptr<CurlTransfer>> make(const CurlLibrary& curl, Timers& timers,
                                                    HttpTransferRequest request, HttpSource* source,
                                                    HttpSink* sink, Completion<HttpAnswer> done);

  [[nodiscard]] Operation operation(std::function<void()> cancel) const override {
    return pending_.operation(std::move(cancel));
  }
  void end(CURLcode code) override;
  void fail(const Error& why) override;
  void abandon() override;

  /// `unpause`: has curl go on with what had paused. `stalled`: the patience is over.
  void begin(std::function<void()> unpause, std::function<void(Error)> stalled);

 private:
  CurlTransfer(const CurlLibrary& curl, Timers& timers, HttpTransferRequest request,
               std::string shown, HttpSource* source, HttpSink* sink, Completion<HttpAnswer> done);
  void set_bodies();
  std::size_t read(char* into, std::size_t most);
  std::size_t write(std::string_view bytes);
  bool take_header(std::string_view line) override;
  [[nodiscard]] std::function<void()> when_ready(bool& is_ready);
  void go_on();
  void watch();

  Timers& timers_;
  Duration patience_;
  std::uint64_t most_bytes_;
  HttpSource* source_;  ///< null: none, or nobody waits any more
  HttpSink* sink_;      ///< the same
  std::uint64_t left_to_send_ = 0;
  Pending<HttpAnswer> pending_;
  std::optional<Error> error_;  ///< of the source, of the sink, or a limit
  bool has_begun_ = false;      ///< the sink knows the head
  bool source_paused_ = false;
  bool sink_paused_ = false;
  bool source_ready_ = false;  ///< since; curl does not know it yet
  bool sink_ready_ = false;
  bool abandoned_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t moved_ = 0;       ///< bytes, in both directions
  std::uint64_t seen_moved_ = 0;  ///< when the patience was looked at
  std::function<void()> unpause_;
  std::function<void(Error)> stalled_;
  std::shared_ptr<CurlTransfer*> self_;  ///< what `ready` holds weakly
  Operation going_on_;
  Operation watching_;
};

}  // namespace imapkeep
