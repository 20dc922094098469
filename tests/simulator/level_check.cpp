#include "tests/simulator/level_check.h"

#include "daemon/base/hash.h"
#include "sync/store/maildir_name.h"
#include "tests/simulator/journal_view.h"

namespace imapkeep::sim {
namespace {

constexpr std::size_t kMostComplaints = 8;

/// path below ROOT → bytes, of what stands in the live tree.
std::map<std::string, const std::string*> live_files(const SimAccount& account,
                                                     const MemoryDisk& disk) {
  std::map<std::string, const std::string*> files;
  const std::string own = account.root + "/.imapkeep/";
  disk.each_file(account.root, [&](const std::string& path, const std::string& bytes) {
    if (!path.starts_with(own)) files[path.substr(account.root.size() + 1)] = &bytes;
  });
  return files;
}

std::string shown(const MessageRecord& record, const FolderRecord* folder) {
  return (folder ? folder->name.raw : "folder " + std::to_string(record.key.folder.value)) + "/" +
         std::to_string(record.key.uid_validity.value) + "/" + std::to_string(record.key.uid.value);
}

const ModelMessage* on_server(const SimAccount& account, const MessageRecord& record,
                              const FolderRecord* folder) {
  if (!folder || !account.server.has_folder(folder->name.raw)) return nullptr;
  const ModelMailbox& box = account.server.boxes().at(folder->name.raw);
  if (box.uid_validity != record.key.uid_validity.value) return nullptr;
  const auto found = box.messages.find(record.key.uid.value);
  return found == box.messages.end() ? nullptr : &found->second;
}

std::string file_of(const MessageRecord& record, const FolderRecord& folder,
                    const std::string& host) {
  const MaildirStem stem{record.internal_date, record.identity.xxh3, record.identity.size,
                         record.identity.crlf_size};
  return folder.path + "/cur/" +
         maildir_file(maildir_base(stem, record.number, host), record.flags.maildir_letters());
}

}  // namespace

std::vector<std::string> check_level(const SimAccount& account, MemoryDisk& disk, bool orphans) {
  const auto view = JournalView::read(disk, account.root);
  if (!view) return {account.name + ": " + view.error().what};
  std::vector<std::string> complaints;
  const auto complain = [&](const std::string& what) {
    if (complaints.size() < kMostComplaints) complaints.push_back(account.name + ": " + what);
  };
  auto files = live_files(account, disk);
  const std::string host = maildir_host(account.host);
  std::size_t matched = 0;
  for (const auto& [key, record] : view->messages) {
    const auto at = view->folders.find(key.folder);
    const FolderRecord* folder = at == view->folders.end() ? nullptr : &at->second;
    const ModelMessage* message = on_server(account, record, folder);
    if (!message) {
      complain(shown(record, folder) + " is live in the journal and not on the server");
      continue;
    }
    ++matched;
    Flags flags;
    for (const auto& flag : message->flags) flags.add(flag);
    if (flags != record.flags) complain(shown(record, folder) + " has other flags");
    if (record.identity.sha256 != Sha256::of(message->body)) {
      complain(shown(record, folder) + " has other bytes in the journal");
    }
    const auto file = files.find(file_of(record, *folder, host));
    if (file == files.end()) {
      complain(shown(record, folder) + " has no file " + file_of(record, *folder, host));
      continue;
    }
    if (*file->second != message->body) complain(file->first + " has other bytes");
    files.erase(file);
  }
  std::size_t held = 0;
  for (const auto& [name, box] : account.server.boxes()) held += box.messages.size();
  if (matched != held) {
    complain(std::to_string(held - matched) + " of " + std::to_string(held) +
             " messages are not in the journal");
  }
  for (const auto& [id, folder] : view->folders) {
    if (!account.server.has_folder(folder.name.raw)) {
      complain("folder " + folder.name.raw + " is live in the journal and not on the server");
    }
  }
  for (const auto& [path, bytes] : files) {
    if (orphans && account.removed.contains(*bytes)) continue;
    complain(path + " is in the live tree, and nothing claims it");
  }
  for (const auto& [key, why] : view->quarantined) {
    complain("UID " + std::to_string(key.uid.value) + " is quarantined: " + why);
  }
  return complaints;
}

std::vector<std::string> check_kept(const SimAccount& account, const MemoryDisk& disk,
                                    bool orphans) {
  std::vector<std::string> complaints;
  std::map<std::string, unsigned> kept;
  disk.each_file(account.root + "/.imapkeep/gone",
                 [&](const std::string&, const std::string& bytes) { ++kept[bytes]; });
  const auto removals = [&](const std::string& body) {
    const auto found = account.removed.find(body);
    return found == account.removed.end() ? 0U : found->second;
  };
  for (const auto& [body, times] : kept) {
    if (times > removals(body) || (!account.keeps && !orphans)) {
      complaints.push_back(account.name + ": " + std::to_string(times) +
                           " times in the kept area and removed " + std::to_string(removals(body)) +
                           " times: " + body.substr(0, 40));
    }
  }
  const auto live = live_files(account, disk);
  for (const std::string& body : account.must_be_kept) {
    bool there = kept.contains(body);
    for (const auto& [path, bytes] : live) there = there || *bytes == body;
    if (!there) complaints.push_back(account.name + ": lost: " + body.substr(0, 40));
  }
  return complaints;
}

std::vector<std::string> leftovers(const SimAccount& account, const MemoryDisk& disk) {
  std::vector<std::string> names;
  disk.each_file(account.root, [&](const std::string& path, const std::string&) {
    if (path.find("/tmp/") != std::string::npos) names.push_back("left over: " + path);
  });
  return names;
}

}  // namespace imapkeep::sim
