#include "daemon/control/control_client.h"

#include <cerrno>
#include <utility>

#include "daemon/io/local_socket.h"
#include "daemon/io/tcp_stream.h"

namespace imapkeep {
namespace {

Error busy(std::string what) { return {Remedy::kRetryLater, Trouble::kBusy, std::move(what), 0}; }

Error unreachable(const Error& error, const std::string& state) {
  Error told = error;
  const std::string shown = printable_utf8(state, 1000);
  switch (error.os_code) {
    case ENOENT:
      told.what = "no daemon runs on " + shown + ": there is no control socket";
      told.trouble = Trouble::kServer;
      break;
    case ECONNREFUSED:
      told.what = "no daemon runs on " + shown + ": nobody answers its control socket";
      told.trouble = Trouble::kServer;
      break;
    case EAGAIN:
      told.what = "the daemon on " + shown + " takes no more clients for now";
      told.trouble = Trouble::kBusy;
      break;
    case EACCES:
      told.what =
          "only its own user and root may speak to a daemon on " + shown + ": " + error.what;
      break;
    default:
      break;
  }
  return told;
}

}  // namespace

Result<std::unique_ptr<Stream>> connect_to_daemon(EventLoop& loop, const std::string& state,
                                                  std::uint32_t own_user) {
  auto socket = connect_local(state, std::string(kControlName), own_user);
  if (!socket) return unreachable(socket.error(), state);
  return std::unique_ptr<Stream>(
      std::make_unique<TcpStream>(loop, nullptr, std::move(*socket), "the daemon"));
}

ControlClient::ControlClient(Timers& timers, std::unique_ptr<Stream> stream)
    : timers_(timers), stream_(std::move(stream)) {}

Operation ControlClient::ask(const ControlRequest& request, ControlOutput& output,
                             Completion<int> done) {
  output_ = &output;
  done_ = Pending<int>(std::move(done));
  Operation operation = done_.operation([this] {
    deadline_.cancel();
    stream_.reset();
  });
  // All but a sync need no thought.
  if (request.verb != ControlRequest::Verb::kSync) {
    deadline_ = timers_.after(
        kStatusPatience, [this] { finish(busy("the daemon does not answer; does it hang?")); });
  }
  stream_->start(*this);
  stream_->send(encode_request(request));
  return operation;
}

void ControlClient::on_bytes(ByteView bytes) {
  deadline_.cancel();
  lines_.add(bytes);
  while (done_.wanted()) {
    auto line = lines_.next();
    if (!line) return finish(server_error("the daemon's answer: " + line.error().what));
    if (!*line) return;
    auto answer = decode_answer(**line);
    if (!answer) return finish(answer.error());
    if (answer->kind == ControlAnswer::Kind::kEnd) return finish(answer->exit_code);
    take(std::move(*answer));
  }
}

void ControlClient::on_closed(const Error& /*why*/) {
  finish(busy("the daemon ended before it had answered"));
}

void ControlClient::take(ControlAnswer answer) {
  switch (answer.kind) {
    case ControlAnswer::Kind::kOut:
      return output_->out(std::move(answer.text));
    case ControlAnswer::Kind::kLine:
      return output_->line(std::move(answer.text));
    case ControlAnswer::Kind::kPage:
      page_ += answer.text;
      if (!answer.more) output_->page(std::exchange(page_, {}));
      return;
    case ControlAnswer::Kind::kProgress:
      return output_->progress(answer.counts);
    case ControlAnswer::Kind::kEnd:
    case ControlAnswer::Kind::kUnknown:
      return;
  }
}

void ControlClient::finish(Result<int> result) {
  deadline_.cancel();
  stream_.reset();
  const Pending<int> done = done_;  // its handler may destroy this
  done.complete(std::move(result));
}

}  // namespace imapkeep
