#include "tests/cuts/checker.h"

#include <set>

#include "daemon/base/hash.h"
#include "sync/store/maildir/maildir_name.h"
#include "tests/witness/level.h"
#include "tests/witness/read_tree.h"

namespace imapkeep::cuts {
namespace {

using witness::JournalView;

constexpr std::size_t kMostComplaints = 12;
constexpr const char* kOwn = ".imapkeep/";

std::uint64_t xxh3_of(const std::string& bytes) {
  Xxh3 hash;
  hash.update(bytes);
  return hash.digest();
}

using Bodies = std::set<std::string>;

/// Live, or kept.
bool is_mail(const std::string& path) {
  return path.find("/cur/") != std::string::npos || witness::is_kept(path);
}

class Checker {
 public:
  Checker(const Place& place, const Scenario& scenario, const Past& past)
      : place_(place),
        scenario_(scenario),
        past_(past),
        process_(place),
        before_(process_.network, "before") {}

  std::vector<std::string> speak() {
    tell_the_past();
    const auto ledger = process_.read_ledger();
    if (!ledger) return {"the ledger cannot be read: " + ledger.error().what};
    if (!ledger->moved_to.empty()) complain("the ledger was damaged");
    if (!there_is_a_store(*ledger)) return first_mirror();
    const auto journal = JournalView::read(place_.files, place_.root);
    if (!journal) return {"the journal cannot be read: " + journal.error().what};
    const auto tree = witness::read_tree(place_.files, place_.root);
    if (!tree) return {"the store cannot be read: " + tree.error().what};
    check_ledger(*ledger, *journal);
    check_names(*tree);
    check_live(*journal, *tree);
    check_finished(*journal);
    check_held(*tree, "before the next pass");
    if (complaints_.empty()) mend(*journal);
    return complaints_;
  }

 private:
  void complain(const std::string& what) {
    if (complaints_.size() < kMostComplaints) complaints_.push_back(what);
  }

  static void collect(const ModelImapServer& server, Bodies& into) {
    for (const auto& [name, box] : server.boxes()) {
      for (const auto& [uid, message] : box.messages) into.insert(message.body);
    }
  }

  /// The server as it is now, as it was when the last finished chapter ended, and what it held
  /// whenever a chapter ended.
  void tell_the_past() {
    for (int chapter = 0; chapter < past_.chapter; ++chapter) {
      scenario_.tell(chapter, before_);
      collect(before_, held_);
    }
    process_.remember(scenario_, past_.chapter);
    ever_ = held_;
    collect(process_.server, ever_);
  }

  /// False: it died before there was one, and nobody says otherwise.
  bool there_is_a_store(const LedgerFacts& ledger) const {
    if (past_.chapter > 0 || !ledger.account.store_id.empty()) return true;
    return JournalView::read(place_.files, place_.root).has_value();
  }

  std::vector<std::string> first_mirror() {
    mend(JournalView{});
    return complaints_;
  }

  void check_ledger(const LedgerFacts& ledger, const JournalView& journal) {
    if (!ledger.account.store_id.empty() && ledger.account.store_id != journal.store_id) {
      complain("the ledger knows another store");
    }
    if (journal.end < ledger.account.journal_end) {
      complain("the ledger knows more than the journal");
      return;
    }
    const auto known = JournalView::read(place_.files, place_.root, ledger.account.journal_end);
    if (!known) return complain("the journal cannot be read: " + known.error().what);
    if (known->records < past_.closed_records) {
      complain("the ledger was closed with " + std::to_string(past_.closed_records) +
               " records and knows " + std::to_string(known->records));
    }
    for (const auto& [key, record] : known->messages) {
      const auto found = ledger.messages.find(key);
      if (found == ledger.messages.end() || found->second != record.identity.sha256) {
        complain("UID " + std::to_string(key.uid.value) + ": the ledger does not say what the " +
                 "journal says");
      }
    }
    if (known->messages.size() != ledger.messages.size()) {
      complain("the ledger knows " + std::to_string(ledger.messages.size()) + " messages, the " +
               "journal " + std::to_string(known->messages.size()));
    }
  }

  /// A file under its final name is complete.
  void check_names(const witness::Tree& tree) {
    for (const auto& [path, bytes] : tree) {
      if (!is_mail(path)) continue;
      std::string file = path.substr(path.rfind('/') + 1);
      if (witness::is_kept(path)) file.resize(file.rfind('.'));
      const auto name = parse_maildir_name(file);
      if (!name) {
        complain(path + " is no name of ours");
      } else if (name->stem.size != bytes.size() || name->stem.xxh3 != xxh3_of(bytes)) {
        complain(path + " has " + std::to_string(bytes.size()) + " bytes, or others");
      }
    }
  }

  /// What the journal says is live stands in its folder, whole; or, when it has left the server
  /// since, anywhere in the store.
  void check_live(const JournalView& journal, const witness::Tree& tree) {
    std::map<std::string, std::set<std::string>> by_place;  // path up to ":" → digests
    std::set<std::string> anywhere;
    for (const auto& [path, bytes] : tree) {
      if (!is_mail(path)) continue;
      const std::string digest = Sha256::of(bytes).hex();
      anywhere.insert(digest);
      const std::size_t cur = path.rfind("/cur/");
      if (cur == std::string::npos) continue;
      const std::string file = path.substr(cur + 5);
      by_place[path.substr(0, cur + 5) + std::string(maildir_base_of(file))].insert(digest);
    }
    for (const auto& [key, record] : journal.messages) {
      const auto at = journal.folders.find(key.folder);
      if (at == journal.folders.end()) {
        complain("UID " + std::to_string(key.uid.value) + " is live in no folder");
        continue;
      }
      const FolderRecord& folder = at->second;
      const std::string digest = record.identity.sha256.hex();
      bool there = false;
      for (const std::string& path : paths_of(journal, folder)) {
        const std::string file = witness::file_of(record, path, MirrorProcess::kHost);
        there = there || by_place[std::string(maildir_base_of(file))].contains(digest);
      }
      const bool stays = witness::on_server(process_.server, record, &folder) != nullptr;
      const bool may_be_elsewhere = !stays && (anywhere.contains(digest) || !scenario_.keeps());
      if (!there && !may_be_elsewhere) {
        complain(witness::shown(record, &folder) + " is live in the journal and has no file");
      }
    }
  }

  static std::vector<std::string> paths_of(const JournalView& journal, const FolderRecord& folder) {
    std::vector<std::string> paths{folder.path};
    const auto moving = journal.renaming.find(folder.id);
    if (moving != journal.renaming.end()) {
      paths.push_back(moving->second.path);
      paths.push_back(moving->second.from_path);
    }
    return paths;
  }

  /// What stood on the server when the last finished chapter ended and still does is live.
  void check_finished(const JournalView& journal) {
    std::size_t live = 0;
    std::size_t expected = 0;
    for (const auto& [name, box] : before_.boxes()) {
      for (const auto& [uid, message] : box.messages) {
        expected += still_there(name, box.uid_validity, uid) ? 1U : 0U;
      }
    }
    for (const auto& [key, record] : journal.messages) {
      const auto folder = journal.folders.find(key.folder);
      if (folder == journal.folders.end()) continue;
      const auto* was = witness::on_server(before_, record, &folder->second);
      live += was && still_there(folder->second.name.raw, key.uid_validity.value, was->uid) ? 1 : 0;
    }
    if (live < expected) {
      complain(std::to_string(expected) + " messages had been stored, " + std::to_string(live) +
               " of them are live");
    }
  }

  [[nodiscard]] bool still_there(const std::string& folder, std::uint32_t validity,
                                 std::uint32_t uid) const {
    if (!process_.server.has_folder(folder)) return false;
    const ModelMailbox& box = process_.server.boxes().at(folder);
    return box.uid_validity == validity && box.messages.contains(uid);
  }

  /// Whatever had been mirrored is somewhere: live, or in the kept area, if there is to be one.
  void check_held(const witness::Tree& tree, const std::string& when) {
    Bodies there;
    for (const auto& [path, bytes] : tree) {
      if (is_mail(path)) there.insert(bytes);
    }
    Bodies now;
    collect(process_.server, now);
    for (const std::string& body : held_) {
      if (!scenario_.keeps() && !now.contains(body)) continue;
      if (!there.contains(body)) complain("lost " + when + ": " + body.substr(0, 60));
    }
  }

  void mend(const JournalView& journal) {
    std::size_t to_fetch = 0;
    for (const auto& [name, box] : process_.server.boxes()) to_fetch += box.messages.size();
    for (const auto& [key, record] : journal.messages) {
      const auto folder = journal.folders.find(key.folder);
      if (folder == journal.folders.end()) continue;
      if (witness::on_server(process_.server, record, &folder->second)) --to_fetch;
    }
    if (!pass("one more sync")) return;
    if (process_.server.bodies_served() > to_fetch) {
      complain("fetched " + std::to_string(process_.server.bodies_served()) + " messages, " +
               std::to_string(to_fetch) + " were not in the journal");
    }
    // A folder that is not there is looked for twice, minutes apart.
    if (has_lost_folder()) {
      process_.time.advance(std::chrono::minutes(3));
      if (!pass("one more sync, minutes later")) return;
    }
    check_exact();
    const auto exact = witness::read_tree(place_.files, place_.root);
    process_.server.forget_counts();
    if (!pass("a sync of nothing")) return;
    if (process_.server.bodies_served() > 0) complain("it fetches what it has");
    const auto still = witness::read_tree(place_.files, place_.root);
    if (!exact || !still) return complain("the store cannot be read");
    for (const auto& [path, bytes] : *exact) {
      const auto found = still->find(path);
      if (found == still->end()) complain(path + " vanishes in a sync of nothing");
    }
  }

  bool pass(const std::string& what) {
    const SyncOutcome outcome = process_.sync(scenario_);
    if (outcome.error) complain(what + ": " + outcome.error->what);
    for (const auto& sentence : outcome.owed) complain(what + ": " + sentence);
    return complaints_.empty();
  }

  bool has_lost_folder() {
    const auto journal = JournalView::read(place_.files, place_.root);
    if (!journal) return false;
    for (const auto& [id, folder] : journal->folders) {
      if (!process_.server.has_folder(folder.name.raw)) return true;
    }
    return false;
  }

  void check_exact() {
    const auto journal = JournalView::read(place_.files, place_.root);
    if (!journal) return complain("the journal cannot be read: " + journal.error().what);
    const auto tree = witness::read_tree(place_.files, place_.root);
    if (!tree) return complain("the store cannot be read: " + tree.error().what);
    witness::LiveFiles live;
    for (const auto& [path, bytes] : *tree) {
      if (!path.starts_with(kOwn)) live[path] = &bytes;
      const bool left = path.find("/tmp/") != std::string::npos;
      if (left) complain("left over: " + path);
    }
    Bodies now;
    collect(process_.server, now);
    // What was placed and not yet recorded, and has left the server since, nobody claims.
    const auto unclaimed = [&](const std::string& bytes) {
      return ever_.contains(bytes) && !now.contains(bytes);
    };
    for (auto& one : witness::compare_level(process_.server, *journal, live, MirrorProcess::kHost,
                                            {unclaimed, nullptr})) {
      complain(one);
    }
    const auto ledger = process_.read_ledger();
    if (!ledger) return complain("the ledger cannot be read: " + ledger.error().what);
    if (ledger->messages.size() != journal->messages.size()) {
      complain("the ledger is not level with the journal");
    }
    check_names(*tree);
    check_held(*tree, "after the next pass");
  }

  Place place_;
  const Scenario& scenario_;
  Past past_;
  MirrorProcess process_;
  ModelImapServer before_;
  Bodies held_;
  Bodies ever_;
  std::vector<std::string> complaints_;
};

}  // namespace

std::vector<std::string> checker(const Place& place, const Scenario& scenario, const Past& past) {
  return Checker(place, scenario, past).speak();
}

}  // namespace imapkeep::cuts
