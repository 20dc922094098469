#include "config/secret_reader.h"

#include <algorithm>
#include <utility>

#include "config/nearest_word.h"
#include "config/paths.h"

namespace imapkeep {
namespace {

const std::vector<std::string> kSources{"file", "env", "credential", "command"};

bool is_variable_name(std::string_view name) {
  return !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

std::optional<SecretOptions> read_source(const YamlEntry& entry,
                                         const ProcessEnvironment& environment,
                                         Complaints& complaints, std::vector<NamedFile>& files) {
  if (entry.key == "command") {
    auto argv = read_command(entry, "[pass, show, mail]", complaints);
    if (!argv) return std::nullopt;
    return SecretCommand{std::move(*argv)};
  }
  if (entry.key == "file") {
    const auto path = read_path(entry, environment, complaints);
    if (!path) return std::nullopt;
    files.push_back({NamedFile::Holds::kSecret, *path, entry.value.place});
    return SecretFile{*path};
  }
  const auto text = read_text(entry, complaints);
  if (!text) return std::nullopt;
  if (entry.key == "env") {
    if (is_variable_name(*text)) return SecretEnvironment{*text};
    complaints.add(entry.value.place,
                   "`env` is the name of an environment variable: letters, "
                   "digits and `_`");
  } else {
    if (text->find('/') == std::string::npos && *text != "." && *text != "..")
      return SecretCredential{*text};
    complaints.add(entry.value.place,
                   "`credential` is a name below $CREDENTIALS_DIRECTORY, "
                   "without `/`");
  }
  return std::nullopt;
}

}  // namespace

std::optional<SecretOptions> read_secret(const YamlEntry& entry,
                                         const ProcessEnvironment& environment,
                                         Complaints& complaints, std::vector<NamedFile>& files) {
  const std::string name = in_quotes(entry.key);
  const std::string expected = "one of " + one_of(kSources);
  if (entry.value.kind == YamlKind::kBroken) return std::nullopt;
  if (entry.value.kind != YamlKind::kMap) {
    complaints.add(entry.value.place,
                   name +
                       " does not stand in the configuration itself; say where it is kept, with " +
                       expected);
    return std::nullopt;
  }
  // Keys are not quoted back here: `password: {swordfish}` is a map with the password as key.
  bool good = true;
  for (const auto& source : entry.value.entries) {
    if (std::find(kSources.begin(), kSources.end(), source.key) != kSources.end()) continue;
    const auto near = nearest_word(source.key, kSources);
    complaints.add(source.place, "unknown key below " + name +
                                     (near ? "; did you mean " + in_quotes(*near) + "?"
                                           : "; it takes " + expected));
    good = false;
  }
  if (!good) return std::nullopt;
  if (entry.value.entries.size() != 1) {
    complaints.add(entry.value.place, name + " takes exactly " + expected);
    return std::nullopt;
  }
  return read_source(entry.value.entries.front(), environment, complaints, files);
}

std::optional<std::vector<std::string>> read_command(const YamlEntry& entry,
                                                     const std::string& example,
                                                     Complaints& complaints) {
  const auto words = read_texts(entry, complaints);
  if (!words) return std::nullopt;
  std::vector<std::string> argv;
  for (const auto& word : *words) argv.push_back(word.text);
  // One text with blanks was meant for a shell, and there is none.
  if (entry.value.kind == YamlKind::kList && !argv.empty()) return argv;
  complaints.add(entry.value.place,
                 in_quotes(entry.key) + " is a list of the program and its arguments: " + example);
  return std::nullopt;
}

std::optional<std::string> read_path(const YamlEntry& entry, const ProcessEnvironment& environment,
                                     Complaints& complaints) {
  const auto text = read_text(entry, complaints);
  if (!text) return std::nullopt;
  auto path = resolve_path(environment, *text, entry.place.file);
  if (path) return std::move(*path);
  complaints.add(entry.value.place, in_quotes(entry.key) + ": " + path.error().what);
  return std::nullopt;
}

}  // namespace imapkeep
