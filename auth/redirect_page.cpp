#include "auth/redirect_page.h"

#include "daemon/base/hash.h"

namespace imapkeep {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;"
    "font:16px/1.5 system-ui,sans-serif;background:#f3f5f7;color:#1d2733}"
    "main{max-width:26rem;margin:1rem;padding:2.5rem;background:#fff;border-radius:12px;"
    "box-shadow:0 1px 3px #0002,0 8px 24px #0001;border-top:6px solid #5b6b7b}"
    "main.yes{border-color:#1f8a4c}main.no{border-color:#c0392b}"
    "h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.25}p{margin:.5rem 0 0}"
    "footer{margin-top:1.5rem;font-size:.85rem;color:#667788}"
    "@media(prefers-color-scheme:dark){body{background:#12161a;color:#e6ebf0}"
    "main{background:#1c2228}footer{color:#93a1af}}";

HttpResponse page(int status, const char* kind, const char* title, const char* text) {
  static const std::string hash = [] {
    const Sha256Digest digest = Sha256::of(kStyle);
    return "sha256-" +
           to_base64({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
  }();
  std::string html =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>";
  html.append(title).append(" · imapkeep</title><style>").append(kStyle);
  html.append("</style></head><body><main class=\"").append(kind).append("\"><h1>");
  html.append(title).append("</h1>").append(text);
  html.append("<footer>imapkeep on this computer</footer></main></body></html>\n");
  HttpResponse response;
  response.status = status;
  response.body = std::move(html);
  response.style_hash = hash;
  return response;
}

}  // namespace

HttpResponse page_for(const RedirectVerdict& verdict) {
  if (std::holds_alternative<RedirectCode>(verdict)) {
    return page(200, "yes", "Permission received",
                "<p>imapkeep now tries whether it works. <b>Look at the terminal</b> to see how "
                "that ends.</p><p>You can close this window.</p>");
  }
  if (const auto* refused = std::get_if<RedirectRefused>(&verdict)) {
    if (refused->declined) {
      return page(200, "no", "Permission declined",
                  "<p>Nothing was stored, and imapkeep cannot read this mailbox.</p>"
                  "<p>You can close this window. To try again, run the login again in the "
                  "terminal.</p>");
    }
    return page(200, "no", "The provider said no",
                "<p>The login did not work. <b>The terminal says why</b> and what to do.</p>"
                "<p>You can close this window.</p>");
  }
  const auto& ignored = std::get<RedirectIgnored>(verdict);
  if (ignored.again) {
    return page(ignored.status, "known", "Answered already",
                "<p>The answer to this login came before. <b>The terminal says</b> how it ends.</p>"
                "<p>You can close this window.</p>");
  }
  const int status = ignored.status;
  return page(status, "no", status == 404 ? "Nothing here" : "Not an answer to this login",
              "<p>This address only takes the answer to a login that is under way, and this was "
              "none. The login still waits.</p><p>You can close this window.</p>");
}

}  // namespace imapkeep
