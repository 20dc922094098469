// What a refusal means for the one who has to act on it. Servers say no in response codes (RFC 5530
// and others), in English, or in nothing but NO; a table turns all three into a Remedy and a
// Trouble. The code decides first, because it was made for machines; then known phrases; then what
// had been asked. "Come back later" must never look like a wrong password, and one folder's NO must
// never stop the account.
#pragma once

#include <optional>
#include <string>

#include "daemon/base/result.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

enum class Asked {
  kLogin,    ///< everything up to the end of the login
  kAccount,  ///< about the account as a whole: LIST, NOOP
  kFolder,   ///< about one folder: STATUS, EXAMINE, SEARCH, FETCH
  kNothing,  ///< BYE: the server speaks of itself
};

/// The sentence quotes the server: `server said NO [LIMIT]: too many connections`.
Error refused(const StatusResponse& said, Asked asked);

/// What a person has to see (RFC 9051 §7.1, and Gmail's WEBALERT with its address); empty: nothing.
std::string alert_in(const StatusResponse& said);

/// What was asked about a folder cannot be answered, in our own words.
Error about_folder(std::string what);

/// The refusal is about our rights in a folder that is there (RFC 4314): it is not gone.
bool lacks_right(const Error& refusal);

/// The server asks for patience with the whole account (throttling, too many connections, a daily
/// limit): true even where a NO would otherwise be about one message. Going on would turn one
/// throttle into a failure of every message.
bool is_throttled(const StatusResponse& said);

/// The server's word for a session that is over, whatever had been asked: its token has ended, or a
/// day is.
bool is_session_over(const StatusResponse& said);

/// The server's code or words are among those that are known here. Whoever ends a connection in
/// reply to a login, and says nothing of the kind, means that login.
bool has_known_meaning(const StatusResponse& said);

/// AUTHENTICATE was refused because of its mechanism, or was not understood at all: the secret has
/// not been looked at, and may be sent in another way.
bool is_mechanism_unknown(const StatusResponse& said);

/// Of a session that began with a token: the server names the token as the reason for its NO or
/// BYE. A NO may quote a folder's name, so it is believed by fewer words.
bool blames_token(const StatusResponse& said);

/// Exchange lets a login pass and then refuses everything: "User is authenticated but not
/// connected".
bool is_hollow_login(const StatusResponse& said);

}  // namespace imapkeep::imap
