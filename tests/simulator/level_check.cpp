#include "tests/simulator/level_check.h"

#include <set>

#include "daemon/base/hash.h"
#include "tests/simulator/kept_reasons.h"
#include "tests/support/unpacked_frame.h"
#include "tests/witness/level.h"

namespace imapkeep::sim {
namespace {

witness::LiveFiles live_files(const SimAccount& account, const MemoryDisk& disk) {
  witness::LiveFiles files;
  const std::string own = account.root + "/.imapkeep/";
  const std::string receiving = account.root + "/INBOX/tmp/";
  disk.each_file(account.root, [&](const std::string& path, const std::string& bytes) {
    if (!path.starts_with(own) && !path.starts_with(receiving))
      files[path.substr(account.root.size() + 1)] = &bytes;
  });
  return files;
}

}  // namespace

std::vector<std::string> check_level(const SimAccount& account, MemoryDisk& disk, bool orphans) {
  const auto view = witness::JournalView::read(disk, account.root);
  if (!view) return {account.name + ": " + view.error().what};
  auto complaints = witness::compare_level(
      account.server, *view, live_files(account, disk), account.host,
      {[&](const std::string& bytes) { return orphans && account.removed.contains(bytes); },
       [&](const std::string& base) { return account.reader_marked.contains(base); }});
  for (auto& complaint : complaints) complaint = account.name + ": " + complaint;
  return complaints;
}

std::vector<std::string> check_kept(const SimAccount& account, MemoryDisk& disk, bool orphans) {
  std::vector<std::string> complaints;
  const auto journal = kept_by_journal(account, disk);
  if (!journal) return {account.name + ": " + journal.error().what};
  if (!account.keeps) {
    for (const auto& one : journal->without_reason) complaints.push_back(account.name + ": " + one);
  }
  const auto journalled = [&](const std::string& body) {
    const auto found = journal->times.find(Sha256::of(body).hex());
    return found == journal->times.end() ? 0U : found->second;
  };
  std::map<std::string, unsigned> kept;
  std::map<std::string, std::string> paths;
  std::map<std::string, std::set<std::string>> folders;  // in which a message is kept
  disk.each_file(account.root + "/.imapkeep/gone",
                 [&](const std::string& path, const std::string& frame) {
                   const std::string bytes = unpacked_frame(frame);
                   ++kept[bytes];
                   const std::size_t day = path.find("/gone/") + 6;
                   const std::size_t folder = path.find('/', day);
                   folders[bytes].insert(path.substr(folder, path.rfind('/') - folder));
                   paths[bytes] += (paths[bytes].empty() ? "" : " and ") + path;
                 });
  const auto removals = [&](const std::string& body) {
    const auto found = account.removed.find(body);
    return found == account.removed.end() ? 0U : found->second;
  };
  for (const auto& [body, times] : kept) {
    if (account.reader_removed.contains(body)) continue;
    if (!account.keeps && !orphans && times > journalled(body)) {
      complaints.push_back(account.name +
                           ": in the kept area, and the journal does not say so: " + paths[body]);
    }
    // A departure that failed is done again under the path that its folder has by then.
    const bool renamed_between = orphans && folders[body].size() == times;
    if (times > removals(body) && !renamed_between) {
      complaints.push_back(account.name + ": " + std::to_string(times) +
                           " times in the kept area and removed " + std::to_string(removals(body)) +
                           " times: " + paths[body]);
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
