#include "tests/witness/level.h"

#include "daemon/base/hash.h"
#include "sync/store/maildir/maildir_name.h"

namespace imapkeep::witness {
namespace {

constexpr std::size_t kMostComplaints = 8;

/// The same file under a reader's letters.
LiveFiles::iterator marked(LiveFiles& files, const std::string& path, const Excuses& excuses) {
  const std::string base = path.substr(0, path.rfind(":2,"));
  const std::string name = base.substr(base.rfind('/') + 1);
  if (!excuses.may_be_marked || !excuses.may_be_marked(name)) return files.end();
  const auto file = files.lower_bound(base + ":2,");
  return file != files.end() && file->first.starts_with(base + ":2,") ? file : files.end();
}

}  // namespace

std::string shown(const MessageRecord& record, const FolderRecord* folder) {
  return (folder ? folder->name.raw : "folder " + std::to_string(record.key.folder.value)) + "/" +
         std::to_string(record.key.uid_validity.value) + "/" + std::to_string(record.key.uid.value);
}

std::string file_of(const MessageRecord& record, const std::string& folder_path,
                    const std::string& host) {
  const MaildirStem stem{record.internal_date, record.identity.xxh3, record.identity.size,
                         record.identity.crlf_size};
  return folder_path + "/cur/" +
         maildir_file(maildir_base(stem, record.number, maildir_host(host)),
                      record.flags.maildir_letters());
}

const ModelMessage* on_server(const ModelImapServer& server, const MessageRecord& record,
                              const FolderRecord* folder) {
  if (!folder || !server.has_folder(folder->name.raw)) return nullptr;
  const ModelMailbox& box = server.boxes().at(folder->name.raw);
  if (box.uid_validity != record.key.uid_validity.value) return nullptr;
  const auto found = box.messages.find(record.key.uid.value);
  return found == box.messages.end() ? nullptr : &found->second;
}

std::vector<std::string> compare_level(const ModelImapServer& server, const JournalView& journal,
                                       LiveFiles files, const std::string& host,
                                       const Excuses& excuses) {
  std::vector<std::string> complaints;
  const auto complain = [&](const std::string& what) {
    if (complaints.size() < kMostComplaints) complaints.push_back(what);
  };
  std::size_t matched = 0;
  for (const auto& [key, record] : journal.messages) {
    const auto at = journal.folders.find(key.folder);
    const FolderRecord* folder = at == journal.folders.end() ? nullptr : &at->second;
    const ModelMessage* message = on_server(server, record, folder);
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
    const std::string path = file_of(record, folder->path, host);
    auto file = files.find(path);
    if (file == files.end()) file = marked(files, path, excuses);
    if (file == files.end()) {
      complain(shown(record, folder) + " has no file " + path);
      continue;
    }
    if (*file->second != message->body) complain(file->first + " has other bytes");
    files.erase(file);
  }
  std::size_t held = 0;
  for (const auto& [name, box] : server.boxes()) held += box.messages.size();
  if (matched != held) {
    complain(std::to_string(held - matched) + " of " + std::to_string(held) +
             " messages are not in the journal");
  }
  for (const auto& [id, folder] : journal.folders) {
    if (!server.has_folder(folder.name.raw)) {
      complain("folder " + folder.name.raw + " is live in the journal and not on the server");
    }
  }
  for (const auto& [path, bytes] : files) {
    if (!excuses.may_stay(*bytes)) complain(path + " is in the live tree, and nothing claims it");
  }
  for (const auto& [key, why] : journal.quarantined) {
    const auto at = journal.folders.find(key.folder);
    MessageRecord record;
    record.key = key;
    complain(shown(record, at == journal.folders.end() ? nullptr : &at->second) +
             " is quarantined: " + why);
  }
  return complaints;
}

}  // namespace imapkeep::witness
