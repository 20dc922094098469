// The requests of one connection, in the order asked: which commands may go out now (at most eight
// are in flight, the rest waits), which requests the server may be speaking of, and which answers
// may be given. Answers come in the order asked: one that is ready waits for those before it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

class RequestQueue {
 public:
  using Requests = std::vector<std::shared_ptr<Request>>;
  /// Gives the command to the session.
  using Send = std::function<CommandId(Request& request, const Command& command)>;

  [[nodiscard]] bool empty() const { return requests_.empty(); }
  [[nodiscard]] bool any_in_flight() const { return !in_flight_.empty(); }
  void add(std::shared_ptr<Request> request) { requests_.push_back(std::move(request)); }

  /// Hands every command that may go out now to `send`.
  void send_next(const CommandContext& context, const Send& send);
  /// Those with commands in flight, oldest first, about whose mailbox the server speaks.
  [[nodiscard]] Requests in_progress() const;
  /// The oldest command in flight is an IDLE.
  [[nodiscard]] bool idles() const;
  /// Whoever asks for something else has waited long enough for news.
  [[nodiscard]] bool has_idled_enough() const {
    return !requests_.empty() && (requests_.size() > 1 || requests_.front()->enough());
  }

  /// Whose command in flight this is; null: nobody's.
  [[nodiscard]] std::shared_ptr<Request> find(CommandId id) const;
  /// Whose command this was, which is in flight no more; null: nobody's.
  std::shared_ptr<Request> take(CommandId id);
  /// A command that changes what those behind it are about was replied to before others that had
  /// been sent earlier.
  [[nodiscard]] bool is_out_of_turn(CommandId id) const;

  /// There is an answer to give, and nobody is giving it.
  [[nodiscard]] bool has_answer() const {
    return !is_answering_ && !requests_.empty() && requests_.front()->done();
  }
  /// Gives those that are ready. A handler may do anything, close() included.
  void answer_done();

  /// Nothing is answered by answer_done() any more, and nothing is in flight.
  void close();
  /// The oldest one, out of the queue.
  std::shared_ptr<Request> take_first();
  /// Those asked from inside an answer stay, for another call.
  void fail_all(const Error& why);
  /// Nobody is called any more, by fail_all() neither.
  void cancel_all();

 private:
  struct InFlight {
    CommandId id;
    std::shared_ptr<Request> request;
  };

  std::list<std::shared_ptr<Request>> requests_;  ///< in the order asked
  std::vector<InFlight> in_flight_;               ///< in the order sent
  bool is_answering_ = false;
  bool is_closed_ = false;
  bool is_cancelled_ = false;
};

}  // namespace imapkeep::imap
