// Conversations as text files: `< ` lines are what the server sends (CRLF is added, ␀ stands for
// NUL), `= ` lines the events that must come of them, a blank line ends a case, `#` is a remark.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace imapkeep::imap {

struct CorpusCase {
  std::string wire;
  std::vector<std::string> expected;
};

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

inline std::vector<CorpusCase> read_corpus(const std::string& path) {
  std::vector<CorpusCase> cases(1);
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() && !cases.back().wire.empty()) cases.emplace_back();
    const std::string rest = line.size() > 2 ? line.substr(2) : "";
    if (line.starts_with('<')) cases.back().wire += rest + "\r\n";
    if (line.starts_with('=')) cases.back().expected.push_back(rest);
  }
  if (cases.back().wire.empty()) cases.pop_back();
  for (auto& one : cases) replace_all(one.wire, "␀", std::string(1, '\0'));
  return cases;
}

}  // namespace imapkeep::imap
