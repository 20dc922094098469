// Listens on a Unix socket in a directory and hands each connection on as a Stream. The file has
// mode 0600, and who connects must be this process's user or root all the same. The directory is
// the caller's alone (it holds a lock), so a socket found there was left by a crash and is
// replaced, without a moment in which there is none; anything else in its place is an error.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/base/log.h"
#include "daemon/base/stream.h"
#include "daemon/base/timers.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/handle.h"
#include "daemon/io/local_socket.h"

namespace imapkeep {

class LocalListener {
 public:
  struct Deps {
    EventLoop& loop;
    Timers& timers;
    Log log;
    std::uint32_t own_user = 0;
  };
  struct Options {
    std::string directory;
    std::string name;
    std::string refusal;  ///< what another user's process is told before it is closed
  };
  /// Takes a connection; may destroy the listener.
  using Accepted = std::function<void(std::unique_ptr<Stream>)>;

  static Result<std::unique_ptr<LocalListener>> open(Deps deps, Options options, Accepted accepted);
  ~LocalListener();  ///< removes the file, unless it is another's by now
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

 private:
  LocalListener(Deps deps, Options options, Accepted accepted, LocalDirectory directory);

  Result<Done> listen();
  Result<Done> put_in_place();
  void watch();
  void accept_one();
  [[nodiscard]] bool is_welcome(int socket);
  void rest(int code);

  Deps deps_;
  Options options_;
  Accepted accepted_;
  LocalDirectory directory_;
  Fd socket_;
  Handle<uv_poll_t> poll_;  // dies before the socket
  Operation resting_;
  ino_t inode_ = 0;  // of our file; 0: there is none
  bool short_of_files_ = false;
};

}  // namespace imapkeep
