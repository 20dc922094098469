// A Connection in a simulated world, and probes that write down what it says.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/capabilities.h"
#include "sync/imap/source_connection.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/model_imap_server.h"
#include "tests/support/scripted_server.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_world.h"

namespace imapkeep::imap {

/// What became of one request.
template <class T>
struct Answer {
  int calls = 0;
  std::optional<T> value;
  std::optional<Error> error;
  Operation operation;

  Completion<T> handler() {
    return [this](Result<T> result) {
      ++calls;
      if (result) {
        value = *std::move(result);
      } else {
        error = result.error();
      }
    };
  }
  [[nodiscard]] bool ok() const { return calls == 1 && value.has_value(); }
  /// "": no error.
  [[nodiscard]] std::string problem() const { return error ? error->what : std::string(); }
};

class BodyProbe final : public BodySink {
 public:
  void on_body_begin(std::uint64_t size) override {
    CHECK_FALSE(open);
    open = true;
    announced = size;
    bytes.clear();
    if (on_begin) on_begin();
  }
  void on_body_bytes(ByteView more) override {
    CHECK(open);
    bytes += more;
    if (on_bytes) on_bytes();
  }
  void on_body_end(const MessageFacts& message) override {
    const Uid uid = message.uid;
    CHECK(open);
    CHECK(bytes.size() == announced);
    open = false;
    bodies[uid.value] = bytes;
    said += " " + std::to_string(uid.value);
  }
  void on_body_void(std::optional<Uid> uid) override {
    CHECK(open != uid.has_value());
    open = false;
    said += uid ? " nil" + std::to_string(uid->value) : " void";
  }

  std::map<std::uint32_t, std::string> bodies;
  std::string said;
  std::string bytes;
  std::uint64_t announced = 0;
  bool open = false;
  std::function<void()> on_begin;
  std::function<void()> on_bytes;
};

class EventsProbe final : public MailboxEvents {
 public:
  void on_exists(std::uint64_t count) override { said += " exists" + std::to_string(count); }
  void on_expunged() override { said += " expunged"; }
  void on_flags(const MessageFacts& facts) override {
    said += " flags" + std::to_string(facts.uid.value) + ":" +
            (facts.flags ? facts.flags->maildir_letters() : "?");
  }
  std::string said;
};

/// What any connection needs.
struct ConnectionWorld {
  SimWorld world;
  SimNetwork network{world};
  LogProbe logs;
  FixedRandom random;
  ServerOptions options;
  Credentials credentials{"me", "", Secret("secret")};

  ConnectionWorld() { options.host = "imap.example.org"; }
  void run() { world.run_until_idle(); }
  static MailboxName name(const std::string& raw) { return {raw, NameEncoding::kUtf7}; }
  static UidSet uids(const std::string& text) { return *UidSet::parse(text); }
};

struct ConnectionBench : ConnectionWorld {
  std::unique_ptr<SourceConnection> connection;
  Answer<Done> opened;

  explicit ConnectionBench(TlsMode tls = TlsMode::kImplicit) {
    options.tls = tls;
    make();
  }
  void make() {
    connection = std::make_unique<SourceConnection>(
        SourceConnection::Deps{network, world, world, random, logs.log()}, options);
  }
  void start() { opened.operation = connection->open(credentials, opened.handler()); }
  void open() {
    start();
    world.run_until([&] { return opened.calls > 0; });
    REQUIRE(opened.problem() == "");
    REQUIRE(opened.ok());
  }
};

/// Login without anything behind it, as a beginning for scripts.
inline Conversation after_login(const std::string& offered, Conversation rest) {
  Conversation all{send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
                   expect("$login AUTHENTICATE PLAIN AG1lAHNlY3JldA=="),
                   send("$login OK [CAPABILITY IMAP4rev1" + offered + "] welcome\r\n")};
  for (auto& turn : rest) all.push_back(std::move(turn));
  return all;
}
/// Login and EXAMINE of a folder with three messages.
inline Conversation examined(const std::string& offered, Conversation rest) {
  Conversation all{expect("$e EXAMINE \"INBOX\"*"),
                   send("* 3 EXISTS\r\n* OK [UIDVALIDITY 9] .\r\n* OK [UIDNEXT 8] .\r\n"
                        "$e OK [READ-ONLY] done\r\n")};
  for (auto& turn : rest) all.push_back(std::move(turn));
  return after_login(offered, std::move(all));
}

inline void examine(ConnectionBench& bench) {
  Answer<Examined> answer;
  answer.operation = bench.connection->examine(ConnectionBench::name("INBOX"), answer.handler());
  bench.run();
  REQUIRE(answer.problem() == "");
  REQUIRE(answer.ok());
  CHECK(answer.value->exists == 3);
  CHECK(answer.value->uid_validity.value == 9);
}
inline std::vector<std::string> none() { return {}; }

}  // namespace imapkeep::imap
