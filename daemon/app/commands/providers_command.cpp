#include "daemon/app/commands/providers_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "config/nearest_word.h"
#include "config/providers.h"
#include "daemon/base/bytes.h"
#include "daemon/base/exit_code.h"

namespace imapkeep {
namespace {

constexpr std::size_t kWidth = 79;

/// As many columns as characters: the table's texts hold nothing wider.
std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(std::min(std::max<std::size_t>(1, utf8_length(text)), text.size()));
    ++count;
  }
  return count;
}

/// What must stay on one line: a word, or all between two back quotes.
std::string_view take_piece(std::string_view& text) {
  std::size_t end = std::min(text.find(' '), text.size());
  if (const auto quote = text.find('`'); quote < end)
    if (const auto closing = text.find('`', quote + 1); closing != std::string_view::npos)
      end = std::min(text.find(' ', closing), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

/// `mark` before the first line; the others are indented by as much.
std::string wrapped(const std::string& mark, std::string_view text) {
  const std::string indent(columns(mark), ' ');
  std::string all = mark;
  std::size_t at = indent.size();
  bool is_first = true;
  while (!text.empty()) {
    const std::string_view piece = take_piece(text);
    const std::size_t width = columns(piece);
    if (!is_first && at + 1 + width > kWidth) {
      all += "\n" + indent;
      at = indent.size();
      is_first = true;
    }
    if (!is_first) all += ' ';
    at += width + (is_first ? 0 : 1);
    all += piece;
    is_first = false;
  }
  return all + "\n";
}

std::string ways_of(const Provider& provider) {
  std::string ways;
  for (const OAuthFlow flow : provider.flows)
    ways += (ways.empty() ? "" : ", ") + std::string(word_of(flow));
  if (!provider.password_steps.empty()) ways += ways.empty() ? "app password" : ", app password";
  return ways;
}

std::string fact(const char* name, const std::string& value) {
  return value.empty() ? "" : wrapped(fmt::format("  {:<12} ", name), value);
}

std::string numbered(std::string_view title, const std::vector<std::string_view>& steps) {
  if (steps.empty()) return "";
  std::string text = "\n" + std::string(title) + "\n";
  for (std::size_t i = 0; i < steps.size(); ++i)
    text += wrapped(fmt::format("  {}. ", i + 1), steps[i]);
  return text;
}

std::string page_of(const Provider& provider) {
  std::string text = fmt::format("{} ({})\n", provider.title, provider.name);
  text += wrapped("", fmt::format("Not tried live: this was read in the sources below, in {}.",
                                  provider.read_on));
  text += "\n" + fact("server", fmt::format("{}:{}, TLS", provider.host, provider.port));
  text += fact("ways in", ways_of(provider));
  text += fact("scope", std::string(provider.scope));
  if (provider.most_connections != 0)
    text += fact("connections",
                 fmt::format("at most {}, of all programs together", provider.most_connections));
  text += fact("a day", std::string(provider.quota));

  text += numbered("With OAuth:", provider.client_steps);
  if (!provider.client_steps.empty())
    text += wrapped("  ", "Then `imapkeep check`, and `imapkeep login ACCOUNT`.");
  text += numbered("With an app password:", provider.password_steps);
  if (!provider.quirks.empty()) text += "\nGood to know:\n";
  for (const auto quirk : provider.quirks) text += wrapped("  - ", quirk);
  text += "\nSources:\n";
  for (const auto source : provider.sources) text += "  " + std::string(source) + "\n";
  return text;
}

std::string table() {
  std::string text;
  for (const Provider& one : providers())
    text += fmt::format("{:<13} {:<23} {}\n", one.name, one.host, ways_of(one));
  return text + "\n" +
         wrapped(
             "",
             "Not tried live: `imapkeep providers NAME` says what to do, and where it was read. "
             "Any other server needs no entry here: say `host`, and for OAuth `issuer`.");
}

nlohmann::ordered_json json_of(const Provider& provider) {
  std::vector<std::string_view> flows;
  for (const OAuthFlow flow : provider.flows) flows.push_back(word_of(flow));
  return {{"name", provider.name},
          {"title", provider.title},
          {"host", provider.host},
          {"port", provider.port},
          {"flows", flows},
          {"scope", provider.scope},
          {"most_connections", provider.most_connections},
          {"quota", provider.quota},
          {"client_steps", provider.client_steps},
          {"password_steps", provider.password_steps},
          {"quirks", provider.quirks},
          {"sources", provider.sources},
          {"read_on", provider.read_on},
          {"tried_live", false}};
}

}  // namespace

CliAnswer show_providers(const Command& command) {
  CliAnswer answer;
  if (command.accounts.empty()) {
    auto all = nlohmann::ordered_json::array();
    for (const Provider& one : providers()) all.push_back(json_of(one));
    answer.out = command.json ? nlohmann::ordered_json{{"providers", all}}.dump(2) + "\n" : table();
    return answer;
  }
  const std::string& name = command.accounts.front();
  const Provider* provider = find_provider(name);
  if (provider != nullptr) {
    answer.out = command.json ? json_of(*provider).dump(2) + "\n" : page_of(*provider);
    return answer;
  }
  const auto near = nearest_word(name, provider_names());
  answer.exit_code = kExitUsage;
  answer.err = "imapkeep: nothing is known of the provider `" + printable_utf8(name, 64) + "`" +
               (near ? "; did you mean `" + *near + "`?" : "; `imapkeep providers` lists them") +
               "\n";
  return answer;
}

}  // namespace imapkeep
