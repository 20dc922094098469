// The whole life of a connection against the model server.
#pragma once

#include "tests/sync/imap/connection_bench.h"

namespace imapkeep::imap {

/// Opens, asks everything that can be asked, logs out; one request after the other, the fetches
/// together.
struct Tour {
  ConnectionBench bench;
  ModelImapServer server{bench.network};
  BodyProbe sink;
  EventsProbe events;
  int asked = 0;
  int answered = 0;
  bool finished = false;
  bool logout_asked = false;
  std::optional<Error> error;
  std::vector<Operation> operations;
  std::string facts;

  explicit Tour(TlsMode tls = TlsMode::kImplicit) : bench(tls) {
    server.deliver("INBOX", "Subject: one\r\n\r\nfirst\r\n", {"\\Seen"});
    server.deliver("INBOX", "Subject: two\r\n\r\nsecond\r\n");
    server.deliver("INBOX", "");
    server.create_folder("Sent", {"\\Sent"});
    if (tls == TlsMode::kStartTls) server.capabilities.insert("STARTTLS");
    bench.connection->set_events(&events);
  }

  template <class T>
  Completion<T> then(std::function<void(const T&)> next) {
    ++asked;
    return [this, next, called = std::make_shared<bool>(false)](Result<T> result) {
      REQUIRE_FALSE(*called);
      *called = true;
      ++answered;
      REQUIRE(bench.connection);
      if (result) return next(*result);
      if (!error) error = result.error();
    };
  }
  void keep(Operation operation) { operations.push_back(std::move(operation)); }
  SourceConnection& connection() { return *bench.connection; }

  void start() {
    keep(connection().open({"me", "", Secret("secret")},
                           then<Done>([this](const Done&) { ask_folders(); })));
  }
  void ask_folders() {
    keep(connection().list(
        then<std::vector<ListedMailbox>>([this](const std::vector<ListedMailbox>& folders) {
          CHECK(folders.size() == 2);
          keep(connection().status(ConnectionBench::name("Sent"),
                                   then<MailboxStatus>([this](const MailboxStatus& status) {
                                     CHECK(status.messages == 0);
                                     ask_inbox();
                                   })));
        })));
  }
  void ask_inbox() {
    keep(connection().examine(
        ConnectionBench::name("INBOX"), then<Examined>([this](const Examined& examined) {
          CHECK(examined.exists == 3);
          keep(connection().search_all(examined.exists, then<UidSet>([this](const UidSet& found) {
                                         CHECK(found.str() == "1:3");
                                         ask_messages();
                                       })));
        })));
  }
  void ask_messages() {
    keep(connection().fetch_facts(
        ConnectionBench::uids("1:3"),
        [this](const MessageFacts& fact) {
          // Flags that another request asked for are heard, too.
          if (fact.rfc822_size) facts += " " + std::to_string(*fact.rfc822_size);
        },
        then<Done>([](const Done&) {})));
    keep(connection().fetch_flags(
        ConnectionBench::uids("1:3"), ModSeq{1}, [](const MessageFacts&) {},
        then<Done>([](const Done&) {})));
    keep(connection().fetch_bodies(ConnectionBench::uids("1:2"), sink,
                                   then<FetchEnd>([](const FetchEnd& end) { CHECK(end.ok); })));
    keep(connection().fetch_bodies(ConnectionBench::uids("3"), sink,
                                   then<FetchEnd>([](const FetchEnd& end) { CHECK(end.ok); })));
    keep(connection().noop(then<Done>([this](const Done&) {
      logout_asked = true;
      keep(connection().logout(then<Done>([this](const Done&) { finished = true; })));
    })));
  }
};

}  // namespace imapkeep::imap
