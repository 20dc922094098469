// What people and other mail programs do on the server.
#include <algorithm>

#include "tests/simulator/simulation.h"

namespace imapkeep::sim {
namespace {

constexpr std::size_t kMostMail = 120;  // on one server

std::string new_body(Simulation& sim, SimAccount& account) {
  Chance& chance = sim.chance;
  if (const std::string* old = account.any_old_body(); old && chance.one_in(10)) return *old;
  if (chance.one_in(60)) return "";
  std::string text =
      "From: someone@example.org\r\nSubject: " + std::to_string(chance.any()) + "\r\n\r\n";
  const std::uint64_t size = chance.one_in(60)   ? chance.between(100'000, 400'000)
                             : chance.one_in(10) ? chance.between(5'000, 60'000)
                                                 : chance.below(500);
  const std::string line =
      chance.one_in(5) ? "with bare line ends\n" : "Line after line of it.\r\n";
  while (text.size() < size) text += line;
  return text;
}

std::string some_folder(Simulation& sim, const SimAccount& account) {
  const auto folders = account.folders();
  if (account.server.has_folder("INBOX") && sim.chance.one_in(3)) return "INBOX";
  return folders[sim.chance.below(folders.size())];
}

/// Of a folder that is not there yet; empty: all are.
std::string new_folder_name(Simulation& sim, const SimAccount& account) {
  static constexpr const char* kNames[] = {
      "Archive", "Sent", "Work",    "Work/2024", "Entw&APw-rfe", "R&D",  "Lists/a/b",
      "cur",     "100%", ".hidden", "Spam",      "INBOX/Sub",    "Trash"};
  for (int tries = 0; tries < 10; ++tries) {
    std::string name = kNames[sim.chance.below(std::size(kNames))];
    std::replace(name.begin(), name.end(), '/', account.server.delimiter);
    if (!account.server.has_folder(name)) return name;
  }
  return "";
}

/// Not INBOX; empty: there is none.
std::string some_mortal_folder(Simulation& sim, const SimAccount& account) {
  auto folders = account.folders();
  std::erase(folders, "INBOX");
  return folders.empty() ? "" : folders[sim.chance.below(folders.size())];
}

void deliver(Simulation& sim, SimAccount& account) {
  if (account.mail().size() > kMostMail) return;
  const std::string folder = some_folder(sim, account);
  for (std::uint64_t n = sim.chance.one_in(4) ? sim.chance.between(2, 12) : 1; n > 0; --n) {
    account.deliver(folder, new_body(sim, account));
  }
}

/// Does something to a message, if there is one.
template <class Does>
void to_some_mail(Simulation& sim, SimAccount& account, const Does& does) {
  const auto mail = account.mail();
  if (!mail.empty()) does(mail[sim.chance.below(mail.size())]);
}

// More than three missing folders are, rightly, not believed without a person.
bool may_miss_one_more(const SimAccount& account) { return account.folders_missing() < 3; }

void rename(Simulation& sim) {
  SimAccount& account = sim.any_account();
  const std::string from = some_mortal_folder(sim, account);
  const std::string to = new_folder_name(sim, account);
  if (!from.empty() && !to.empty() && may_miss_one_more(account)) account.rename_folder(from, to);
}

void remove(Simulation& sim) {
  SimAccount& account = sim.any_account();
  const std::string folder = some_mortal_folder(sim, account);
  if (!folder.empty() && may_miss_one_more(account)) account.delete_folder(folder);
}

void renumber(Simulation& sim) {
  SimAccount& account = sim.any_account();
  account.bump_uid_validity(some_folder(sim, account));
}

}  // namespace

void make_folder(Simulation& sim, SimAccount& account) {
  const std::string name = new_folder_name(sim, account);
  if (!name.empty()) account.create_folder(name);
}

void some_mail_happens(Simulation& sim, SimAccount& account) {
  switch (sim.chance.below(12)) {
    case 0:
      return to_some_mail(sim, account, [&](const MailPlace& mail) { account.flag(mail); });
    case 1:
      return to_some_mail(sim, account, [&](const MailPlace& mail) { account.expunge(mail); });
    case 2:
      return to_some_mail(sim, account, [&](const MailPlace& mail) {
        account.move(mail, some_folder(sim, account));
      });
    case 3:
      if (account.mail().size() > kMostMail) return;
      return to_some_mail(sim, account, [&](const MailPlace& mail) {
        account.copy(mail, some_folder(sim, account));
      });
    default:
      return deliver(sim, account);
  }
}

std::vector<EventKind> mail_events() {
  return {
      {"mail is delivered", 20, [](Simulation& sim) { deliver(sim, sim.any_account()); }},
      {"a flag is set", 10,
       [](Simulation& sim) {
         SimAccount& account = sim.any_account();
         to_some_mail(sim, account, [&](const MailPlace& mail) { account.flag(mail); });
       }},
      {"mail is moved", 8,
       [](Simulation& sim) {
         SimAccount& account = sim.any_account();
         to_some_mail(sim, account, [&](const MailPlace& mail) {
           account.move(mail, some_folder(sim, account));
         });
       }},
      {"mail is expunged", 8,
       [](Simulation& sim) {
         SimAccount& account = sim.any_account();
         for (std::uint64_t n = sim.chance.between(1, 5); n > 0; --n) {
           to_some_mail(sim, account, [&](const MailPlace& mail) { account.expunge(mail); });
         }
       }},
      {"a folder is made", 4, [](Simulation& sim) { make_folder(sim, sim.any_account()); }},
      {"a folder is renamed", 3, rename},
      {"a folder is deleted", 2, remove},
      {"a folder is numbered anew", 2, renumber},
  };
}

}  // namespace imapkeep::sim
