#include "sync/follow/watch_choice.h"

#include <catch2/catch.hpp>
#include <string>

using namespace imapkeep;

namespace {

MirroredFolder folder(std::uint32_t id, const std::string& name) {
  MirroredFolder folder;
  folder.listed.name = MailboxName::from_server(name, NameEncoding::kUtf8);
  folder.listed.delimiter = '/';
  folder.remembered.record.id = FolderId{id};
  folder.remembered.record.name = folder.listed.name;
  folder.remembered.record.delimiter = '/';
  return folder;
}

}  // namespace

TEST_CASE("the folders that are watched: those that match, in the order of visits") {
  const std::vector<MirroredFolder> mirrored = {folder(1, "INBOX"), folder(2, "Archive"),
                                                folder(3, "Lists/a"), folder(4, "Lists/b")};
  struct Row {
    std::vector<std::string> patterns;
    std::size_t most;
    std::string watched;
    std::size_t left_out;
  };
  const Row rows[] = {
      {{}, 10, "", 0},
      {{"INBOX"}, 10, "INBOX ", 0},
      {{"Lists/*", "INBOX"}, 10, "INBOX Lists/a Lists/b ", 0},
      // More than a server is likely to allow are left to the sweep, and that is told.
      {{"*"}, 2, "INBOX Archive ", 2},
      {{"*"}, 0, "", 4},
      {{"Nowhere"}, 10, "", 0},
  };
  for (const Row& row : rows) {
    const WatchChoice choice = choose_watched(mirrored, row.patterns, row.most);
    std::string watched;
    for (const WatchedFolder& one : choice.folders) watched += one.display + ' ';
    CHECK(watched == row.watched);
    CHECK(choice.left_out == row.left_out);
  }
}
