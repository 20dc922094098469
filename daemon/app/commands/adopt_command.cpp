#include "daemon/app/commands/adopt_command.h"

#include <unistd.h>

#include <utility>

#include "daemon/app/account_choice.h"
#include "daemon/app/system_ports.h"
#include "daemon/base/exit_code.h"
#include "daemon/io/log_sink.h"

namespace imapkeep {

AdoptCommand::AdoptCommand(Application& application, EventLoop& loop, Terminal& screen)
    : application_(application),
      loop_(loop),
      screen_(screen),
      account_(*application.accounts.front()),
      configured_{account_.settings.server.host, account_.settings.auth.user,
                  account_.settings.auth.authzid},
      adoption_(application.deps_of(account_, progress_), account_.settings.name,
                account_.settings.server) {}

int AdoptCommand::run() {
  ledger_opening_ = application_.ledger->open([this](const Result<LedgerOpening>& opening) {
    if (!opening) {
      return end_with("imapkeep: " + opening.error().what, exit_code(opening.error().trouble));
    }
    operation_ =
        adoption_.start([this](const Result<Adoption>& adoption) { on_adopted(adoption); });
  });
  loop_.run();
  return exit_code_;
}

void AdoptCommand::on_adopted(const Result<Adoption>& adoption) {
  const std::string name = account_.settings.name;
  if (!adoption) {
    return end_with(name + ": " + adoption.error().what, exit_code(adoption.error().trouble));
  }
  const std::string store = describe(account_.settings.store).place;
  const OwnerClaim& before = adoption->claim;
  if (!adoption->written) {
    return end_with(name + ": " + store + " holds the mail of " + words_of(configured_) +
                        " already; nothing was written",
                    kExitOk);
  }
  std::string line = name + ": " + store + " is the store of " + words_of(configured_) + " now";
  if (before.recorded) {
    line += ", no longer of " + words_of(*before.recorded);
  } else if (!before.made_for_another.empty()) {
    line += "; it was made for " + before.made_for_another;
  }
  if (adoption->put_away > 0) {
    line += ". " + std::to_string(adoption->put_away) +
            " stored messages whose numbers the new mailbox gives to others were put into "
            ".imapkeep/gone";
  }
  line += std::string(
              ". What else it holds and this mailbox does not have leaves the live tree when ") +
          "the next passes agree on it, and is " +
          (account_.settings.mirror.keep_expunged ? "kept in .imapkeep/gone (`on_expunge: keep`)"
                                                  : "removed (`on_expunge: remove`)");
  end_with(line, kExitOk);
}

void AdoptCommand::end_with(const std::string& line, int code) {
  screen_.write_line(line);
  exit_code_ = code;
  loop_.stop();
}

int run_adopt(CommandInput input) {
  auto chosen = choose_account(input.settings, input.command.accounts);
  if (!chosen) return complain(chosen.error());
  input.settings.accounts = {std::move(*chosen)};
  Terminal screen(STDOUT_FILENO);
  SystemPorts system(std::move(input.environment));
  LineLogSink sink(system.clock, level_of(input.command), write_to_stderr, reader_of_stderr());
  const auto application = Application::open(system.ports(), std::move(input.settings), Log(sink));
  if (!application) return complain(application.error());
  return AdoptCommand(**application, system.loop, screen).run();
}

}  // namespace imapkeep
