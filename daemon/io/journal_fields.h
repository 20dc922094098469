// A log line as the fields of an entry in systemd's journal. MESSAGE is the line that the terminal
// would show, without time and level, which the journal has of its own; besides it every LogField
// becomes IMAPKEEP_<KEY>, so that `journalctl IMAPKEEP_ACCOUNT=work` finds one account.
// Names are cleaned here. Values are bytes: what a server said cannot become another field,
// because a value with a line end is sent with its length (and MESSAGE escapes it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/log.h"

namespace imapkeep {

/// `NAME=value` each.
std::vector<std::string> journal_fields(LogLevel level, std::string_view event,
                                        const LogFields& fields);

/// syslog's number: 3 for an error, 7 for debugging.
int journal_priority(LogLevel level);

/// Does $JOURNAL_STREAM (`device:inode`, in decimal) name this file?
bool names_journal_stream(std::string_view journal_stream, std::uint64_t device,
                          std::uint64_t inode);

}  // namespace imapkeep
