#include "daemon/observe/status_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/base/bytes.h"
#include "daemon/observe/status_words.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostFoldersSaid = 20;  // the JSON names all

std::string folders_line(const AccountReport& report, const char* why,
                         const std::vector<std::string>& names, WallTime now) {
  if (names.empty()) return "";
  std::string line = fmt::format("  left out ({}): ", why);
  for (std::size_t i = 0; i < std::min(names.size(), kMostFoldersSaid); ++i) {
    const std::string name = printable_utf8(names[i]);
    line += (i == 0 ? "" : ", ") + name;
    for (const LedgerFolder& folder : report.folders) {
      if (folder.stored == 0 || folder_name(folder) != name) continue;
      const auto since = report.left_out_since_ms.find(names[i]);
      line +=
          fmt::format(" ({} as of {})", counted(folder.stored, "message"),
                      since == report.left_out_since_ms.end() ? "before" : ago(since->second, now));
    }
  }
  if (names.size() > kMostFoldersSaid) {
    line += fmt::format(" and {} more", names.size() - kMostFoldersSaid);
  }
  return line + "\n";
}

std::string vain_lines(const char* list, const std::vector<std::string>& patterns) {
  std::string lines;
  for (const std::string& pattern : patterns) {
    lines += fmt::format("  no folder matches {} \"{}\"\n", list, printable_utf8(pattern));
  }
  return lines;
}

const LeftOut* left_out_of(const AccountReport& report) {
  return report.last_pass && report.last_pass->left_out ? &*report.last_pass->left_out : nullptr;
}

}  // namespace

bool is_left_out(const AccountReport& report, const LedgerFolder& folder) {
  return report.left_out_since_ms.contains(folder.record.name.display(folder.record.delimiter));
}

std::string choice_lines(const AccountReport& report, WallTime now) {
  const LeftOut* left_out = left_out_of(report);
  if (left_out == nullptr) return "";
  return folders_line(report, "exclude", left_out->excluded, now) +
         folders_line(report, "not in include", left_out->not_included, now) +
         vain_lines("include", left_out->vain_includes) +
         vain_lines("exclude", left_out->vain_excludes);
}

void add_choice(const AccountReport& report, nlohmann::ordered_json& entry) {
  entry["left_out"] = nlohmann::ordered_json::array();
  entry["vain_patterns"] = nlohmann::ordered_json::array();
  const LeftOut* left_out = left_out_of(report);
  if (left_out == nullptr) return;
  const auto add_folders = [&](const std::vector<std::string>& names, const char* why) {
    for (const std::string& name : names) {
      const auto since = report.left_out_since_ms.find(name);
      entry["left_out"].push_back(
          {{"name", printable_utf8(name)},
           {"why", why},
           {"since_ms", since == report.left_out_since_ms.end() ? 0 : since->second}});
    }
  };
  add_folders(left_out->excluded, "exclude");
  add_folders(left_out->not_included, "not included");
  const auto add_patterns = [&](const std::vector<std::string>& patterns, const char* list) {
    for (const std::string& pattern : patterns) {
      entry["vain_patterns"].push_back({{"list", list}, {"pattern", printable_utf8(pattern)}});
    }
  };
  add_patterns(left_out->vain_includes, "include");
  add_patterns(left_out->vain_excludes, "exclude");
}

}  // namespace imapkeep
