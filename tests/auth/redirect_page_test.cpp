#include "auth/redirect_page.h"

#include <catch2/catch.hpp>

#include "daemon/base/hash.h"

using namespace imapkeep;

TEST_CASE("the browser's last page says what happened and nothing that it was told") {
  struct Case {
    RedirectVerdict verdict;
    int status;
    const char* title;
  };
  const std::string told = "SENT<script>";
  for (const Case& item : std::vector<Case>{
           {RedirectCode{Secret(told)}, 200, "Permission received"},
           {RedirectRefused{told, true, told}, 200, "Permission declined"},
           {RedirectRefused{told, false, told}, 200, "The provider said no"},
           {RedirectIgnored{404, told}, 404, "Nothing here"},
           {RedirectIgnored{400, told}, 400, "Not an answer to this login"},
           {RedirectIgnored{405, told}, 405, "Not an answer to this login"},
           {RedirectIgnored{400, told, true}, 400, "Answered already"},
       }) {
    const HttpResponse page = page_for(item.verdict);
    CHECK(page.status == item.status);
    CHECK(page.body.find("<h1>" + std::string(item.title) + "</h1>") != std::string::npos);
    CHECK(page.body.find("close this window") != std::string::npos);
    CHECK(page.body.find("SENT") == std::string::npos);
    CHECK(page.body.find("script") == std::string::npos);
    CHECK(page.body.find("http") == std::string::npos);  // fetches nothing
    // The policy allows this style and no other.
    const std::size_t from = page.body.find("<style>") + 7;
    const auto digest = Sha256::of(page.body.substr(from, page.body.find("</style>") - from));
    CHECK(page.style_hash ==
          "sha256-" +
              to_base64({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()}));
  }
}
