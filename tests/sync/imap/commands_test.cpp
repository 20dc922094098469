#include "sync/imap/commands.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

using Pieces = std::vector<std::string>;

MailboxName utf7(std::string raw) { return {std::move(raw), NameEncoding::kUtf7}; }
MailboxName utf8(std::string raw) { return {std::move(raw), NameEncoding::kUtf8}; }

constexpr auto kSync = Literals::kSynchronizing;

}  // namespace

TEST_CASE("what each command looks like on the wire") {
  struct Row {
    Command command;
    std::string name;
    Pieces pieces;
    bool secret;
  };
  const auto uids = *UidSet::parse("1:3,7");
  for (const auto& row : std::vector<Row>{
           {capability(), "CAPABILITY", {"CAPABILITY\r\n"}, false},
           {noop(), "NOOP", {"NOOP\r\n"}, false},
           {logout(), "LOGOUT", {"LOGOUT\r\n"}, false},
           {starttls(), "STARTTLS", {"STARTTLS\r\n"}, false},
           {namespaces(), "NAMESPACE", {"NAMESPACE\r\n"}, false},
           {login("me", "a\"b\\c", kSync), "LOGIN", {"LOGIN \"me\" \"a\\\"b\\\\c\"\r\n"}, true},
           {login("", "", kSync), "LOGIN", {"LOGIN \"\" \"\"\r\n"}, true},
           {authenticate("PLAIN", {}), "AUTHENTICATE", {"AUTHENTICATE PLAIN\r\n"}, false},
           {authenticate("PLAIN", "abc"), "AUTHENTICATE", {"AUTHENTICATE PLAIN YWJj\r\n"}, true},
           {authenticate("EXTERNAL", ""), "AUTHENTICATE", {"AUTHENTICATE EXTERNAL =\r\n"}, true},
           {id({}), "ID", {"ID NIL\r\n"}, false},
           {id({{"name", "x"}, {"os", "a\r\nb\"\xc3"}}),
            "ID",
            {"ID (\"name\" \"x\" \"os\" \"a??b\\\"?\")\r\n"},
            false},
           {enable("CONDSTORE"), "ENABLE", {"ENABLE CONDSTORE\r\n"}, false},
           {enable("A\r\nB C"), "ENABLE", {"ENABLE ABC\r\n"}, false},
           {list_all({}), "LIST", {"LIST \"\" \"*\"\r\n"}, false},
           {list_all({true, false, true}),
            "LIST",
            {"LIST \"\" \"*\" RETURN (SPECIAL-USE)\r\n"},
            false},
           {list_all({false, true, false}),
            "LIST",
            {"LIST \"\" \"*\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))\r\n"},
            false},
           {list_all({true, true, true}),
            "LIST",
            {"LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY "
             "HIGHESTMODSEQ))\r\n"},
            false},
           {status(utf7("a b"), false, kSync),
            "STATUS",
            {"STATUS \"a b\" (MESSAGES UIDNEXT UIDVALIDITY)\r\n"},
            false},
           {examine(utf7("INBOX"), true, kSync),
            "EXAMINE",
            {"EXAMINE \"INBOX\" (CONDSTORE)\r\n"},
            false},
           {uid_search({Uid{1}, kMaxUid}, true),
            "UID SEARCH",
            {"UID SEARCH RETURN (ALL) UID 1:4294967295\r\n"},
            false},
           {uid_search({Uid{5}, Uid{9}}, false), "UID SEARCH", {"UID SEARCH UID 5:9\r\n"}, false},
           {uid_fetch_facts(uids),
            "UID FETCH",
            {"UID FETCH 1:3,7 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n"},
            false},
           {uid_fetch_flags(uids, {}), "UID FETCH", {"UID FETCH 1:3,7 (UID FLAGS)\r\n"}, false},
           {uid_fetch_flags(uids, ModSeq{12}),
            "UID FETCH",
            {"UID FETCH 1:3,7 (UID FLAGS) (CHANGEDSINCE 12)\r\n"},
            false},
           {uid_fetch_headers(uids),
            "UID FETCH",
            {"UID FETCH 1:3,7 (UID BODY.PEEK[HEADER])\r\n"},
            false},
           {uid_fetch_bodies(uids),
            "UID FETCH",
            {"UID FETCH 1:3,7 (UID BODY.PEEK[])\r\n"},
            false}}) {
    CHECK(row.command.name == row.name);
    CHECK(row.command.pieces == row.pieces);
    CHECK(row.command.secret == row.secret);
  }
  CHECK(sasl_answer("abc") == "YWJj\r\n");
  CHECK(sasl_answer("") == "\r\n");
}

TEST_CASE("quoted or literal, by need and by what the server offers") {
  struct Row {
    MailboxName name;
    Literals literals;
    Pieces pieces;
  };
  const std::string longest(500, 'x'), longer(501, 'x'), big(4097, 'x');
  for (const auto& row : std::vector<Row>{
           {utf7("a\\\"b"), kSync, {"EXAMINE \"a\\\\\\\"b\"\r\n"}},
           {utf7(""), kSync, {"EXAMINE \"\"\r\n"}},
           {utf7("*%{3}"), kSync, {"EXAMINE \"*%{3}\"\r\n"}},
           {utf7("\xe4"), kSync, {"EXAMINE {1}\r\n", "\xe4\r\n"}},
           {utf7("\xe4"), Literals::kPlus, {"EXAMINE {1+}\r\n\xe4\r\n"}},
           {utf7("\xe4"), Literals::kMinus, {"EXAMINE {1+}\r\n\xe4\r\n"}},
           {utf7("a\r\nb"), kSync, {"EXAMINE {4}\r\n", "a\r\nb\r\n"}},
           {utf7(std::string("a\0b", 3)), kSync, {"EXAMINE {3}\r\n", std::string("a\0b\r\n", 5)}},
           {utf7("a\tb"), kSync, {"EXAMINE {3}\r\n", "a\tb\r\n"}},
           {utf7(longest), kSync, {"EXAMINE \"" + longest + "\"\r\n"}},
           {utf7(longer), kSync, {"EXAMINE {501}\r\n", longer + "\r\n"}},
           {utf7(big), Literals::kMinus, {"EXAMINE {4097}\r\n", big + "\r\n"}},
           {utf7(big), Literals::kPlus, {"EXAMINE {4097+}\r\n" + big + "\r\n"}},
           {utf8("Entwürfe"), kSync, {"EXAMINE \"Entwürfe\"\r\n"}},
           {utf7("Entwürfe"), kSync, {"EXAMINE {9}\r\n", "Entwürfe\r\n"}},
           {utf8("\xe4"), kSync, {"EXAMINE {1}\r\n", "\xe4\r\n"}},
           {utf8("ä\n"), kSync, {"EXAMINE {3}\r\n", "ä\n\r\n"}}}) {
    CHECK(examine(row.name, false, row.literals).pieces == row.pieces);
  }
  CHECK(login("ä", "ö", kSync).pieces == Pieces{"LOGIN {2}\r\n", "ä {2}\r\n", "ö\r\n"});
  CHECK(login("ä", "ö", Literals::kPlus).pieces == Pieces{"LOGIN {2+}\r\nä {2+}\r\nö\r\n"});
  CHECK(status(utf7("\xe4"), true, kSync).pieces ==
        Pieces{"STATUS {1}\r\n", "\xe4 (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)\r\n"});
}
