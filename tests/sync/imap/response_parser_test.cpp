#include "sync/imap/response_parser.h"

#include <catch2/catch.hpp>

#include "tests/support/response_text.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

struct Row {
  std::string line, expected;
};

std::string parsed(std::string_view line) {
  auto result = parse_response(line);
  if (!result) return "error";
  std::string out = response_text(result->response);
  if (result->strange) out = "strange: " + out;
  if (result->quoted_body) out += " quoted='" + *result->quoted_body + "'";
  return out;
}

void check(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    INFO(row.line);
    CHECK(parsed(row.line) == row.expected);
  }
}

}  // namespace

TEST_CASE("status responses, with and without all their parts") {
  check({{"* OK ready", "ok 'ready'"},
         {"* OK", "ok ''"},
         {"* ok  ", "ok ''"},
         {"*  NO  x ", "no 'x '"},
         {"* BAD [] x", "bad [|] 'x'"},
         {"* PREAUTH hi", "preauth 'hi'"},
         {"* BYE Session expired", "bye 'Session expired'"},
         {"A1 BYE x", "bye tag=A1 'x'"},
         {"a1 ok x", "ok tag=a1 'x'"},
         {"A1 NO", "no tag=A1 ''"},
         {"A1 OK [HIGHESTMODSEQ 5]", "ok tag=A1 [HIGHESTMODSEQ|5] ''"},
         {"* OK [uidvalidity 7] UIDs", "ok [UIDVALIDITY|7] 'UIDs'"},
         {"* OK [PERMANENTFLAGS (\\Seen [x] $y \\*)] Limited",
          "ok [PERMANENTFLAGS|(\\Seen [x] $y \\*)] 'Limited'"},
         {"* OK [PERMANENTFLAGS (\\Seen [x \\*)] Limited",
          "ok [PERMANENTFLAGS|(\\Seen [x \\*)] 'Limited'"},
         {"A1 NO [Error=\"Account [x] off\" Proxy=\"y\"] no",
          "no tag=A1 [ERROR=|\"Account [x] off\" Proxy=\"y\"] 'no'"},
         {"A1 NO [ALERT]no space", "no tag=A1 [ALERT|] 'no space'"},
         {"A1 NO [ALERT no end", "no tag=A1 '[ALERT no end'"},
         {"* OK ready [TQBX]", "ok 'ready [TQBX]'"},
         {"* [COPYUID 1 2 3] done", "ok [COPYUID|1 2 3] 'done'"},
         {"* OK [FOO {5}\na]b]c] x", "ok [FOO|{5}\na] 'b]c] x'"},
         {"* NO \x1b[2Jx\\", "no '\\x1b[2Jx\\x5c'"},
         {"A1 OKAY", "strange: unknown A1 OKAY"}});
}

TEST_CASE("status text is printable and at most a kibibyte") {
  for (const std::string& text : {std::string(5000, 'x'), std::string(5000, '\x01'),
                                  std::string(5000, '\xff'), std::string(5000, '\\')}) {
    const auto result = parse_response("* OK " + text);
    REQUIRE(result);
    const auto& shown = std::get<StatusResponse>(result->response).text;
    CHECK(shown.size() <= 1024);
    CHECK(shown.size() > 1000);
    CHECK(shown.find('\x01') == std::string::npos);
  }
}

TEST_CASE("continuations, capabilities, ID, namespaces") {
  check({{"+", "+ ''"},
         {"+ ", "+ ''"},
         {"+ idling", "+ 'idling'"},
         {"+idling", "+ 'idling'"},
         {"* CAPABILITY IMAP4rev1  IDLE ", "capability IMAP4rev1 IDLE"},
         {"* capability", "capability"},
         {"* ENABLED", "enabled"},
         {"* ENABLED CONDSTORE ", "enabled CONDSTORE"},
         {"* ID NIL", "id"},
         {"* ID ()", "id"},
         {"* ID", "id"},
         {"* ID (\"name\" \"Dovecot\" \"version\" NIL \"x\" {2}\n\")) ", "id name=Dovecot x=\")"},
         {"* ID (\"name\" \"Coremail\", \"vendor\" \"x\" )", "id name=Coremail vendor=x"},
         {"* ID (\"name\" x \"odd\")", "id name=x"},
         {"* ID (\"name\" (x))", "unknown ID"},
         {"* NAMESPACE NIL NIL NIL", "namespace"},
         {"* NAMESPACE ((\"\" \"/\")) NIL NIL", "namespace ''/"},
         {"* NAMESPACE ((\"INBOX.\" \".\" \"X\" (\"a\" \"b\"))(\"#mh/\" NIL)) ((\"~\" \"/\")) NIL",
          "namespace 'INBOX.'. '#mh/'nil others '~'/"},
         {"* NAMESPACE NIL ((\"user.\" \".\")) ((\"\" \".\"))", "namespace others 'user.'. ''."},
         {"* NAMESPACE ((\"\" \"/\"))", "namespace ''/"},
         {"* NAMESPACE NIL ((\"\"", "unknown NAMESPACE"},
         {"* NAMESPACE ((\"\" \"\\\\\")) NIL NIL", "namespace ''\\"},
         {"* NAMESPACE ((\"\"", "unknown NAMESPACE"}});
}

TEST_CASE("LIST in every spelling loses no mailbox") {
  check({{"* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Mail\"",
          "list \\HasNoChildren \\Sent / 'Sent Mail'"},
         {"* LIST () NIL INBOX", "list nil 'INBOX'"},
         {"* list ( ) \".\" INBOX.a ", "list . 'INBOX.a'"},
         {"* XLIST (\\Inbox) \"/\" \"Posteingang\"", "list \\Inbox / 'Posteingang'"},
         {"* LIST () \"/\" a[b]c", "list / 'a[b]c'"},
         {"* LIST () \"/\" a(b)c", "list / 'a(b)c'"},
         {"* LIST () \"/\" ~peter", "list / '~peter'"},
         {"* LIST () \"/\" {5}\na\"(\nb", "list / 'a\"(\nb'"},
         {"* LIST () \"/\" ~{2}\nab", "list / 'ab'"},
         {"* LIST () \"\\\\\" \"a\\\\b\"", "list \\ 'a\\b'"},
         {"* LIST () \"\\\" \"a\"", "list \\ 'a'"},
         {"* LIST () \"\" \"a\"", "list nil 'a'"},
         {"* LIST () / a", "list / 'a'"},
         {"* LIST NIL \"/\" a", "list / 'a'"},
         {"* LIST () \"/\" \"\"", "list / ''"},
         {"* LIST () \"/\" NIL", "list / 'NIL'"},
         {"* LIST () \"/\" \"a\\\"b\"", "list / 'a\"b'"},
         {"* LIST () \"/\" \"a\x01\xe4\"", "list / 'a\x01\xe4'"},
         {"* LIST () \"/\" a\x01 b", "list / 'a\x01 b'"},
         {"* LIST () \"/\" \"a\" (\"CHILDINFO\" (\"SUBSCRIBED\"))", "list / 'a'"},
         {"* LIST () \"/\" a (\"OLDNAME\" (\"b\"))", "list / 'a'"},
         // Not escaped, not quoted: the name goes to the end of the line.
         {"* LIST () \"/\" \"a\"b\"c\"", "list / 'a\"b\"c'"},
         {"* LIST () \"/\" \"a\" b\"", "list / 'a\" b'"},
         {"* LIST () \"/\" my folder ", "list / 'my folder'"},
         {"* LIST () \"/\" {1}\nab", "unknown LIST"},
         {"* LIST () \"/\" {3}abc", "unknown LIST"},
         {"* LIST () \"/\" ", "unknown LIST"},
         {"* LIST () \"/\" \"a", "unknown LIST"},
         {"* LIST (\\A", "unknown LIST"},
         {"* LIST", "unknown LIST"},
         {"* LSUB () \"/\" a", "unknown LSUB"}});
}

TEST_CASE("STATUS, EXISTS and what else has a number") {
  check({{"* STATUS \"a b\" (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7 HIGHESTMODSEQ 8)",
          "status 'a b' messages=5 uidnext=6 uidvalidity=7 modseq=8"},
         {"* STATUS INBOX (messages 5 ) ", "status 'INBOX' messages=5"},
         {"* STATUS {1}\na ()", "status 'a'"},
         {"* STATUS a (UNSEEN 1 MAILBOXID (x) SIZE \"9\" UIDNEXT 3)", "status 'a' uidnext=3"},
         {"* STATUS a (MESSAGES -1 HIGHESTMODSEQ 99999999999999999999)", "status 'a'"},
         {"* STATUS a (HIGHESTMODSEQ 9223372036854775808 UIDNEXT)", "status 'a'"},
         {"* STATUS a", "unknown STATUS"},
         {"* STATUS a (MESSAGES", "unknown STATUS"},
         {"* 5 EXISTS", "exists 5"},
         {"* 0 exists ", "exists 0"},
         {"* -1 EXISTS", "unknown EXISTS"},
         {"* 99999999999 EXISTS", "unknown EXISTS"},
         {"* 3 EXPUNGE", "expunge"},
         {"* -3 EXPUNGE", "expunge"},
         {"* 3 RECENT", "unknown RECENT"},
         {"* 3", "unknown 3"}});
}

TEST_CASE("lists of UIDs have no gaps") {
  check(
      {{"* SEARCH 3 1 2 9", "search 1:3,9"},
       {"* SEARCH", "search "},
       {"* SEARCH ", "search "},
       {"* search  7  ", "search 7"},
       {"* SEARCH 2 5 (MODSEQ 917162500)", "search 2,5"},
       {"* SEARCH 0 1", "search 1"},
       {"* SEARCH 1 x 2", "error"},
       {"* SEARCH 1,2", "error"},
       {"* SEARCH -1", "error"},
       {"* SEARCH 4294967296", "error"},
       {"* SEARCH 1 (MODSEQ", "error"},
       {"* ESEARCH (TAG \"A1\") UID ALL 1:3,7", "esearch tag=A1 uid all=1:3,7"},
       {"* ESEARCH (TAG A1)", "esearch tag=A1"},
       {"* ESEARCH (TAG \"A1\") UID", "esearch tag=A1 uid"},
       {"* ESEARCH", "esearch tag="},
       {"* ESEARCH UID COUNT 5 PARTIAL (1:10 3,4) MODSEQ 7 ALL 2 MIN 1 ", "esearch tag= uid all=2"},
       {"* ESEARCH (TAG \"a\" UIDVALIDITY 5) UID ALL 2", "esearch tag=a uid all=2"},
       {"* ESEARCH UID ALL 1:*", "error"},
       {"* ESEARCH UID ALL", "error"},
       {"* ESEARCH UID ALL (1)", "error"},
       {"* ESEARCH UID COUNT", "error"},
       {"* ESEARCH (TAG", "error"},
       {"* ESEARCH UID ALL 1 )", "error"},
       {"* VANISHED 1:5,9", "vanished 1:5,9"},
       {"* VANISHED (EARLIER) 41,43:45 ", "vanished earlier 41,43:45"},
       {"* VANISHED (EARLIER) 1:*", "vanished earlier "},
       {"* VANISHED", "vanished "}});
}

TEST_CASE("FETCH items in any order and any spelling") {
  check({{"* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE "
          "44827 MODSEQ (65402))",
          "fetch uid=5 flags=S date=837596665 size=44827 modseq=65402"},
         {"* 1 fetch (modseq (1) flags () uid 5)", "fetch uid=5 flags= modseq=1"},
         {"* 7 UIDFETCH (FLAGS (\\Seen))", "fetch uid=7 flags=S"},
         {"* 7 UIDFETCH (UID 7)", "fetch uid=7"},
         {"* 7 UIDFETCH (UID 8 FLAGS ())", "fetch flags="},
         {"* 0 UIDFETCH (FLAGS ())", "fetch flags="},
         {"* 1 FETCH ()", "fetch"},
         {"* 0 FETCH (UID 5)", "fetch uid=5"},
         {"* -1 FETCH (UID 5)", "fetch uid=5"},
         {"* 1 FETCH ( UID 5 )) ) ", "fetch uid=5"},
         {"* 1 FETCH (UID 0 RFC822.SIZE -1 MODSEQ (-1))", "fetch"},
         {"* 1 FETCH (UID 4294967296 MODSEQ (9223372036854775808))", "fetch"},
         {"* 1 FETCH (UID 4294967295 MODSEQ 9 RFC822.SIZE)", "fetch uid=4294967295 modseq=9"},
         {"* 1 FETCH (UID 5 MODSEQ ())", "fetch uid=5"},
         {"* 1 FETCH (UID 5 UID 5)", "fetch uid=5"},
         {"* 1 FETCH (UID 5 UID 6 FLAGS ())", "fetch flags="},
         {"* 1 FETCH (FLAGS (\"\\Seen\" \"\\\\Draft\" $Junk NIL (nested \\*) [Gmail]/All))",
          "fetch flags=DS[$Junk [Gmail]/All nested]"},
         {"* 1 FETCH (FLAGS NIL UID 5)", "fetch uid=5"},
         {"* 1 FETCH (INTERNALDATE NIL UID 5)", "fetch uid=5"},
         {"* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" UID 5)", "fetch uid=5"},
         {"* 1 FETCH (X-GM-LABELS (\\Inbox \"a \\\"b)\" NIL [x] {2}\n)) ) X-GM-LABELS () UID 5)",
          "fetch uid=5"},
         {"* 1 FETCH (ENVELOPE (NIL (\"a\" NIL)) BODY[HEADER.FIELDS (DATE)] {3}\na)b UID 5)",
          "fetch uid=5"},
         {"* 1 FETCH (BODY[TEXT] \"x\" UID 5 RFC822.HEADER \"y\")", "fetch uid=5"},
         {"* 1 FETCH", "unknown FETCH"},
         {"* 1 FETCH (UID 5", "unknown FETCH"},
         {"* 1 FETCH (UID 5) x", "unknown FETCH"},
         {"* 1 FETCH (UID (5))", "unknown FETCH"},
         {"* 1 FETCH (FLAGS (\\Seen)", "unknown FETCH"},
         {"* 1 FETCH (X " + std::string(50'000, '(') + ")", "unknown FETCH"},
         {"* 1 FETCH (FLAGS " + std::string(50'000, '(') + ")", "unknown FETCH"},
         {"* 1 FETCH (X {3}abc UID 5)", "error"}});
}

TEST_CASE("a body belongs to its UID, or to none") {
  check({{"* 1 FETCH (UID 5 BODY[] {3!}\n)", "fetch uid=5 body=streamed:3"},
         {"* 1 FETCH (body[] ~{3!}\n UID 5)", "fetch uid=5 body=streamed:3"},
         {"* 1 FETCH (RFC822 {0!}\n UID 5)", "fetch uid=5 body=streamed:0"},
         {"* 1 FETCH (UID 5 BODY.PEEK[]{3!}\n)", "fetch uid=5 body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] NIL)", "fetch uid=5 body=nil"},
         {"* 1 FETCH (UID 5 BODY[] \"\")", "fetch uid=5 body=streamed:0 quoted=''"},
         {"* 1 FETCH (BODY[] \"a\\\"b\" UID 5)", "fetch uid=5 body=streamed:3 quoted='a\"b'"},
         // A part says where it begins.
         {"* 1 FETCH (UID 5 BODY[]<7> {3!}\n)", "fetch uid=5 body=streamed:3<7>"},
         {"* 1 FETCH (body[]<18446744073709551615> {3!}\n UID 5)",
          "fetch uid=5 body=streamed:3<18446744073709551615>"},
         {"* 6 UIDFETCH (BODY[]<0> {3!}\n)", "fetch uid=6 body=streamed:3<0>"},
         {"* 1 FETCH (UID 5 BODY[]<0> \"abc\")", "fetch uid=5 body=streamed:3<0> quoted='abc'"},
         // Where it begins cannot be read; decoded forms, and two bodies: nobody may take them.
         {"* 1 FETCH (UID 5 BODY[]<x> {3!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[]<1.2> {3!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[]<18446744073709551616> {3!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n BODY[]<0> {3!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BINARY[] {3!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n RFC822 {4!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n BODY[] \"abc\")", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] \"abc\" BODY[] {3!}\n)", "fetch body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] \"a\" BODY[] \"b\")", "fetch"},
         {"* 1 FETCH (UID 5 BODY[] NIL BODY[] \"b\")", "fetch"},
         {"* 1 FETCH (UID 5 BODY[] \"b\" BODY[] NIL)", "fetch"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n UID 6)", "fetch body=streamed:3"},
         {"* 6 UIDFETCH (BODY[] {3!}\n)", "fetch uid=6 body=streamed:3"},
         {"* 6 UIDFETCH (BODY[] {3!}\n RFC822 {3!}\n)", "fetch body=streamed:3"},
         {"* 6 UIDFETCH (UID 5 BODY[] {3!}\n)", "fetch body=streamed:3"},
         // A line that does not go on behind the body: its length was wrong.
         {"* 1 FETCH (UID 5 BODY[] {3!}\n", "error"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\nrest)", "error"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\nUID 5)", "error"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n the rest)", "error"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n the rest of it)", "error"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n FLAGS)", "error"},
         {"* 1 FETCH (BODY[] {3!}\n FLAGS () X-GM-MSGID 7 EMAILID (M1) BODY[TEXT] NIL UID 5)",
          "fetch uid=5 flags= body=streamed:3"},
         {"* 1 FETCH (UID 5 BODY[] {3!}\n) x", "error"},
         {"* 1 FETCH (UID 5 BODY[] atom)", "unknown FETCH"},
         {"* 1 FETCH (UID 5 BODY[] (x))", "unknown FETCH"}});
}

TEST_CASE("INTERNALDATE is kept as the server wrote it, also where it is no date") {
  const auto date_of = [](const std::string& value) {
    const auto result = parse_response("* 1 FETCH (UID 5 INTERNALDATE " + value + ")");
    REQUIRE(result);
    return std::get<FetchResponse>(result->response).date;
  };
  CHECK(date_of("\"31-Dec-1969 23:59:59 +0100\"") == "31-Dec-1969 23:59:59 +0100");
  CHECK(date_of("\"00-Jan-0000 00:00:00 +0000\"") == "00-Jan-0000 00:00:00 +0000");
  CHECK(date_of("NIL").empty());
  CHECK(date_of('"' + std::string(500, 'x') + '"').size() == 64);
}

TEST_CASE("what is no response at all") {
  check({{"", "strange: unknown "},
         {"*", "strange: unknown *"},
         {"* ", "strange: unknown * "},
         {"Server Unavailable.", "strange: unknown Server Unavailable."},
         {" OK x", "strange: unknown  OK x"},
         {"* METADATA \"\" (x)", "unknown METADATA"},
         {"* FLAGS (\\Seen (x] )", "unknown FLAGS"}});
  const auto result = parse_response("* " + std::string(500, '\x02'));
  REQUIRE(result);
  CHECK(std::get<UnknownResponse>(result->response).name.size() <= 40);
}
