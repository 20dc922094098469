#include "daemon/io/microhttpd_events.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace imapkeep {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

}  // namespace

MHD_Response* MicrohttpdEvents::response() {
  auto* self = new std::shared_ptr<MicrohttpdEvents>(shared_from_this());
  MHD_Response* made = mhd_.create_response_from_callback(
      MHD_SIZE_UNKNOWN, kPiece, &MicrohttpdEvents::read, self,
      [](void* kept) { delete static_cast<std::shared_ptr<MicrohttpdEvents>*>(kept); });
  if (made == nullptr) delete self;
  return made;
}

void MicrohttpdEvents::watch(EventLoop& loop) {
  if (connection_ == nullptr) return;
  const auto* info = mhd_.get_connection_info(connection_, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info == nullptr) return;
  fd_ = Fd(fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 0));
  if (!fd_.is_open()) return;  // then it is noticed when something is sent
  const int code =
      gone_.open(this, [&](uv_poll_t* raw) { return uv_poll_init(loop.raw(), raw, fd_.get()); });
  if (code < 0) return;
  uv_poll_start(gone_.get(), UV_DISCONNECT, [](uv_poll_t* raw, int, int) {
    static_cast<MicrohttpdEvents*>(raw->data)->drop();
  });
}

void MicrohttpdEvents::forget_connection() {
  connection_ = nullptr;
  gone_.reset();
  fd_ = Fd();
  waiting_ = std::string();
}

void MicrohttpdEvents::send(std::string_view text) {
  if (!is_open()) return;
  for (;;) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    waiting_.append("data: ").append(text.substr(0, end)).append("\n");
    if (end == text.size()) break;
    text.remove_prefix(text.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
  }
  waiting_ += '\n';
  if (waiting_.size() - sent_ > kMostWaiting) return drop();
  wake();
}

void MicrohttpdEvents::end() {
  if (!is_open()) return;
  ended_ = true;
  wake();
}

/// Nobody reads what waits.
void MicrohttpdEvents::drop() {
  gone_.reset();
  waiting_ = std::string();
  sent_ = 0;
  ended_ = true;
  wake();
}

void MicrohttpdEvents::wake() {
  if (connection_ == nullptr || !std::exchange(is_suspended_, false)) return;
  mhd_.resume_connection(connection_);
  resumed_();
}

ssize_t MicrohttpdEvents::read(void* self, std::uint64_t, char* into, std::size_t most) {
  return (*static_cast<std::shared_ptr<MicrohttpdEvents>*>(self))->read(into, most);
}

ssize_t MicrohttpdEvents::read(char* into, std::size_t most) {
  const std::size_t taken = std::min(most, waiting_.size() - sent_);
  if (taken > 0) {
    std::memcpy(into, waiting_.data() + sent_, taken);
    sent_ += taken;
    if (sent_ == waiting_.size()) {
      waiting_.clear();
      sent_ = 0;
    }
    return static_cast<ssize_t>(taken);
  }
  if (ended_) return MHD_CONTENT_READER_END_OF_STREAM;
  is_suspended_ = true;
  mhd_.suspend_connection(connection_);
  return 0;
}

}  // namespace imapkeep
