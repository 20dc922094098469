// The wire limit: fetches every message of every folder and throws it away as it comes.
//
// What a mirror does beside this (parse, hash, write, make durable) is missing on purpose, so the
// time of this client is what server, TLS and network cost by themselves. One connection asks which
// UIDs there are, all questions in one go; then the batches lie in one row, every connection takes
// the next one, and keeps as many commands in flight as it is told.
//
//   imapkeep-bench-wire --host localhost --port 993 --ca FILE --user NAME --password-file FILE
//       [--connections 1] [--window 4] [--batch 500] [--compress] [--logins N]
//
// It prints one line of JSON. With --logins it only logs in and out, N times, one after the other.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <latch>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/tls_line.h"
#include "tests/bench/wire_session.h"
#include "tests/bench/wire_work.h"

namespace imapkeep::bench {
namespace {

struct Wishes {
  Login login;
  std::string ca;
  std::size_t connections = 1;
  std::size_t window = 4;     // FETCH commands in flight on one connection
  std::uint64_t batch = 500;  // messages in one command
  std::size_t logins = 0;
};

struct Totals {
  std::atomic<std::uint64_t> messages = 0;
  std::atomic<std::uint64_t> body_bytes = 0;
  std::atomic<std::uint64_t> wire_bytes = 0;
  std::atomic<std::uint64_t> commands = 0;
};

void fetch_all(WireSession& session, const Wishes& wishes, Work& work, Totals& totals) {
  std::size_t selected = work.folders.size();
  std::uint64_t messages = 0;
  bool more = true;
  while (true) {
    while (more && session.fetching() < wishes.window) {
      const std::size_t at = work.next++;
      more = at < work.batches.size();
      if (!more) break;
      const Batch& batch = work.batches[at];
      if (batch.folder != selected) {
        selected = batch.folder;
        session.ask("EXAMINE " + work.folders[selected]);
      }
      session.ask("UID FETCH " + batch.uids + " (UID FLAGS INTERNALDATE BODY.PEEK[])", true);
    }
    if (!session.busy()) break;
    const AnswerLine line = session.answers().next();
    if (session.ends_a_command(line)) continue;
    if (!line.continued && line.text.find(" BODY[] ") != std::string_view::npos) ++messages;
  }
  totals.messages += messages;
  totals.body_bytes += session.answers().literal_bytes;
  totals.wire_bytes += session.wire_bytes();
  totals.commands += session.commands();
}

double milliseconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
      .count();
}

void fetch(const Wishes& wishes) {
  const auto began = std::chrono::steady_clock::now();
  const TlsClient tls = make_tls_client(wishes.ca);
  Work work;
  Totals totals;
  std::latch planned(1);
  std::vector<std::thread> threads;
  for (std::size_t number = 1; number < wishes.connections; ++number) {
    threads.emplace_back([&] {
      WireSession session(tls.get(), wishes.login);
      planned.wait();
      fetch_all(session, wishes, work, totals);
    });
  }
  WireSession first(tls.get(), wishes.login);
  plan(first, wishes.batch, wishes.connections, work);
  const double planned_after = milliseconds_since(began);
  planned.count_down();
  fetch_all(first, wishes, work, totals);
  for (auto& thread : threads) thread.join();
  std::printf(
      "{\"messages\": %llu, \"body_bytes\": %llu, \"wire_bytes\": %llu, \"commands\": %llu, "
      "\"folders\": %zu, \"connections\": %zu, \"planned_ms\": %.3f, \"ms\": %.3f}\n",
      static_cast<unsigned long long>(totals.messages),
      static_cast<unsigned long long>(totals.body_bytes),
      static_cast<unsigned long long>(totals.wire_bytes),
      static_cast<unsigned long long>(totals.commands), work.folders.size(), wishes.connections,
      planned_after, milliseconds_since(began));
}

void only_log_in(const Wishes& wishes) {
  std::printf("{\"login_ms\": [");
  for (std::size_t round = 0; round < wishes.logins; ++round) {
    const auto began = std::chrono::steady_clock::now();
    const TlsClient tls = make_tls_client(wishes.ca);
    WireSession session(tls.get(), wishes.login);
    std::printf("%s%.3f", round == 0 ? "" : ", ", milliseconds_since(began));
    session.ask("LOGOUT");
    session.settle();
  }
  std::printf("]}\n");
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) give_up("cannot read " + path);
  return line;
}

Wishes wishes_of(int count, char** words) {
  Wishes wishes;
  for (int at = 1; at < count; ++at) {
    const std::string_view option = words[at];
    if (option == "--compress") {
      wishes.login.compress = true;
      continue;
    }
    if (++at == count) give_up(std::string(option) + " needs a value");
    const std::string value = words[at];
    if (option == "--host") {
      wishes.login.endpoint.host = value;
    } else if (option == "--port") {
      wishes.login.endpoint.port = value;
    } else if (option == "--ca") {
      wishes.ca = value;
    } else if (option == "--user") {
      wishes.login.user = value;
    } else if (option == "--password-file") {
      wishes.login.password = first_line(value);
    } else if (option == "--connections") {
      wishes.connections = std::max<std::size_t>(1, number_of(value));
    } else if (option == "--window") {
      wishes.window = std::max<std::size_t>(1, number_of(value));
    } else if (option == "--batch") {
      wishes.batch = std::max<std::uint64_t>(1, number_of(value));
    } else if (option == "--logins") {
      wishes.logins = number_of(value);
    } else {
      give_up("unknown option " + std::string(option));
    }
  }
  if (wishes.login.endpoint.host.empty() || wishes.login.endpoint.port.empty() ||
      wishes.ca.empty()) {
    give_up("--host, --port and --ca are needed");
  }
  return wishes;
}

}  // namespace
}  // namespace imapkeep::bench

int main(int count, char** words) {
  const auto wishes = imapkeep::bench::wishes_of(count, words);
  if (wishes.logins > 0) {
    imapkeep::bench::only_log_in(wishes);
  } else {
    imapkeep::bench::fetch(wishes);
  }
  return 0;
}
