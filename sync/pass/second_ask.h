// Bodies that had another size than announced, asked for once more (sync/plan/body_check.h). What
// came first is held meanwhile. Before the second question NOOP lets the server look at the
// mailbox, and it is asked which of them are still there: a body of a message that another client
// has expunged may be one that the server made up. Every one that is held ends as kept, vanished or
// refused; when the connection is lost those of which nothing is decided yet are fetched anew.
// Held files are closed: a server that counts all sizes wrongly must not cost a descriptor for each
// message.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "sync/imap/source_connection.h"
#include "sync/pass/back_pressure.h"
#include "sync/pass/held_bodies.h"
#include "sync/pass/invention_watch.h"
#include "sync/plan/body_check.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class SecondAsk final : public imap::BodySink {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    MessageStore& store;
    BackPressure& pressure;
  };

  SecondAsk(Deps deps, std::function<void(CameBody)> keep);
  ~SecondAsk() override;
  SecondAsk(const SecondAsk&) = delete;
  SecondAsk& operator=(const SecondAsk&) = delete;

  void hold(CameBody first);
  [[nodiscard]] bool empty() const { return held_.empty(); }
  [[nodiscard]] UidSet held() const;
  [[nodiscard]] std::uint64_t count() const { return held_.size(); }
  [[nodiscard]] std::uint64_t bytes() const;
  /// They wait elsewhere for a better moment.
  [[nodiscard]] std::map<Uid, CameBody> take_held() { return std::exchange(held_, {}); }

  /// About as many of those that are held. Nothing else is to be asked meanwhile. An error is the
  /// connection's.
  [[nodiscard]] Operation start(std::uint64_t most, Completion<Done> done);
  /// The server was asked for these bodies when the connection was lost, and had not sent them.
  [[nodiscard]] UidSet being_asked() const { return part_.intersect(held()); }
  /// Not there any more.
  [[nodiscard]] const UidSet& vanished() const { return vanished_; }
  /// There, and what came for them is known to be no mail.
  [[nodiscard]] const UidSet& refused() const { return refused_; }

  void on_body_begin(std::uint64_t size) override;
  void on_body_bytes(ByteView bytes) override;
  void on_body_end(const imap::MessageFacts& message) override;
  void on_body_void(std::optional<Uid> uid) override;

 private:
  void ask_facts();
  void on_facts(const Result<Done>& done);
  void ask_next_part();
  void on_part(const Result<imap::FetchEnd>& end);
  void decide(Uid uid, const SecondBody& second, std::optional<IncomingId> incoming);

  Deps deps_;
  std::function<void(CameBody)> keep_;
  std::map<Uid, CameBody> held_;
  std::map<Uid, imap::MessageFacts> facts_;  ///< the second ones
  std::deque<UidSet> parts_;
  UidSet asked_;  ///< about these
  UidSet part_;   ///< is being asked for
  UidSet vanished_;
  UidSet refused_;
  std::optional<IncomingId> incoming_;
  std::uint64_t incoming_bytes_ = 0;
  InventionWatch invention_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
