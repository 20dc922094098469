#include "tests/lies/process.h"

#include <algorithm>

namespace imapkeep::lies {
namespace {

constexpr int kHonestPasses = 6;
constexpr int kOnTheFirstDay = 4;  ///< the next one comes with the daily list of everything

std::string mail(const std::string& what, std::size_t lines = 3) {
  std::string text = "From: a@example.org\r\nSubject: " + what + "\r\nMessage-ID: <" + what +
                     "@example.org>\r\n\r\n";
  for (std::size_t i = 0; i < lines; ++i) text += "A line of " + what + ".\r\n";
  return text;
}

std::string first_line(const std::string& bytes) {
  const auto subject = bytes.find("Subject: ");
  if (subject == std::string::npos) return bytes.substr(0, 40);
  return bytes.substr(subject + 9, bytes.find('\r', subject) - subject - 9);
}

}  // namespace

MirrorProcess::MirrorProcess(const Setting& setting) {
  world.options.keep_expunged = !setting.remove;
  if (setting.plain) world.server.capabilities = {"IMAP4rev1", "AUTH=PLAIN"};
  world.server.create_folder("A");
  world.server.create_folder("B");
  for (std::size_t i = 1; i <= 4; ++i) {
    const std::string number = std::to_string(i);
    const auto date = static_cast<std::int64_t>(1'700'000'000 + i);
    world.server.deliver("INBOX", mail("inbox-" + number, i), {"\\Seen"}, date);
    world.server.deliver("A", mail("a-" + number, i), {}, date);
    world.server.deliver("B", mail("b-" + number, i), {"\\Flagged"}, date);
  }
  if (!setting.follow_up) return;
  (void)world.sync();
  world.time.advance(std::chrono::minutes(10));
  world.server.expunge("INBOX", 2);
  world.server.set_flags("A", 1, {"\\Seen", "Work"});
  world.server.deliver("A", mail("a-new"), {}, 1'700'000'100);
  world.server.deliver("B", mail("b-new", 9), {}, 1'700'000'101);
  world.server.move("B", 3, "A");
}

std::multiset<std::pair<std::string, std::string>> mails(const SeenMessages& seen) {
  std::multiset<std::pair<std::string, std::string>> all;
  for (const auto& message : seen) all.emplace(message.folder, message.bytes);
  return all;
}

std::string speak(MirrorWorld& world, const Lie& lie) {
  const auto link = world.network.last_link();
  if (lie.then == Then::kGoesOn || !link) return lie.said;
  link->send(lie.said);
  if (lie.then == Then::kCloses) link->close();
  if (lie.then == Then::kResets) link->reset();
  if (lie.then == Then::kFallsSilent) link->go_half_open();
  return {};
}

void find_lost(const MirrorWorld& world, const SeenMessages& before,
               std::vector<std::string>& told) {
  std::multiset<std::string> left = world.kept();
  for (const auto& message : world.on_disk()) left.insert(message.bytes);
  std::set<std::string> on_server;
  for (const auto& message : world.on_server()) on_server.insert(message.bytes);
  for (const auto& message : before) {
    if (on_server.contains(message.bytes) && !left.contains(message.bytes)) {
      told.push_back("lost: " + first_line(message.bytes));
    }
  }
}

void find_false_completeness(const MirrorWorld& world, const SyncOutcome& outcome,
                             std::vector<std::string>& told) {
  if (outcome.error || !outcome.owed.empty()) return;
  const auto stored = mails(world.on_disk());
  for (const auto& [folder, bytes] : mails(world.on_server())) {
    if (!stored.contains({folder, bytes})) {
      told.push_back("called complete without " + folder + ": " + first_line(bytes));
    }
  }
}

void find_lasting_harm(MirrorWorld& world, std::vector<std::string>& told) {
  SyncOutcome outcome;
  for (int pass = 0; pass < kHonestPasses; ++pass) {
    world.time.advance(pass == kOnTheFirstDay ? std::chrono::hours(25) : std::chrono::minutes(10));
    outcome = world.sync();
    find_false_completeness(world, outcome, told);
    if (!outcome.error && outcome.owed.empty() && world.on_disk() == world.on_server()) return;
  }
  if (outcome.error) told.push_back("never again level: " + outcome.error->what);
  for (const auto& owed : outcome.owed) told.push_back("owed for ever: " + owed);
  const auto disk = world.on_disk();
  const auto server = world.on_server();
  for (const auto& message : server) {
    if (!disk.contains(message)) {
      told.push_back("never right: " + message.folder + ":" + message.letters + " " +
                     first_line(message.bytes));
    }
  }
  for (const auto& message : disk) {
    if (!server.contains(message)) {
      told.push_back("there for ever: " + message.folder + ":" + message.letters + " " +
                     first_line(message.bytes));
    }
  }
  if (disk.size() != server.size()) {
    told.push_back(std::to_string(disk.size()) + " files for " + std::to_string(server.size()) +
                   " messages");
  }
}

}  // namespace imapkeep::lies
