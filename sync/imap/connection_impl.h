// What all kinds of Connection are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "sync/imap/connection.h"
#include "sync/imap/driver.h"

namespace imapkeep::imap {

class Connection::Impl {
 public:
  Impl(Deps deps, ServerOptions options)
      : made_ms(unix_ms(deps.clock.wall_now())),
        driver(std::make_shared<Driver>(std::move(deps), std::move(options))) {}

  template <class Asked, class Answer, class... Arguments>
  Operation ask(Completion<Answer> done, Arguments&&... arguments) {
    const Pending<Answer> pending(std::move(done));
    return driver->ask(std::make_shared<Asked>(std::forward<Arguments>(arguments)..., pending),
                       pending);
  }

  std::int64_t made_ms;
  std::shared_ptr<Driver> driver;
  std::shared_ptr<std::uint64_t> unreadable_folders = std::make_shared<std::uint64_t>(0);
};

}  // namespace imapkeep::imap
