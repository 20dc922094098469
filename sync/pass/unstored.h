// What a pass could not keep and must not hide: quarantined messages with their reasons, and
// folders that failed. A message's reason is journalled once; trying again in vain only counts the
// attempt, so that a pass in which nothing changed writes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class Unstored {
 public:
  /// What the ledger knows from earlier passes.
  void load(const std::vector<QuarantinedMessage>& messages);

  /// The message cannot be had now. A new reason goes into the batch's journal records; whether it
  /// is new.
  bool quarantine(const MessageKey& key, const std::string& reason, std::int64_t at_ms,
                  Batch& batch);
  /// The store has written it down by itself.
  void add(const QuarantineRecord& record);
  /// Something is owed that was not, or for another reason.
  [[nodiscard]] bool has_grown() const { return has_grown_; }
  void remove(const MessageKey& key) { messages_.erase(key); }
  [[nodiscard]] bool is_quarantined(const MessageKey& key) const { return messages_.contains(key); }
  /// Empty: it is not quarantined.
  [[nodiscard]] std::string reason(const MessageKey& key) const {
    const auto found = messages_.find(key);
    return found == messages_.end() ? std::string() : found->second;
  }
  /// The quarantined messages of one folder.
  [[nodiscard]] std::vector<MessageKey> of_folder(FolderId folder) const;
  /// Attempts that failed for a reason already known; taken once.
  [[nodiscard]] std::vector<MessageKey> take_repeated() { return std::exchange(repeated_, {}); }

  /// What people call it.
  [[nodiscard]] std::string folder_name(FolderId folder) const;
  void name_folder(FolderId id, std::string name) { names_[id] = std::move(name); }
  void add_folder(const std::string& folder, const Error& why);
  /// Of no folder that there is: the whole sentence.
  void add_folder(std::string sentence) { folders_.push_back(std::move(sentence)); }
  /// The same of a folder that may not have been named yet.
  void add_folder(FolderId folder, const std::string& otherwise, const Error& why);
  [[nodiscard]] const std::vector<std::string>& folders() const { return folders_; }
  /// "INBOX, UID 812: reason" for each quarantined message of a folder that is mirrored; what the
  /// operator has excluded since is explained.
  [[nodiscard]] std::vector<std::string> message_sentences() const;
  [[nodiscard]] bool empty() const { return messages_.empty() && folders_.empty(); }

 private:
  std::map<MessageKey, std::string> messages_;
  std::vector<MessageKey> repeated_;
  std::map<FolderId, std::string> names_;
  std::vector<std::string> folders_;  ///< "INBOX/x: reason"
  bool has_grown_ = false;
};

}  // namespace imapkeep
