// Which events have an explanation of their own: a MESSAGE_ID, by which `journalctl -x` finds the
// entry in systemd/imapkeep.catalog and a monitor finds the event. tests/systemd_test.py holds this
// table against the catalog and against the events that the program logs.
#pragma once

#include <string_view>

namespace imapkeep {

/// 32 lower-case hex digits; empty: the event has none.
std::string_view journal_message_id(std::string_view event);

}  // namespace imapkeep
