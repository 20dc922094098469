#include "sync/plan/mailbox_facts.h"

namespace imapkeep {
namespace {

std::optional<std::uint64_t> within(std::optional<std::uint64_t> value, std::uint64_t least,
                                    std::uint64_t most) {
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

}  // namespace

MailboxFacts MailboxFacts::from_server(std::optional<std::uint64_t> messages,
                                       std::optional<std::uint64_t> uid_next,
                                       std::optional<std::uint64_t> uid_validity,
                                       std::optional<std::uint64_t> highest_mod_seq) {
  MailboxFacts facts;
  facts.messages = within(messages, 0, 0xffffffff);
  // One more than a uniqueid can be: the mailbox whose last UID is taken.
  facts.uid_next = within(uid_next, 1, std::uint64_t{0xffffffff} + 1);
  if (within(uid_validity, 1, 0xffffffff)) {
    facts.uid_validity = static_cast<std::uint32_t>(*uid_validity);
  }
  facts.highest_mod_seq = within(highest_mod_seq, 1, 0x7fffffffffffffff);
  return facts;
}

}  // namespace imapkeep
