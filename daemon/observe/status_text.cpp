#include "daemon/observe/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "daemon/base/sentence.h"
#include "daemon/observe/progress_line.h"
#include "daemon/observe/status_choice.h"
#include "daemon/observe/status_doubts.h"
#include "daemon/observe/status_sums.h"
#include "daemon/observe/status_words.h"

namespace imapkeep {
namespace {

/// "7,000 messages (1.2 GiB) in 3 folders in /srv/mail/work"
std::string stored_words(const StoredSum& sum, const std::string& path) {
  return counted(sum.stored, "message") + " (" + human_bytes(sum.bytes) + ") in " +
         counted(sum.folders, "folder") + " in " + path;
}

/// Of an account whose first pass has not come to an end.
std::string never_ended(const AccountSnapshot& account) {
  if (!account.report || account.report->folders.empty()) return account.name + ": never synced\n";
  return account.name + ": the first sync has not ended; what it has stored stays\n  " +
         stored_words(stored_sum(*account.report), account.store.place) + "\n";
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

std::string token_line(const AccountSnapshot& account, WallTime now) {
  if (!account.token) return "";
  return "  token: " + token_words(account.name, *account.token, now) + "\n";
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

/// The last pass that has ended, and what is stored.
std::string pass_lines(const AccountSnapshot& account, WallTime now) {
  const AccountReport& report = *account.report;
  const PassSummary pass = report.last_pass.value_or(PassSummary{});
  std::string text;
  if (report.last_pass && !account.live) {
    text += fmt::format("{}: {} {}\n", account.name, pass.outcome, ago(pass.ended_ms, now));
  } else if (report.last_pass) {
    text += fmt::format("  last pass {} {}\n", pass.outcome, ago(pass.ended_ms, now));
  }
  text += "  " + stored_words(stored_sum(report), account.store.place) + "\n";
  if (report.last_pass && pass.outcome != "complete") {
    text += report.complete_ms == 0 ? "  never complete yet\n"
                                    : "  last complete " + ago(report.complete_ms, now) + "\n";
  }
  const bool is_said =
      account.live && account.live->trouble && account.live->trouble->what == pass.detail;
  if (!pass.detail.empty() && !is_said) text += "  " + sentence_shown(pass.detail, 2000) + "\n";
  return text;
}

/// What is missing on either side, and what waits to leave.
std::string difference_lines(const AccountReport& report, const std::string& account,
                             WallTime now) {
  std::string text = owed_lines(report, account);
  for (const LedgerFolder& folder : report.folders) {
    if (folder.missing_since_ms == 0) continue;
    text += fmt::format("  {}: not listed by the server since {}\n", folder_name(folder),
                        ago(folder.missing_since_ms, now));
  }
  for (const FolderWaits& folder : waits_of(report)) {
    if (folder.for_person > 0) {
      text += "  " + folder.name + ": " + gone_at_once(folder.for_person, account) + "\n";
    }
    if (folder.for_pass > 0) {
      text += fmt::format("  {}: {} messages are gone from the server; a later pass decides\n",
                          folder.name, with_commas(folder.for_pass));
    }
  }
  for (const QuarantinedMessage& message : report.quarantined) {
    text +=
        fmt::format("  owed: {}, UID {}: {} ({})\n", folder_name(report, message.key.folder),
                    message.key.uid.value, message.reason, counted(message.attempts, "attempt"));
  }
  return text;
}

std::string account_text(const AccountSnapshot& account, WallTime now) {
  std::string text;
  if (account.live) text += live_text(account.name, *account.live, now);
  if (!account.report || !account.report->last_pass) {
    text += account.live ? "  no pass has ended yet\n" : never_ended(account);
    if (!account.report || !account.live) return text + token_line(account, now);
  }
  const AccountReport& report = *account.report;
  return text + pass_lines(account, now) + token_line(account, now) + choice_lines(report, now) +
         difference_lines(report, account.name, now) + doubt_lines(report);
}

}  // namespace

std::string status_text(const StatusSnapshot& snapshot) {
  std::string text;
  for (const AccountSnapshot& account : snapshot.accounts)
    text += account_text(account, snapshot.taken);
  switch (snapshot.tokens) {
    case StatusSnapshot::Tokens::kNone:
      break;
    case StatusSnapshot::Tokens::kPlain:
      text += "tokens are not encrypted; file permissions protect them\n";
      break;
    case StatusSnapshot::Tokens::kEncrypted:
      text += "tokens are encrypted with `state_key`\n";
      break;
  }
  return text;
}

}  // namespace imapkeep
