// Connects to the first of several addresses that answers (RFC 8305 §5): the next one is tried when
// the last has failed or has been silent for a quarter of a second, without giving up on it.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "daemon/base/timers.h"
#include "daemon/io/address.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/fd.h"
#include "daemon/io/handle.h"

namespace imapkeep {

class TcpConnector {
 public:
  /// `done` is called once from the loop, and may destroy this. `peer` is host:port, for sentences.
  /// Has no deadline of its own; destroy it to give up.
  TcpConnector(EventLoop& loop, Timers& timers, std::vector<Address> addresses, std::string peer,
               std::function<void(Result<Fd>)> done);
  ~TcpConnector();
  TcpConnector(const TcpConnector&) = delete;
  TcpConnector& operator=(const TcpConnector&) = delete;

  void start();
  /// The address tried last.
  [[nodiscard]] std::string last_tried() const;

 private:
  struct Attempt;
  void try_next();
  void on_event(Attempt& attempt);
  void failed(const Address& address, int code);
  void finish(Result<Fd> result);

  EventLoop& loop_;
  Timers& timers_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::string peer_;
  std::function<void(Result<Fd>)> done_;
  std::list<Attempt> attempts_;
  Operation patience_;
  Error last_error_;
};

}  // namespace imapkeep
