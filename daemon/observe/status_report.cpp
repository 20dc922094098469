#include "daemon/observe/status_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"
#include "daemon/observe/progress_line.h"
#include "daemon/observe/status_choice.h"
#include "daemon/observe/status_doubts.h"
#include "daemon/observe/status_words.h"

namespace imapkeep {
namespace {

struct Totals {
  std::uint64_t folders = 0;
  std::uint64_t stored = 0;
  std::uint64_t bytes = 0;
};

Totals totals_of(const AccountReport& report) {
  Totals totals;
  for (const LedgerFolder& folder : report.folders) {
    if (is_left_out(report, folder)) continue;
    ++totals.folders;
    totals.stored += folder.stored;
    totals.bytes += folder.stored_bytes;
  }
  return totals;
}

const AccountReport* find(const std::vector<AccountReport>& reports, const std::string& name) {
  for (const auto& report : reports) {
    if (report.name == name) return &report;
  }
  return nullptr;
}

/// "7,000 messages (1.2 GiB) in 3 folders in /srv/mail/work"
std::string stored_words(const Totals& totals, const std::string& path) {
  return counted(totals.stored, "message") + " (" + human_bytes(totals.bytes) + ") in " +
         counted(totals.folders, "folder") + " in " + path;
}

/// Of an account whose first pass has not come to an end.
std::string never_ended(const AccountReport* report, const AccountSettings& account) {
  if (report == nullptr || report->folders.empty()) return account.name + ": never synced\n";
  return account.name + ": the first sync has not ended; what it has stored stays\n  " +
         stored_words(totals_of(*report), describe(account.store).place) + "\n";
}

std::string in_future(WallTime at, WallTime now) {
  return human_time(std::max<Duration>(Duration(0), at - now));
}

std::string live_text(const std::string& name, const AccountState& state, WallTime now) {
  std::string text =
      fmt::format("{}: {}, since {}\n", name, word_of(state.phase), ago(unix_ms(state.since), now));
  if (state.behind > 0) text += "  behind by " + counted(state.behind, "message") + "\n";
  if (state.trouble) text += "  " + sentence_shown(state.trouble->what, 2000) + "\n";
  if (state.next_try) text += "  next try in " + in_future(*state.next_try, now) + "\n";
  return text;
}

/// "logged in 3 days ago, renewed 12 min ago, good for 48 min". Of a grant that has ended its last
/// token says nothing of the next hour: some mail servers take it no more.
std::string token_words(const std::string& account, const TokenFacts& facts, WallTime now) {
  if (!facts.trouble.empty()) return "unknown: " + sentence_shown(facts.trouble, 1000);
  if (!facts.is_there)
    return facts.has_own_key ? "none yet" : "none; run `imapkeep login " + account + "`";
  std::string text =
      facts.has_own_key ? "" : "logged in " + ago(unix_ms(facts.granted), now) + ", ";
  if (!facts.ended.empty())
    return text + "ended " + ago(unix_ms(facts.ended_at), now) + " (" +
           sentence_shown(facts.ended, 1000) + "); run `imapkeep login " + account + "`";
  text += "renewed " + ago(unix_ms(facts.obtained), now);
  const std::string end = ago(unix_ms(now), facts.expires);
  return text + (facts.expires > now ? ", good for " + end.substr(0, end.size() - 4)
                                     : ", to be renewed before its next use");
}

std::string token_line(const std::string& account, const TokenStates& tokens, WallTime now) {
  const auto facts = tokens.find(account);
  if (facts == tokens.end()) return "";
  return "  token: " + token_words(account, facts->second, now) + "\n";
}

nlohmann::ordered_json token_json(const TokenFacts& facts) {
  nlohmann::ordered_json token{{"there", facts.is_there}, {"own_key", facts.has_own_key}};
  if (!facts.trouble.empty()) token["trouble"] = facts.trouble;
  if (facts.is_there) {
    token["granted_ms"] = unix_ms(facts.granted);
    token["obtained_ms"] = unix_ms(facts.obtained);
    token["expires_ms"] = unix_ms(facts.expires);
    if (!facts.ended.empty())
      token["ended"] = {{"why", facts.ended}, {"at_ms", unix_ms(facts.ended_at)}};
  }
  return token;
}

nlohmann::ordered_json live_json(const AccountState& state) {
  nlohmann::ordered_json live{{"phase", word_of(state.phase)},
                              {"since_ms", unix_ms(state.since)},
                              {"behind", state.behind}};
  if (state.next_try) live["next_try_ms"] = unix_ms(*state.next_try);
  if (state.trouble) live["why"] = state.trouble->what;
  return live;
}

/// What is gone from the server and has not left the mirror, by folder.
struct FolderWaits {
  std::string name;
  std::uint64_t for_person = 0;
  std::uint64_t for_pass = 0;
  std::int64_t since_ms = 0;
};

std::vector<FolderWaits> waits_of(const AccountReport& report) {
  std::map<FolderId, FolderWaits> waits;
  for (const WaitingDeparture& one : report.waiting) {
    FolderWaits& folder = waits[one.folder];
    folder.name = folder_name(report, one.folder);
    (one.for_person ? folder.for_person : folder.for_pass) += one.uids.count();
    if (folder.since_ms == 0 || one.since_ms < folder.since_ms) folder.since_ms = one.since_ms;
  }
  std::vector<FolderWaits> folders;
  for (auto& one : waits) folders.push_back(std::move(one.second));
  return folders;
}

/// Folders that are owed. What waits for a person is said by its folder, with its command.
std::string owed_lines(const AccountReport& report, const std::string& account) {
  if (!report.last_pass) return "";
  std::set<std::string> said;
  for (const FolderWaits& folder : waits_of(report)) {
    said.insert(folder.name + ": " + gone_at_once(folder.for_person, account));
  }
  std::string text;
  for (const std::string& owed : report.last_pass->owed) {
    if (!said.contains(owed)) text += "  owed: " + sentence_shown(owed, 2000) + "\n";
  }
  return text;
}

bool has_tokens(const Settings& settings) {
  return std::any_of(settings.accounts.begin(), settings.accounts.end(), [](const auto& account) {
    return std::holds_alternative<OAuthOptions>(account.auth.proof);
  });
}

}  // namespace

std::string status_text(const Settings& settings, const std::vector<AccountReport>& reports,
                        WallTime now, const LiveStates& live, const TokenStates& tokens) {
  std::string text;
  for (const AccountSettings& account : settings.accounts) {
    const AccountReport* report = find(reports, account.name);
    const auto state = live.find(account.name);
    if (state != live.end()) text += live_text(account.name, state->second, now);
    if (report == nullptr || !report->last_pass) {
      text += state == live.end() ? never_ended(report, account) : "  no pass has ended yet\n";
      if (report == nullptr || state == live.end()) {
        text += token_line(account.name, tokens, now);
        continue;
      }
    }
    const PassSummary pass = report->last_pass.value_or(PassSummary{});
    if (report->last_pass && state == live.end()) {
      text += fmt::format("{}: {} {}\n", account.name, pass.outcome, ago(pass.ended_ms, now));
    } else if (report->last_pass) {
      text += fmt::format("  last pass {} {}\n", pass.outcome, ago(pass.ended_ms, now));
    }
    text += "  " + stored_words(totals_of(*report), describe(account.store).place) + "\n";
    if (report->last_pass && pass.outcome != "complete") {
      text += report->complete_ms == 0 ? "  never complete yet\n"
                                       : "  last complete " + ago(report->complete_ms, now) + "\n";
    }
    const bool is_said =
        state != live.end() && state->second.trouble && state->second.trouble->what == pass.detail;
    if (!pass.detail.empty() && !is_said) text += "  " + sentence_shown(pass.detail, 2000) + "\n";
    text += token_line(account.name, tokens, now);
    text += choice_lines(*report, now);
    text += owed_lines(*report, account.name);
    for (const LedgerFolder& folder : report->folders) {
      if (folder.missing_since_ms == 0) continue;
      text += fmt::format("  {}: not listed by the server since {}\n", folder_name(folder),
                          ago(folder.missing_since_ms, now));
    }
    for (const FolderWaits& folder : waits_of(*report)) {
      if (folder.for_person > 0) {
        text += "  " + folder.name + ": " + gone_at_once(folder.for_person, account.name) + "\n";
      }
      if (folder.for_pass > 0) {
        text += fmt::format("  {}: {} messages are gone from the server; a later pass decides\n",
                            folder.name, with_commas(folder.for_pass));
      }
    }
    for (const QuarantinedMessage& message : report->quarantined) {
      text +=
          fmt::format("  owed: {}, UID {}: {} ({})\n", folder_name(*report, message.key.folder),
                      message.key.uid.value, message.reason, counted(message.attempts, "attempt"));
    }
    text += doubt_lines(*report);
  }
  if (has_tokens(settings)) {
    text += settings.state_key ? "tokens are encrypted with `state_key`\n"
                               : "tokens are not encrypted; file permissions protect them\n";
  }
  return text;
}

std::string status_json(const Settings& settings, const std::vector<AccountReport>& reports,
                        const LiveStates& live, const TokenStates& tokens) {
  nlohmann::ordered_json accounts = nlohmann::ordered_json::array();
  for (const AccountSettings& account : settings.accounts) {
    nlohmann::ordered_json entry;
    entry["account"] = account.name;
    entry["store"] = describe(account.store).place;
    const AccountReport* report = find(reports, account.name);
    entry["state"] = report != nullptr && report->last_pass ? report->last_pass->outcome : "never";
    if (const auto now = live.find(account.name); now != live.end()) {
      entry["daemon"] = live_json(now->second);
    }
    if (const auto facts = tokens.find(account.name); facts != tokens.end())
      entry["token"] = token_json(facts->second);
    if (report != nullptr) {
      const Totals totals = totals_of(*report);
      entry["store_id"] = report->store_id;
      entry["messages"] = totals.stored;
      entry["bytes"] = totals.bytes;
      entry["complete_ms"] = report->complete_ms;
      if (report->last_pass) {
        entry["last_pass"] = {{"started_ms", report->last_pass->started_ms},
                              {"ended_ms", report->last_pass->ended_ms},
                              {"stored", report->last_pass->stored},
                              {"stored_bytes", report->last_pass->stored_bytes},
                              {"gone", report->last_pass->gone},
                              {"error", report->last_pass->detail}};
      }
      entry["folders"] = nlohmann::ordered_json::array();
      for (const LedgerFolder& folder : report->folders) {
        entry["folders"].push_back({{"name", folder_name(folder)},
                                    {"path", folder.record.path},
                                    {"messages", folder.stored},
                                    {"bytes", folder.stored_bytes},
                                    {"quarantined", folder.quarantined},
                                    {"missing_since_ms", folder.missing_since_ms},
                                    {"left_out", is_left_out(*report, folder)}});
        const std::string unusual = unusual_of(folder.cursor);
        if (!unusual.empty()) entry["folders"].back()["unusual"] = unusual;
      }
      add_choice(*report, entry);
      entry["owed_folders"] =
          report->last_pass ? report->last_pass->owed : std::vector<std::string>();
      entry["owed"] = nlohmann::ordered_json::array();
      for (const QuarantinedMessage& message : report->quarantined) {
        entry["owed"].push_back({{"folder", folder_name(*report, message.key.folder)},
                                 {"uid", message.key.uid.value},
                                 {"reason", message.reason},
                                 {"attempts", message.attempts},
                                 {"since_ms", message.since_ms}});
      }
      entry["gone"] = nlohmann::ordered_json::array();
      bool for_person = false;
      for (const FolderWaits& folder : waits_of(*report)) {
        for_person = for_person || folder.for_person > 0;
        entry["gone"].push_back({{"folder", folder.name},
                                 {"wait_for_you", folder.for_person},
                                 {"wait_for_a_later_pass", folder.for_pass},
                                 {"since_ms", folder.since_ms}});
      }
      if (for_person) entry["command"] = "imapkeep sync --accept-gone " + account.name;
      entry["other_sizes"] = report->other_sizes;
      entry["doubtful"] = nlohmann::ordered_json::array();
      for (const DoubtfulMessage& message : report->doubtful) {
        entry["doubtful"].push_back({{"folder", folder_name(*report, message.key.folder)},
                                     {"uid", message.key.uid.value},
                                     {"why", message.why}});
      }
    }
    accounts.push_back(std::move(entry));
  }
  nlohmann::ordered_json all{{"accounts", std::move(accounts)}};
  if (has_tokens(settings)) all["tokens"] = settings.state_key ? "encrypted" : "plain";
  // A folder's path may hold bytes that are no UTF-8 only if the disk was written by somebody else.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int status_exit_code(const Settings& settings, const std::vector<AccountReport>& reports) {
  const bool complete = std::all_of(
      settings.accounts.begin(), settings.accounts.end(), [&](const AccountSettings& account) {
        const AccountReport* report = find(reports, account.name);
        return report != nullptr && report->last_pass && report->last_pass->outcome == "complete";
      });
  return complete ? 0 : 1;
}

}  // namespace imapkeep
