// What servers and networks do to one account: each fault lasts for a while, and then the server is
// itself again. New connections meet the fault; what is connected is sometimes cut as well, so that
// it is met at once.
#include <utility>

#include "tests/simulator/simulation.h"

namespace imapkeep::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Most faults are short, some last.
Duration a_while(Simulation& sim) {
  return sim.chance.one_in(4) ? sim.chance.up_to(minutes(90)) : sim.chance.up_to(minutes(5));
}

void ends_later(Simulation& sim, SimAccount& account) {
  sim.later(a_while(sim), [&sim, &account] {
    sim.log.note(account.host + " is itself again");
    account.calm();
  });
}

void perhaps_cut(Simulation& sim, SimAccount& account) {
  if (sim.chance.one_in(2)) sim.network.cut_all(account.host);
}

/// One fault of one account.
template <void (*kSet)(Simulation&, SimAccount&)>
void for_a_while(Simulation& sim) {
  SimAccount& account = sim.any_account();
  kSet(sim, account);
  perhaps_cut(sim, account);
  ends_later(sim, account);
}

void refuse(Simulation& sim, SimAccount& account) {
  static constexpr Remedy kRemedies[] = {Remedy::kRetrySoon, Remedy::kRetrySoon,
                                         Remedy::kRetryLater, Remedy::kNeedsOperator};
  account.network.refusal =
      Error{kRemedies[sim.chance.below(4)], Trouble::kServer, "connection refused", 0};
}

void swallow(Simulation&, SimAccount& account) { account.network.swallows = true; }

void distrust(Simulation&, SimAccount& account) {
  account.network.tls_error = "the certificate has expired";
}

void greet_badly(Simulation& sim, SimAccount& account) {
  account.server.greeting =
      sim.chance.one_in(2) ? "* BYE too many connections" : "* BYE [UNAVAILABLE] come later";
}

void refuse_login(Simulation& sim, SimAccount& account) {
  static constexpr const char* kWords[] = {"NO [UNAVAILABLE] later", "NO [LIMIT] too many sessions",
                                           "NO [INUSE] come back"};
  account.server.refuse_login = kWords[sim.chance.below(3)];
}

void lie_about_login(Simulation& sim, SimAccount& account) {
  sim.lied = true;
  account.server.refuse_login = "NO [AUTHENTICATIONFAILED] no such user or password";
}

void cut_early(Simulation& sim, SimAccount& account) {
  account.network.faults.cut_after = sim.chance.below(sim.chance.one_in(3) ? 40'000 : 3'000);
}

void stall_early(Simulation& sim, SimAccount& account) {
  account.network.faults.stall_after = sim.chance.below(sim.chance.one_in(3) ? 40'000 : 3'000);
}

void slow(Simulation& sim, SimAccount& account) {
  account.network.faults.latency = sim.chance.up_to(seconds(3));
  account.network.faults.piece = sim.chance.between(4'000, 20'000);
}

void crumble(Simulation& sim, SimAccount& account) {
  account.network.faults.latency = sim.chance.up_to(milliseconds(2));
  account.network.faults.piece = sim.chance.between(40, 400);
}

void idle_badly(Simulation& sim, SimAccount& account) {
  switch (sim.chance.below(3)) {
    case 0:
      account.server.idle_says_nothing = true;
      return;
    case 1:
      account.server.idle_keeps_news = true;
      return;
    default:
      account.server.refuse_idle = sim.chance.one_in(2) ? "BAD unknown" : "NO not now";
  }
}

void refuse_list(Simulation& sim, SimAccount& account) {
  account.server.refuse_list = sim.chance.one_in(2) ? "NO [SERVERBUG] oops" : "BAD what";
}

void refuse_fetch(Simulation& sim, SimAccount& account) {
  account.server.refuse_fetch =
      sim.chance.one_in(2) ? "NO [OVERQUOTA] enough for today" : "NO [UNAVAILABLE] later";
}

void spoil_folder(Simulation& sim, SimAccount& account) {
  const auto folders = account.folders();
  ModelFaults& faults = account.server.box(folders[sim.chance.below(folders.size())]).faults;
  switch (sim.chance.below(5)) {
    case 0:
      faults.not_listed = true;  // although STATUS would find it: a LIST that lies
      return;
    case 1:
      faults.refuse_examine = "NO [NOPERM] not yours";
      return;
    case 2:
      faults.refuse_examine = "NO [SERVERBUG] oops";
      return;
    case 3:
      faults.no_mod_seq = true;
      return;
    default:
      faults.no_uid_validity = true;
  }
}

void spoil_mail(Simulation& sim, SimAccount& account) {
  for (const MailPlace& mail : account.mail()) {
    if (!sim.chance.one_in(15)) continue;
    ModelFaults& faults = account.server.box(mail.folder).faults;
    std::set<std::uint32_t>* const kinds[] = {&faults.omit_body, &faults.refuse_body,
                                              &faults.disconnect_at, &faults.nil_body,
                                              &faults.omit_search};
    kinds[sim.chance.below(std::size(kinds))]->insert(mail.uid);
  }
  // And what comes next. (Facts of stored mail are not left out: a server that says nothing of a
  // change of flags, and that nothing is left, is not found out.)
  for (const auto& folder : account.folders()) {
    ModelMailbox& box = account.server.box(folder);
    if (sim.chance.one_in(3)) box.faults.omit_facts.insert(box.uid_next);
    if (sim.chance.one_in(3)) box.faults.disconnect_at.insert(box.uid_next);
    if (sim.chance.one_in(3)) box.faults.nil_body.insert(box.uid_next + 1);
    if (sim.chance.one_in(3)) box.faults.refuse_body.insert(box.uid_next + 2);
  }
}

// For less than the two minutes after which a second LIST is believed, and once: of two such
// moments each would be a witness.
void lose_folder(Simulation& sim) {
  SimAccount& account = sim.any_account();
  if (std::exchange(account.has_lost_folder, true)) return;
  const auto folders = account.folders();
  ModelFaults& faults = account.server.box(folders[sim.chance.below(folders.size())]).faults;
  faults.not_listed = true;
  faults.refuse_status = "NO [NONEXISTENT] no such folder";
  faults.refuse_examine = "NO [NONEXISTENT] no such folder";
  perhaps_cut(sim, account);
  sim.later(sim.chance.up_to(seconds(110)), [&account] { account.find_folders(); });
}

// Where something has happened, or nobody would look. As often as it likes: STATUS knows of them.
void overlook_mail(Simulation& sim, SimAccount& account) {
  if (!account.overlook_some(6)) return;
  for (const auto& folder : account.folders()) {
    if (account.server.box(folder).faults.overlooked.empty()) continue;
    account.deliver(folder, "Subject: " + std::to_string(sim.chance.any()) + "\r\n\r\n");
  }
}

}  // namespace

std::vector<EventKind> server_events() {
  return {
      {"dials are refused", 3, for_a_while<refuse>},
      {"dials are swallowed", 2, for_a_while<swallow>},
      {"the certificate is bad", 1, for_a_while<distrust>},
      {"the server greets with BYE", 2, for_a_while<greet_badly>},
      {"the server lets nobody in for now", 2, for_a_while<refuse_login>},
      {"the server calls the password wrong", 1, for_a_while<lie_about_login>},
      {"connections are cut after some bytes", 4, for_a_while<cut_early>},
      {"connections stall after some bytes", 4, for_a_while<stall_early>},
      {"the network is slow", 3, for_a_while<slow>},
      {"bytes come in crumbs", 2, for_a_while<crumble>},
      {"the server idles badly", 3, for_a_while<idle_badly>},
      {"LIST is refused", 1, for_a_while<refuse_list>},
      {"FETCH is refused", 2, for_a_while<refuse_fetch>},
      {"a folder is ill", 3, for_a_while<spoil_folder>},
      {"messages are ill", 3, for_a_while<spoil_mail>},
      {"a folder is away for a moment", 3, lose_folder},
      {"messages are overlooked", 3, for_a_while<overlook_mail>},
      {"connections are cut", 4,
       [](Simulation& sim) { sim.network.cut_all(sim.any_account().host); }},
      {"connections are half open", 4,
       [](Simulation& sim) { sim.network.half_open_all(sim.any_account().host); }},
      {"BYE", 3, [](Simulation& sim) { sim.any_account().server.say_bye("shutting down"); }},
      {"IDLE is ended by the server", 2,
       [](Simulation& sim) { sim.any_account().server.end_idles(); }},
  };
}

}  // namespace imapkeep::sim
