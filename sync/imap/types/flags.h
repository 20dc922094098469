// What is said of a message (RFC 9051 §2.3.2): six system flags that a Maildir name can carry
// ($Forwarded counts as one, as in Maildir's P), and keywords. \Recent is not kept: it says
// something of a session, not of a message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imapkeep {

struct Flags {
  bool draft = false;                 ///< D, \Draft
  bool flagged = false;               ///< F, \Flagged
  bool forwarded = false;             ///< P, $Forwarded
  bool answered = false;              ///< R, \Answered
  bool seen = false;                  ///< S, \Seen
  bool deleted = false;               ///< T, \Deleted
  std::vector<std::string> keywords;  ///< every other flag as the server spells it; sorted, unique

  bool operator==(const Flags&) const = default;

  /// One flag as a server writes it ("\\Seen", "$Forwarded", "Work"), in any case; \Recent is
  /// ignored.
  void add(std::string_view flag);
  /// Thousands of them in no more time than it takes to sort them.
  void add_all(std::vector<std::string> flags);
  /// Maildir's letters in ASCII order: "DFPRST".
  [[nodiscard]] std::string maildir_letters() const;
  /// Unknown letters are ignored. Keywords stay empty.
  static Flags from_maildir_letters(std::string_view letters);
  /// Bits 0..5 = D F P R S T, for the ledger.
  [[nodiscard]] std::uint32_t bits() const;
  static Flags from_bits(std::uint32_t bits);

 private:
  bool add_system_flag(std::string_view flag);
};

}  // namespace imapkeep
