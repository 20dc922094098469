#include "tests/simulator/kept_reasons.h"

#include <utility>

#include "daemon/base/hash.h"
#include "tests/witness/journal_view.h"
#include "tests/witness/level.h"

namespace imapkeep::sim {
namespace {

class Reasons {
 public:
  explicit Reasons(const SimAccount& account) {
    for (const std::string& body : account.reader_removed) {
      touched_.insert(Sha256::of(body).hex());
    }
  }

  void take(const witness::JournalView& before, const Record& record) {
    if (const auto* message = std::get_if<MessageRecord>(&record)) {
      open_.erase(message->key);  // other bytes under the key: that was why
      return;
    }
    const auto* gone = std::get_if<GoneRecord>(&record);
    if (gone == nullptr || gone->to != GoneTo::kKept) return;
    const auto left = before.messages.find(gone->key);
    if (left == before.messages.end()) return;
    const std::string hash = left->second.identity.sha256.hex();
    ++found_.times[hash];
    if (!before.quarantined.empty() || touched_.contains(hash)) return;
    const auto folder = before.folders.find(gone->key.folder);
    open_[gone->key] =
        witness::shown(left->second, folder == before.folders.end() ? nullptr : &folder->second);
  }

  KeptByJournal end() {
    for (const auto& [key, name] : open_) {
      found_.without_reason.push_back(name + " was kept although nothing was owed");
    }
    return std::move(found_);
  }

 private:
  std::set<std::string> touched_;  ///< a mail reader has removed a copy
  std::map<MessageKey, std::string> open_;
  KeptByJournal found_;
};

}  // namespace

Result<KeptByJournal> kept_by_journal(const SimAccount& account, MemoryDisk& disk) {
  Reasons reasons(account);
  const auto view =
      witness::JournalView::read(disk, account.root, std::nullopt,
                                 [&](const witness::JournalView& before, const Record& record) {
                                   reasons.take(before, record);
                                 });
  if (!view) return view.error();
  return reasons.end();
}

}  // namespace imapkeep::sim
