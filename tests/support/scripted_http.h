// An HttpClient whose answers a test writes beforehand: each request gets the next of them after a
// second of virtual time, and with none left it waits for ever. What was asked is there to be read.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/http.h"
#include "daemon/base/timers.h"

namespace imapkeep {

class ScriptedHttp final : public HttpClient {
 public:
  explicit ScriptedHttp(Timers& timers) : timers_(timers) {}

  void will_answer(int status, std::string body) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = Secret(std::move(body));
    answers_.emplace_back(std::move(answer));
  }
  void will_answer(HttpAnswer answer) { answers_.emplace_back(std::move(answer)); }
  void will_fail(Error error) { answers_.emplace_back(std::move(error)); }

  Operation request(HttpRequest request, Completion<HttpAnswer> done) override {
    asked.push_back(std::move(request));
    if (answers_.empty()) return Operation([] {});
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return timers_.after(std::chrono::seconds(1),
                         [done = std::move(done), answer = std::move(answer)] { done(answer); });
  }

  [[nodiscard]] std::string body(std::size_t number) const {
    return std::string(asked.at(number).body.reveal());
  }

  std::vector<HttpRequest> asked;

 private:
  Timers& timers_;
  std::deque<Result<HttpAnswer>> answers_;
};

}  // namespace imapkeep
