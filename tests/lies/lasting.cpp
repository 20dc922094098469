// Lies that last: one folder is lied about whenever it is spoken of.
#include <algorithm>

#include "tests/lies/process.h"

namespace imapkeep::lies {
namespace {

constexpr int kPasses = 4;

/// Which line of which command's answer is being said, when it is about the folder A.
class Listener {
 public:
  explicit Listener(const ModelImapServer& server) : server_(server) {}

  /// To be called for each line; nothing: it is about something else.
  std::optional<Place> next() {
    const auto& commands = server_.commands();
    if (commands.empty()) return std::nullopt;
    if (heard_ != commands.size()) {
      heard_ = commands.size();
      nth_ = 0;
      begin(commands.back());
    }
    const std::size_t nth = nth_++;
    if (verb_.empty()) return std::nullopt;
    return Place{verb_, nth};
  }

 private:
  void begin(const std::string& command) {
    const bool names_it = command.ends_with(" A") || command.find("\"A\"") != std::string::npos ||
                          command.find(" A ") != std::string::npos;
    if (command.starts_with("EXAMINE ")) open_ = names_it;
    verb_.clear();
    if (command.starts_with("EXAMINE ") || command.starts_with("STATUS ")) {
      if (names_it) verb_ = command.substr(0, command.find(' '));
    } else if (open_ && command.starts_with("UID SEARCH")) {
      verb_ = "SEARCH";
    } else if (open_ && command.starts_with("UID FETCH")) {
      verb_ = command.find("BODY") == std::string::npos ? "FETCH" : "FETCH BODY";
    }
  }

  const ModelImapServer& server_;
  std::size_t heard_ = 0;
  std::size_t nth_ = 0;
  bool open_ = false;
  std::string verb_;
};

}  // namespace

std::vector<std::pair<Place, std::string>> places(const Setting& setting) {
  MirrorProcess process(setting);
  process.world.server.forget_counts();
  std::vector<std::pair<Place, std::string>> found;
  Listener listener(process.world.server);
  process.world.server.rewrite = [&](const std::string& line) {
    const auto place = listener.next();
    const auto known = [&](const auto& one) { return one.first == *place; };
    if (place && std::none_of(found.begin(), found.end(), known)) found.emplace_back(*place, line);
    return line + "\r\n";
  };
  (void)process.world.sync();
  return found;
}

std::vector<std::string> tell_always(const Setting& setting, const Place& place, std::size_t kind) {
  MirrorProcess process(setting);
  MirrorWorld& world = process.world;
  world.server.forget_counts();
  const SeenMessages before = world.on_disk();
  Listener listener(world.server);
  world.server.rewrite = [&](const std::string& line) {
    if (listener.next() != place) return line + "\r\n";
    const auto lies = lies_about(line);
    return kind < lies.size() ? speak(world, lies[kind]) : line + "\r\n";
  };
  std::vector<std::string> told;
  for (int pass = 0; pass < kPasses; ++pass) {
    const SyncOutcome outcome = world.sync();
    world.time.advance(std::chrono::minutes(10));
    if (pass == kPasses - 1) find_false_completeness(world, outcome, told);
  }
  world.server.rewrite = nullptr;
  find_lost(world, before, told);
  const auto stored = mails(world.on_disk());
  std::size_t missing = 0;
  for (const auto& mail : mails(world.on_server())) {
    missing += mail.first != "A" && !stored.contains(mail) ? 1U : 0U;
  }
  if (missing > 0) told.push_back(std::to_string(missing) + " messages of other folders suffer");
  find_lasting_harm(world, told);
  return told;
}

}  // namespace imapkeep::lies
