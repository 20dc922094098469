// What servers really say: the project's own lines in tests/imap_corpus, with what must come of
// them, and recorded conversations from the folder that IMAPKEEP_CORPUS names, when it is set.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "tests/support/corpus.h"
#include "tests/support/split_feed.h"

using namespace imapkeep;
using namespace imapkeep::imap;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> text_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Recorded with LF line ends; lengths of literals count CRLF.
std::string wire_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  if (text.find("\r\n") == std::string::npos) replace_all(text, "\n", "\r\n");
  return text;
}

}  // namespace

TEST_CASE("the project's own corpus gives what is written beside it") {
  std::size_t cases = 0;
  for (const auto& path : text_files("tests/imap_corpus")) {
    for (const auto& one : read_corpus(path.string())) {
      INFO(path.filename().string() << ": " << one.wire);
      auto events = split_feed(one.wire);
      for (auto& event : events) replace_all(event, "\r\n", "\\r\\n");
      CHECK(events == one.expected);
      ++cases;
    }
  }
  CHECK(cases >= 60);
}

TEST_CASE("recorded conversations are read to their end") {
  const char* const folder = std::getenv("IMAPKEEP_CORPUS");
  if (!folder) return;  // third-party data, not part of the repository
  std::size_t files = 0, responses = 0, unknown = 0, bodies = 0;
  for (const auto& path : text_files(fs::path(folder) / "imap-transcripts")) {
    INFO(path.string());
    const std::string wire = wire_of(path);
    const auto events = read_pieces({wire});
    std::vector<ByteView> pieces;
    for (std::size_t i = 0; i < wire.size(); i += 7) pieces.push_back(ByteView(wire).substr(i, 7));
    CHECK(read_pieces(pieces) == events);
    REQUIRE_FALSE(events.empty());
    // One literal of BODY[HEADER] was edited after it was recorded and is longer than it says.
    const bool edited = path.filename() == "headers.1+unsolicited-info.txt";
    CHECK(events.back().starts_with("error") == edited);
    CHECK(events.back() != "pending");
    ++files;
    responses += events.size();
    for (const auto& event : events) {
      if (event.starts_with("unknown")) ++unknown;
      if (event.starts_with("body ")) ++bodies;
    }
  }
  std::cout << files << " files, " << responses << " events, " << bodies << " bodies, " << unknown
            << " unknown responses\n";
  CHECK(files > 0);
}
