#include "sync/pass/unstored.h"

#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {

void Unstored::load(const std::vector<QuarantinedMessage>& messages) {
  for (const auto& message : messages) messages_[message.key] = message.reason;
}

bool Unstored::quarantine(const MessageKey& key, const std::string& reason, std::int64_t at_ms,
                          Batch& batch) {
  const auto known = messages_.find(key);
  if (known != messages_.end() && known->second == reason) {
    repeated_.push_back(key);
    return false;
  }
  messages_[key] = reason;
  batch.quarantines.push_back({key, reason, at_ms});
  has_grown_ = true;
  return true;
}

void Unstored::add(const QuarantineRecord& record) {
  std::string& reason = messages_[record.key];
  if (reason != record.reason) has_grown_ = true;
  reason = record.reason;
}

std::vector<MessageKey> Unstored::of_folder(FolderId folder) const {
  std::vector<MessageKey> keys;
  for (auto at = messages_.lower_bound({folder, {}, {}});
       at != messages_.end() && at->first.folder == folder; ++at) {
    keys.push_back(at->first);
  }
  return keys;
}

std::vector<std::string> Unstored::message_sentences() const {
  std::vector<std::string> sentences;
  for (const auto& message : messages_) {
    const auto name = names_.find(message.first.folder);
    if (name == names_.end()) continue;
    sentences.push_back(name->second + ", UID " + std::to_string(message.first.uid.value) + ": " +
                        message.second);
  }
  return sentences;
}

std::string Unstored::folder_name(FolderId folder) const {
  const auto name = names_.find(folder);
  return name == names_.end() ? "folder " + std::to_string(folder.value) : name->second;
}

void Unstored::add_folder(const std::string& folder, const Error& why) {
  folders_.push_back(folder + ": " + why.what);
}

void Unstored::add_folder(FolderId folder, const std::string& otherwise, const Error& why) {
  const auto name = names_.find(folder);
  add_folder(name == names_.end() ? printable_utf8(otherwise) : name->second, why);
}

}  // namespace imapkeep
