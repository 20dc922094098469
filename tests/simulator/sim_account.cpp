#include "tests/simulator/sim_account.h"

#include <algorithm>
#include <utility>

#include "sync/store/maildir/maildir_name.h"
#include "tests/witness/level.h"

namespace imapkeep::sim {
namespace {

std::set<std::string> some_flags(Chance& chance) {
  static constexpr const char* kFlags[] = {"\\Seen",  "\\Flagged",  "\\Answered", "\\Deleted",
                                           "\\Draft", "$Forwarded", "Work",       "$Label1"};
  std::set<std::string> flags;
  for (const char* flag : kFlags) {
    if (chance.one_in(4)) flags.insert(flag);
  }
  return flags;
}

std::string yaml_list(const std::vector<std::string>& words) {
  std::string text = "[";
  for (const auto& word : words) text += (text.size() > 1 ? ", '" : "'") + word + "'";
  return text + "]";
}

}  // namespace

SimAccount::SimAccount(SimNetwork& sim_network, MemoryDisk& disk, std::string name_, Chance& chance)
    : name(std::move(name_)),
      host(name + ".example.org"),
      root("/srv/mail/" + name),
      password_file("/etc/imapkeep/" + name + ".password"),
      password("secret"),
      network(sim_network.host(host)),
      server(sim_network, host),
      disk_(disk),
      chance_(chance) {
  choose_character();
  calm();
}

// What a server is like all its life.
void SimAccount::choose_character() {
  if (chance_.one_in(4)) server.capabilities.erase("CONDSTORE");
  if (chance_.one_in(4)) server.capabilities.erase("LIST-STATUS");
  if (chance_.one_in(6)) server.capabilities.erase("ESEARCH");
  if (chance_.one_in(8)) server.capabilities.erase("IDLE");
  if (chance_.one_in(10)) server.capabilities = {"IMAP4rev1"};
  if (chance_.one_in(3)) server.delimiter = '.';
  if (chance_.one_in(10)) idle_keeps_news_ = true;
  if (chance_.one_in(15)) refuse_idle_ = "BAD not today";
  if (chance_.one_in(2)) latency_ = chance_.up_to(std::chrono::milliseconds(200));
  keeps = !chance_.one_in(5);
}

void SimAccount::calm() {
  network.refusal.reset();
  network.swallows = false;
  network.tls_error.reset();
  network.faults = {};
  network.faults.latency = latency_;
  server.greeting.reset();
  server.refuse_login.reset();
  server.refuse_list.reset();
  server.refuse_fetch.reset();
  server.refuse_idle = refuse_idle_;
  server.idle_says_nothing = false;
  server.idle_keeps_news = idle_keeps_news_;
  server.password = password;
  for (const auto& [folder, box] : server.boxes()) server.box(folder).faults = {};
}

void SimAccount::find_folders() {
  for (const auto& [folder, box] : server.boxes()) {
    ModelFaults& faults = server.box(folder).faults;
    if (!faults.refuse_status) continue;
    faults.not_listed = false;
    faults.refuse_status.reset();
    faults.refuse_examine.reset();
  }
}

std::string SimAccount::config_text() const {
  std::string text = "  " + name + ":\n    host: " + host + "\n    user: me\n";
  text += "    auth: { password: { file: " + password_file + " } }\n";
  text += "    folders: { watch: " + yaml_list(watch);
  if (!exclude.empty()) text += ", exclude: " + yaml_list(exclude);
  text += " }\n    min_free: 1MiB\n";
  if (!keeps) text += "    on_expunge: remove\n";
  return text + "    store: { maildir: " + root + " }\n";
}

std::vector<std::string> SimAccount::folders() const {
  std::vector<std::string> names;
  for (const auto& [folder, box] : server.boxes()) names.push_back(folder);
  return names;
}

std::vector<MailPlace> SimAccount::mail() const {
  std::vector<MailPlace> places;
  for (const auto& [folder, box] : server.boxes()) {
    for (const auto& [uid, message] : box.messages) places.push_back({folder, uid});
  }
  return places;
}

const std::string* SimAccount::any_old_body() {
  return delivered.empty() ? nullptr : &chance_.pick(delivered);
}

void SimAccount::deliver(const std::string& folder, std::string body) {
  delivered.insert(body);
  const auto date = chance_.one_in(20) ? 0 : 1'700'000'000 + static_cast<int>(chance_.below(50));
  server.deliver(folder, std::move(body),
                 chance_.one_in(3) ? some_flags(chance_) : std::set<std::string>{}, date);
}

void SimAccount::flag(const MailPlace& mail) {
  // A server that says nothing of a change of flags is not found out.
  if (server.box(mail.folder).faults.overlooked.contains(mail.uid)) return;
  server.set_flags(mail.folder, mail.uid, some_flags(chance_));
}

void SimAccount::copy(const MailPlace& mail, const std::string& to) {
  server.copy(mail.folder, mail.uid, to);
}

void SimAccount::move(const MailPlace& mail, const std::string& to) {
  note_removed(server.box(mail.folder).messages.at(mail.uid), false);
  server.move(mail.folder, mail.uid, to);
}

void SimAccount::expunge(const MailPlace& mail) {
  note_removed(server.box(mail.folder).messages.at(mail.uid), true);
  server.expunge(mail.folder, mail.uid);
}

void SimAccount::create_folder(const std::string& folder) { server.create_folder(folder); }

void SimAccount::rename_folder(const std::string& from, const std::string& to) {
  for (const auto& [uid, message] : server.box(from).messages) note_removed(message, false);
  server.orphan_sessions(from, chance_.one_in(2));
  server.rename_folder(from, to);
}

void SimAccount::delete_folder(const std::string& folder) {
  // One after the other: of two equal messages only the second is the last.
  while (!server.box(folder).messages.empty()) {
    note_removed(server.box(folder).messages.begin()->second, true);
    server.box(folder).messages.erase(server.box(folder).messages.begin());
  }
  server.orphan_sessions(folder, chance_.one_in(2));
  server.delete_folder(folder);
}

void SimAccount::bump_uid_validity(const std::string& folder) {
  server.orphan_sessions(folder, chance_.one_in(2));
  server.bump_uid_validity(folder);
}

void SimAccount::note_removed(const ModelMessage& message, bool for_good) {
  ++removed[message.body];
  if (!for_good || !keeps) return;
  std::size_t copies = 0;
  for (const auto& [folder, box] : server.boxes()) {
    for (const auto& [uid, other] : box.messages) copies += other.body == message.body ? 1U : 0U;
  }
  if (reader_removed.contains(message.body)) return;
  if (copies == 1 && is_mirrored(message.body)) must_be_kept.insert(message.body);
}

// In the live tree and in the journal; what has only its name yet may be condemned.
bool SimAccount::is_mirrored(const std::string& body) const {
  std::vector<std::string> bases;
  disk_.each_file(root, [&](const std::string& path, const std::string& bytes) {
    if (bytes != body || path.find("/.imapkeep/") != std::string::npos) return;
    if (path.find("/cur/") == std::string::npos) return;
    bases.emplace_back(maildir_base_of(path.substr(path.rfind('/') + 1)));
  });
  bool found = false;
  disk_.each_file(root + "/.imapkeep/journal", [&](const std::string&, const std::string& bytes) {
    for (const std::string& base : bases) {
      found = found || bytes.find("\"" + base + "\"") != std::string::npos;
    }
  });
  return found;
}

bool SimAccount::overlook_some(unsigned one_in) {
  const auto view = witness::JournalView::read(disk_, root);
  if (!view) return false;
  bool some = false;
  for (const auto& [key, record] : view->messages) {
    const auto folder = view->folders.find(key.folder);
    if (folder == view->folders.end()) continue;
    const ModelMessage* message = witness::on_server(server, record, &folder->second);
    if (!message || !chance_.one_in(one_in)) continue;
    Flags flags;
    for (const auto& flag : message->flags) flags.add(flag);
    if (flags != record.flags) continue;
    server.box(folder->second.name.raw).faults.overlooked.insert(key.uid.value);
    some = true;
  }
  return some;
}

std::size_t SimAccount::folders_missing() const {
  const auto view = witness::JournalView::read(disk_, root);
  if (!view) return SIZE_MAX;  // who knows
  return static_cast<std::size_t>(std::count_if(
      view->folders.begin(), view->folders.end(),
      [this](const auto& folder) { return !server.has_folder(folder.second.name.raw); }));
}

}  // namespace imapkeep::sim
