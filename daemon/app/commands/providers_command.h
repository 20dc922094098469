// What is known of mail providers, for people: the table in a line each, or one of them with the
// steps that lead to a client or an app password. Needs no configuration: this is where one begins.
#pragma once

#include "daemon/app/cli.h"

namespace imapkeep {

/// `command.accounts`: the provider's name, or nothing for all.
CliAnswer show_providers(const Command& command);

}  // namespace imapkeep
