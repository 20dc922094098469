#include "daemon/observe/status_json.h"

#include <nlohmann/json.hpp>

#include "daemon/observe/status_choice.h"
#include "daemon/observe/status_doubts.h"
#include "daemon/observe/status_sums.h"
#include "daemon/observe/status_words.h"

namespace imapkeep {
namespace {

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

/// What the ledger knows of it.
void add_report(const AccountReport& report, nlohmann::ordered_json& entry) {
  const StoredSum sum = stored_sum(report);
  entry["store_id"] = report.store_id;
  entry["messages"] = sum.stored;
  entry["bytes"] = sum.bytes;
  entry["complete_ms"] = report.complete_ms;
  if (report.last_pass) {
    entry["last_pass"] = {{"started_ms", report.last_pass->started_ms},
                          {"ended_ms", report.last_pass->ended_ms},
                          {"stored", report.last_pass->stored},
                          {"stored_bytes", report.last_pass->stored_bytes},
                          {"gone", report.last_pass->gone},
                          {"error", report.last_pass->detail}};
  }
  entry["folders"] = nlohmann::ordered_json::array();
  for (const LedgerFolder& folder : report.folders) {
    entry["folders"].push_back({{"name", folder_name(folder)},
                                {"path", folder.record.path},
                                {"messages", folder.stored},
                                {"bytes", folder.stored_bytes},
                                {"quarantined", folder.quarantined},
                                {"missing_since_ms", folder.missing_since_ms},
                                {"left_out", is_left_out(report, folder)}});
    const std::string unusual = unusual_of(folder.cursor);
    if (!unusual.empty()) entry["folders"].back()["unusual"] = unusual;
  }
  add_choice(report, entry);
  entry["owed_folders"] = report.last_pass ? report.last_pass->owed : std::vector<std::string>();
  entry["owed"] = nlohmann::ordered_json::array();
  for (const QuarantinedMessage& message : report.quarantined) {
    entry["owed"].push_back({{"folder", folder_name(report, message.key.folder)},
                             {"uid", message.key.uid.value},
                             {"reason", message.reason},
                             {"attempts", message.attempts},
                             {"since_ms", message.since_ms}});
  }
  entry["gone"] = nlohmann::ordered_json::array();
  bool for_person = false;
  for (const FolderWaits& folder : waits_of(report)) {
    for_person = for_person || folder.for_person > 0;
    entry["gone"].push_back({{"folder", folder.name},
                             {"wait_for_you", folder.for_person},
                             {"wait_for_a_later_pass", folder.for_pass},
                             {"since_ms", folder.since_ms}});
  }
  if (for_person) entry["command"] = "imapkeep sync --accept-gone " + report.name;
  entry["other_sizes"] = report.other_sizes;
  entry["doubtful"] = nlohmann::ordered_json::array();
  for (const DoubtfulMessage& message : report.doubtful) {
    entry["doubtful"].push_back({{"folder", folder_name(report, message.key.folder)},
                                 {"uid", message.key.uid.value},
                                 {"why", message.why}});
  }
}

nlohmann::ordered_json account_json(const AccountSnapshot& account) {
  nlohmann::ordered_json entry;
  entry["account"] = account.name;
  entry["store"] = account.store.place;
  const bool has_passed = account.report && account.report->last_pass;
  entry["state"] = has_passed ? account.report->last_pass->outcome : "never";
  if (account.live) entry["daemon"] = live_json(*account.live);
  if (account.token) entry["token"] = token_json(*account.token);
  if (account.report) add_report(*account.report, entry);
  return entry;
}

}  // namespace

std::string status_json(const StatusSnapshot& snapshot) {
  nlohmann::ordered_json accounts = nlohmann::ordered_json::array();
  for (const AccountSnapshot& account : snapshot.accounts)
    accounts.push_back(account_json(account));
  nlohmann::ordered_json all{{"accounts", std::move(accounts)}};
  if (snapshot.tokens != StatusSnapshot::Tokens::kNone)
    all["tokens"] = snapshot.tokens == StatusSnapshot::Tokens::kEncrypted ? "encrypted" : "plain";
  // A folder's path may hold bytes that are no UTF-8 only if the disk was written by somebody else.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace imapkeep
