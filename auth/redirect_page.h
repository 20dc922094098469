// What the browser shows at the end of its way: static text without script, which repeats nothing
// that was in the address. Success is not said here, since the login is proven only afterwards.
#pragma once

#include "auth/redirect_check.h"
#include "daemon/base/http_server.h"

namespace imapkeep {

HttpResponse page_for(const RedirectVerdict& verdict);

}  // namespace imapkeep
