// The end of a connection's life: lost, logged out, given up or abandoned.
#include <utility>

#include "sync/imap/driver.h"
#include "sync/imap/failures.h"

namespace imapkeep::imap {

void Driver::close() {
  session_.close();
  stream_.reset();
  dialing_.cancel();
  starting_tls_.cancel();
  opening_deadline_.cancel();
  logout_deadline_.cancel();
  done_deadline_.cancel();
  silence_.cancel();
  soon_.cancel();
  proceeding_.cancel();
  pump_is_due_ = false;
  silence_watched_ = false;
  tls_granted_ = false;
}

bool Driver::uses_token() const { return used_.proof == Credentials::Proof::kAccessToken; }

void Driver::ended_by(const StatusResponse& said) {
  // Words that can be read: a server that is being restarted, perhaps.
  compress_in_doubt_ = false;
  Error why = refused(said, login_ ? Asked::kLogin : Asked::kNothing);
  const bool is_verdict = login_ && login_->awaits_verdict() && !has_known_meaning(said);
  if (uses_token() && (blames_token(said) || why.trouble == Trouble::kLogin || is_verdict)) {
    refused_token_ = used_;
    // The login had gone through: another token is all that it takes.
    if (!login_) {
      why.remedy = Remedy::kRetrySoon;
      why.trouble = Trouble::kServer;
    }
  }
  if ((is_session_over(said) || refused_token_) && span_.has_lasted(deps_.clock.mono_now()))
    why.remedy = Remedy::kReconnect;
  lose(std::move(why));
}

void Driver::lose(Error why) {
  if (state_ == State::kLost || state_ == State::kAbandoned) return;
  const bool is_due = span_.ended_with_token(deps_.clock.mono_now());
  if (why.remedy == Remedy::kRetrySoon && is_due) why.remedy = Remedy::kReconnect;
  const auto self = shared_from_this();
  if (login_ && login_->has_refused_token()) refused_token_ = used_;
  broke_by_compress_ = compress_in_doubt_;
  why.what = session_.secret().masked(std::move(why.what));
  if (login_ && stream_) why = why.within("while " + std::string(login_->doing()));
  deps_.log.debug("imap-lost", {{"why", why.what}});
  state_ = State::kLost;
  close();
  login_.reset();
  lost_ = std::move(why);
  bodies_.abandon();
  if (state_ != State::kLost) return;
  const auto opening = std::exchange(opening_, {});
  opening.complete(*lost_);
  fail_all(*lost_);
}

void Driver::give_up() {
  state_ = State::kLost;
  close();
  login_.reset();
  lost_ = server_error("opening the connection was given up");
  if (!requests_.empty()) pump_soon();
}

// Those asked from inside an answer come after it, by the loop.
void Driver::fail_all(Error why) {
  in_flight_.clear();
  auto open = std::exchange(requests_, {});
  for (const auto& request : open) {
    if (state_ == State::kAbandoned) {
      request->cancel();
    } else {
      request->fail(why);
    }
  }
}

void Driver::logged_out() {
  if (state_ != State::kReady) return;
  const auto self = shared_from_this();
  state_ = State::kLost;
  close();
  lost_ = server_error("the connection was logged out");
  in_flight_.clear();
  const auto request = requests_.front();
  requests_.pop_front();
  request->in_flight = 0;
  request->replied(0, StatusResponse{});
  request->answer();
  if (state_ == State::kLost && !requests_.empty()) pump_soon();
}

void Driver::abandon() {
  state_ = State::kAbandoned;
  close();
  login_.reset();
  events_ = nullptr;
  const auto open = std::exchange(requests_, {});
  in_flight_.clear();
  for (const auto& request : open) request->cancel();
}

}  // namespace imapkeep::imap
