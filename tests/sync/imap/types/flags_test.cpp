#include "sync/imap/types/flags.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("flags are known in any case, keywords are kept as spelled") {
  Flags flags;
  for (const std::string flag : {"\\SEEN", "$forwarded", "\\Recent", "\\RECENT", "Work", "$Junk",
                                 "Work", "\\Custom", "", "work", "\\flagged"}) {
    flags.add(flag);
  }
  CHECK(flags.maildir_letters() == "FPS");
  CHECK(flags.keywords == std::vector<std::string>{"$Junk", "Work", "\\Custom", "work"});
}

TEST_CASE("six letters and six bits say the same") {
  for (std::uint32_t bits = 0; bits < 64; ++bits) {
    const Flags flags = Flags::from_bits(bits);
    CHECK(flags.bits() == bits);
    CHECK(Flags::from_maildir_letters(flags.maildir_letters()) == flags);
  }
  CHECK(Flags::from_bits(63).maildir_letters() == "DFPRST");
  CHECK(Flags::from_bits(1).draft);
  CHECK(Flags::from_bits(32).deleted);
  CHECK(Flags::from_maildir_letters("aSzD?").maildir_letters() == "DS");
  CHECK(Flags::from_bits(0xffffffc0) == Flags{});
}
