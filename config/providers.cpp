// The table. Not tried live: facts are from the sources named with each.
#include "config/providers.h"

#include <algorithm>

namespace imapkeep {
namespace {

constexpr auto kCode = OAuthFlow::kCode;
constexpr auto kDevice = OAuthFlow::kDevice;
constexpr auto kServiceAccount = OAuthFlow::kServiceAccount;
constexpr auto kClientCredentials = OAuthFlow::kClientCredentials;

Provider gmail() {
  Provider p;
  p.name = "gmail";
  p.title = "Gmail and Google Workspace";
  p.host = "imap.gmail.com";
  p.flows = {kCode, kServiceAccount};
  p.issuer = "https://accounts.google.com";
  p.issuer_in_redirect = true;
  p.authorization = "https://accounts.google.com/o/oauth2/v2/auth";
  p.token = "https://oauth2.googleapis.com/token";
  p.revocation = "https://oauth2.googleapis.com/revoke";
  p.scope = "https://mail.google.com/";
  p.client_file = true;
  p.wants_secret = true;
  p.most_connections = 15;
  p.quota = "2500 MB to download, 500 MB to upload; beyond that logins are refused for up to a day";
  p.quirks = {
      "A session that was opened with a token ends with the token, after about an hour.",
      "Changing the password of the Google account ends every grant for mail.",
      "While the app is in \"Testing\" a grant ends after 7 days; publish it.",
      "Of more than 100 grants of one account to one client the oldest ends silently.",
      "A message is in \"[Gmail]/All Mail\" and in the folder of each of its labels. "
      "`folders: { exclude: [\"[Gmail]/Spam\", \"[Gmail]/Trash\"] }` leaves folders out.",
      "Labels hidden from IMAP, and \"Limit IMAP folders to contain no more than\" in Gmail's "
      "settings, make the mirror smaller than the mailbox.",
      "There is no device flow for mail scopes."};
  p.client_steps = {
      "Open https://console.cloud.google.com/ and create a project.",
      "In \"Google Auth Platform\" > \"Branding\" give the app a name and your address.",
      "In \"Audience\" choose \"External\" (in a Workspace of your own \"Internal\": then there is "
      "neither a warning nor a limit of 7 days).",
      "In \"Data access\" add the scope https://mail.google.com/ by hand.",
      "In \"Audience\" press \"Publish app\". It needs no verification for your own use; Google "
      "warns once, at the login, that it has none.",
      "In \"Clients\" create a client of the type \"Desktop app\" and download its JSON.",
      "Put the file where imapkeep can read it, close it to others (chmod 600), and say "
      "`auth: { oauth: { client: FILE } }`.",
      "For all mailboxes of a Workspace, instead: create a service account with a JSON key, let "
      "an administrator delegate to its numeric client id in admin.google.com > Security > API "
      "controls > Domain-wide delegation with the scope https://mail.google.com/, and say "
      "`flow: service-account`. It can take a day."};
  p.password_steps = {"Switch 2-Step Verification on at https://myaccount.google.com/security.",
                      "Create an app password at https://myaccount.google.com/apppasswords.",
                      "Put its 16 letters into a file, without blanks, chmod 600, and say "
                      "`auth: { password: { file: FILE } }`."};
  p.sources = {"https://developers.google.com/workspace/gmail/imap/imap-smtp",
               "https://developers.google.com/workspace/gmail/imap/xoauth2-protocol",
               "https://developers.google.com/identity/protocols/oauth2",
               "https://support.google.com/mail/answer/7126229",
               "https://support.google.com/a/answer/1071518"};
  p.read_on = "2026-11";
  return p;
}

/// What Outlook.com and Microsoft 365 have in common.
Provider microsoft() {
  Provider p;
  p.host = "outlook.office365.com";
  p.authorization = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize";
  p.token = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token";
  p.device = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode";
  p.scope = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access";
  p.mechanism = "XOAUTH2";
  p.redirect_host = "localhost";  // the portal takes no other; 127.0.0.1 is what is listened on
  p.opens_other_mailboxes = true;
  p.most_connections = 16;
  p.quirks = {
      "A login succeeds even when the token is not for this mailbox; the command behind it fails "
      "(\"User is authenticated but not connected\"). IMAP being switched off looks the same.",
      "A session ends when its token does (\"AccessTokenExpired\"), after 60 to 90 minutes.",
      "IDLE may be silent for a while: the sweep finds what it did not say.",
      "Under load the server says how long to wait (\"Suggested Backoff Time\"); that is obeyed."};
  p.sources = {
      "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/"
      "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
      "https://learn.microsoft.com/entra/identity-platform/reply-url",
      "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code",
      "https://learn.microsoft.com/entra/identity-platform/refresh-tokens"};
  p.read_on = "2026-11";
  return p;
}

const std::string_view kRegister =
    "Sign in at https://entra.microsoft.com/ (a free directory is enough) and open \"App "
    "registrations\" > \"New registration\".";
const std::string_view kDesktop =
    "In \"Authentication\" add the platform \"Mobile and desktop applications\" with the redirect "
    "URI http://localhost, and set \"Allow public client flows\" to Yes (the device flow needs "
    "it).";
const std::string_view kDelegated =
    "In \"API permissions\" add, as delegated permissions, IMAP.AccessAsUser.All and "
    "offline_access.";

Provider outlook() {
  Provider p = microsoft();
  p.name = "outlook";
  p.title = "Outlook.com, Hotmail, Live (personal accounts)";
  p.flows = {kCode, kDevice};
  p.tenant = "consumers";
  p.client_steps = {
      kRegister,
      "Under \"Supported account types\" choose one that includes personal Microsoft accounts.",
      kDesktop,
      kDelegated,
      "In Outlook.com's settings under \"Forwarding and IMAP\" let devices and apps use IMAP.",
      "Copy the \"Application (client) ID\" and say `auth: { oauth: { client: { id: \"…\" } } }`; "
      "there is no secret."};
  return p;
}

Provider microsoft365() {
  Provider p = microsoft();
  p.name = "microsoft365";
  p.title = "Microsoft 365, Exchange Online (work and school accounts)";
  p.flows = {kCode, kDevice, kClientCredentials};
  p.tenant = "organizations";
  p.application_scope = "https://outlook.office365.com/.default";
  p.quirks.emplace_back(
      "Many organisations forbid the device flow (AADSTS53003); the flow `code` remains.");
  p.client_steps = {
      kRegister,
      "Under \"Supported account types\" choose your organisation alone, and say `tenant: "
      "your-organisation.example` in the configuration.",
      kDesktop,
      kDelegated,
      "If users may not consent themselves, let an administrator press \"Grant admin consent\".",
      "Copy the \"Application (client) ID\" and say `auth: { oauth: { client: { id: \"…\" } } }`; "
      "there is no secret.",
      "For many mailboxes without their users, instead: add the application permission "
      "IMAP.AccessAsApp of \"Office 365 Exchange Online\" with admin consent, and a secret or, "
      "better, a certificate.",
      "Then, in Exchange PowerShell: New-ServicePrincipal with the application's ID and the "
      "object ID of the *enterprise application* (not of the registration), and for each mailbox "
      "Add-MailboxPermission -AccessRights FullAccess. Say `flow: client-credentials`."};
  return p;
}

/// Yahoo and AOL are one house.
Provider yahoo_house() {
  Provider p;
  p.most_connections = 5;
  p.quirks = {
      "OAuth for mail is given only to programs that Yahoo has approved; individuals cannot "
      "register one.",
      "Large folders may be shown in part, unless a program understands UIDONLY, which this "
      "version does not."};
  p.read_on = "2026-11";
  return p;
}

Provider yahoo() {
  Provider p = yahoo_house();
  p.name = "yahoo";
  p.title = "Yahoo Mail";
  p.host = "imap.mail.yahoo.com";
  p.password_steps = {
      "Open \"Account info\" > \"Account security\" at https://login.yahoo.com/account/security.",
      "Choose \"Generate app password\", give it a name and press \"Generate\".",
      "Put it into a file, without blanks, chmod 600, and say "
      "`auth: { password: { file: FILE } }`."};
  p.sources = {"https://senders.yahooinc.com/developer/documentation",
               "https://www.lifewire.com/manage-app-passwords-imap-pop-yahoo-1174448"};
  return p;
}

Provider aol() {
  Provider p = yahoo_house();
  p.name = "aol";
  p.title = "AOL Mail";
  p.host = "imap.aol.com";
  p.password_steps = {
      "Sign in to \"Account Security\" at https://login.aol.com/account/security, in a browser "
      "that has been signed in for some days: AOL asks for that.",
      "Choose \"Generate and manage app passwords\" and \"Get Started\", and give it a name.",
      "Press \"Generate password\", put it into a file, without blanks, chmod 600, and say "
      "`auth: { password: { file: FILE } }`."};
  p.sources = {"https://help.aol.com/articles/Create-and-manage-app-password",
               "https://senders.yahooinc.com/developer/documentation"};
  return p;
}

Provider fastmail() {
  Provider p;
  p.name = "fastmail";
  p.title = "Fastmail";
  p.host = "imap.fastmail.com";
  p.flows = {kCode};
  p.issuer = "https://api.fastmail.com";
  p.issuer_in_redirect = true;
  p.authorization = "https://api.fastmail.com/oauth/authorize";
  p.token = "https://api.fastmail.com/oauth/refresh";
  p.scope = "urn:ietf:params:oauth:scope:mail offline_access";
  p.quirks = {"The refresh token changes with every use."};
  p.client_steps = {
      "Ask Fastmail for a client (public, with PKCE, redirect http://127.0.0.1): they register "
      "clients by hand, see https://www.fastmail.com/developer/oauth/. For your own mailbox an app "
      "password is the shorter way.",
      "Say `auth: { oauth: { client: { id: \"…\" } } }`."};
  p.password_steps = {
      "Open Settings > \"Privacy & Security\" > \"Manage app passwords and access\" and press "
      "\"New app password\".",
      "Give it a name, choose access to mail, and press \"Generate password\".",
      "Put it into a file, chmod 600, and say `auth: { password: { file: FILE } }`."};
  p.sources = {"https://www.fastmail.com/help/technical/servernamesandports.html",
               "https://www.fastmail.com/developer/oauth/",
               "https://fastmail.help/hc/en-us/articles/1500000279921"};
  p.read_on = "2026-11";
  return p;
}

Provider icloud() {
  Provider p;
  p.name = "icloud";
  p.title = "iCloud Mail";
  p.host = "imap.mail.me.com";
  p.quirks = {
      "It announces AUTH=XOAUTH2, which is for Apple's own programs.",
      "As the user, the part before the @ is expected; if that is refused, try the address.",
      "Changing the password of the Apple Account ends every app-specific password."};
  p.password_steps = {
      "Two-factor authentication must be on.",
      "Sign in at https://account.apple.com/ and open \"Sign-In and Security\" > \"App-Specific "
      "Passwords\".",
      "Generate one, put it into a file, chmod 600, and say "
      "`auth: { password: { file: FILE } }`."};
  p.sources = {"https://support.apple.com/102654", "https://support.apple.com/102525"};
  p.read_on = "2026-11";
  return p;
}

Provider yandex() {
  Provider p;
  p.name = "yandex";
  p.title = "Yandex Mail";
  p.host = "imap.yandex.com";
  p.flows = {kCode};
  p.authorization = "https://oauth.yandex.com/authorize";
  p.token = "https://oauth.yandex.com/token";
  p.scope = "mail:imap_ro";  // there is mail:imap_full, too; nothing is ever changed
  p.mechanism = "XOAUTH2";   // works, and is not announced
  p.wants_secret = true;
  p.idle_minutes = 4;
  p.quirks = {"IMAP has to be switched on first: Settings > \"Email clients\" in the web mail.",
              "An IDLE may be dropped without a word; so it is renewed every four minutes.",
              "The redirect URI is compared as a whole: say `redirect_port: 8910`, or another, and "
              "register http://127.0.0.1:8910/."};
  p.client_steps = {
      "Sign in at https://oauth.yandex.com/ and create an app for user authorization, with the "
      "platform \"Web services\".",
      "As redirect URI give http://127.0.0.1:8910/ and say `redirect_port: 8910` in the "
      "configuration. If Yandex does not take it, use an app password.",
      "Ask for the permission mail:imap_ro.",
      "Say `auth: { oauth: { client: { id: \"…\", secret: { file: FILE } } } }`."};
  p.password_steps = {
      "Switch IMAP on: Settings > \"Email clients\" in the web mail.",
      "In \"Account management\" > \"Passwords and authorization\" choose \"Enable app passwords\" "
      "and create one for mail.",
      "Put it into a file, chmod 600, and say `auth: { password: { file: FILE } }`."};
  p.sources = {"https://yandex.ru/support/mail-business/web/security/oauth.html",
               "https://tech.yandex.com/oauth/doc/imap/index-docpage/",
               "https://yandex.com/support/passport/authorization/app-passwords.html",
               "https://yandex.com/dev/id/doc/en/register-api"};
  p.read_on = "2026-11";
  return p;
}

Provider zoho() {
  Provider p;
  p.name = "zoho";
  p.title = "Zoho Mail";
  p.host = "imap.zoho.com";
  p.quirks = {
      "Organisations with a domain of their own have the host imappro.zoho.com, and regions their "
      "own endings (imap.zoho.eu, imappro.zoho.in): say `host:` beside `provider:`.",
      "Only folders chosen under \"Launch folder settings\" are shown over IMAP."};
  p.password_steps = {
      "In the web mail open Settings > \"Mail Accounts\", choose the address and tick \"IMAP "
      "Access\".",
      "With two-factor authentication: open \"Security\" > \"App passwords\" in the Zoho account, "
      "press \"Generate New Password\" and give it a name.",
      "Put it into a file, chmod 600, and say `auth: { password: { file: FILE } }`."};
  p.sources = {"https://www.zoho.com/mail/help/imap-access.html",
               "https://help.zoho.com/portal/en/kb/solo/communication/settings/articles/"
               "how-to-generate-app-specific-password"};
  p.read_on = "2026-11";
  return p;
}

Provider mail_ru() {
  Provider p;
  p.name = "mail.ru";
  p.title = "Mail.ru";
  p.host = "imap.mail.ru";
  p.flows = {kCode};
  p.authorization = "https://o2.mail.ru/login";
  p.token = "https://o2.mail.ru/token";
  p.scope = "openid mail.imap offline_access";
  p.mechanism = "XOAUTH2";
  p.wants_secret = true;
  p.quirks = {
      "The redirect URI is registered with the app: say `redirect_port: 8910`, or another, and "
      "register http://127.0.0.1:8910/."};
  p.client_steps = {
      "Sign in at https://oauth.mail.ru/app/ and create an app with the scopes openid, mail.imap "
      "and offline_access.",
      "As redirect URI give http://127.0.0.1:8910/ and say `redirect_port: 8910` in the "
      "configuration.",
      "Say `auth: { oauth: { client: { id: \"…\", secret: { file: FILE } } } }`."};
  p.sources = {"https://biz.mail.ru/developer/oauth.html",
               "https://github.com/rustmailer/bichon/discussions/385",
               "https://learn.emailengine.app/docs/accounts/mail-ru"};
  p.read_on = "2026-11";
  return p;
}

}  // namespace

const std::vector<Provider>& providers() {
  static const std::vector<Provider> all{gmail(),    outlook(), microsoft365(), yahoo(), aol(),
                                         fastmail(), icloud(),  yandex(),       zoho(),  mail_ru()};
  return all;
}

const Provider* find_provider(std::string_view name) {
  const auto& all = providers();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Provider& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> provider_names() {
  std::vector<std::string> names;
  for (const Provider& one : providers()) names.emplace_back(one.name);
  return names;
}

std::string_view word_of(OAuthFlow flow) {
  switch (flow) {
    case OAuthFlow::kCode:
      return "code";
    case OAuthFlow::kDevice:
      return "device";
    case OAuthFlow::kServiceAccount:
      return "service-account";
    case OAuthFlow::kClientCredentials:
      break;
  }
  return "client-credentials";
}

}  // namespace imapkeep
