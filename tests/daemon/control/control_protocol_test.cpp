// The control socket's language: what is understood, what is refused with which words, and that it
// does not matter where the bytes are cut.
#include "daemon/control/control_protocol.h"

#include <catch2/catch.hpp>

#include "daemon/base/exit_code.h"

namespace imapkeep {
namespace {

std::string shown(const ControlRequest& request) {
  using Verb = ControlRequest::Verb;
  std::string text = request.verb == Verb::kSync     ? "sync"
                     : request.verb == Verb::kStatus ? "status"
                     : request.verb == Verb::kWake   ? "wake"
                                                     : "reload";
  for (const auto& account : request.accounts) text += " " + account;
  if (request.json) text += " json";
  if (request.watch) text += " watch";
  if (request.accept_gone) text += " accept_gone";
  return text;
}

std::string understood(ByteView line) {
  const auto request = decode_request(line);
  if (request) return shown(*request);
  CHECK(request.error().trouble == Trouble::kUsage);
  return request.error().what;
}

/// The lines that come out of pieces; the error, if there is one, as the last.
std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  ControlLines reader;
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    reader.add(piece);
    for (;;) {
      auto line = reader.next();
      if (!line) {
        lines.push_back("error: " + line.error().what);
        return lines;
      }
      if (!*line) break;
      lines.push_back(**line);
    }
  }
  if (!reader.empty()) lines.emplace_back("unfinished");
  return lines;
}

std::vector<ControlAnswer> answers_of(const std::string& wire) {
  ControlLines reader;
  reader.add(wire);
  std::vector<ControlAnswer> answers;
  for (;;) {
    auto line = reader.next();
    if (!line) FAIL(line.error().what);
    if (!*line) break;
    auto answer = decode_answer(**line);
    if (!answer) FAIL(answer.error().what);
    answers.push_back(std::move(*answer));
  }
  CHECK(reader.empty());
  return answers;
}

}  // namespace

TEST_CASE("requests that are understood") {
  struct Case {
    std::string line, meaning;
  };
  const Case cases[] = {
      {R"({"imapkeep":1,"do":"sync"})", "sync"},
      {R"({"imapkeep":1,"do":"sync","accounts":[]})", "sync"},
      {R"({"imapkeep":1,"do":"sync","accounts":["work","home"]})", "sync work home"},
      {R"({"imapkeep":1,"do":"sync","accounts":["Büro"],"json":false})", "sync Büro"},
      {R"({"imapkeep":1,"do":"sync","accounts":["work"],"accept_gone":true})",
       "sync work accept_gone"},
      {R"({"imapkeep":1,"do":"status"})", "status"},
      {R"({"imapkeep":1,"do":"status","json":true,"watch":true})", "status json watch"},
      {R"( { "do" : "reload" , "imapkeep" : 1 } )"
       "\r",
       "reload"},
      {R"({"imapkeep":1,"do":"wake","accounts":["work"]})", "wake work"},
      {R"({"imapkeep":1,"do":"reload","accounts":[],"json":false,"watch":false})", "reload"},
  };
  for (const auto& one : cases) {
    INFO(one.line);
    CHECK(understood(one.line) == one.meaning);
  }
}

TEST_CASE("requests that are not") {
  struct Case {
    std::string line, sentence;
  };
  const std::string not_json = "it is not a JSON object";
  const std::string version = "this daemon speaks version 1 of the protocol and no other";
  const Case cases[] = {
      {"", not_json},
      {"GET / HTTP/1.1\r", not_json},
      {"[1]", not_json},
      {"1", not_json},
      {"null", not_json},
      {R"({"imapkeep":1,"do":"sync")", not_json},
      {R"({"imapkeep":1,"do":"sync"} x)", not_json},
      {"{\"imapkeep\":1,\"do\":\"\xff\"}", not_json},
      {std::string("\0\0", 2), not_json},
      {R"({"imapkeep":1,"do":1e999})", not_json},
      {std::string(60'000, '['), not_json},
      {"{}", "it does not begin with {\"imapkeep\":1"},
      {R"({"do":"sync"})", "it does not begin with {\"imapkeep\":1"},
      {R"({"imapkeep":2,"do":"sync"})", version},
      {R"({"imapkeep":-1,"do":"sync"})", version},
      {R"({"imapkeep":1.0,"do":"sync"})", version},
      {R"({"imapkeep":"1","do":"sync"})", version},
      {R"({"imapkeep":2,"new":"member"})", version},
      {R"({"imapkeep":1})", "it does not say what to `do`"},
      {R"({"imapkeep":1,"do":7})", "`do` is not a string"},
      {R"({"imapkeep":1,"do":"erase"})",
       "cannot do `erase`; sync, status, reload and wake are known"},
      {R"({"imapkeep":1,"do":"\u001b[2J"})",
       "cannot do `\\x1b[2J`; sync, status, reload and wake are known"},
      {R"({"imapkeep":1,"do":"sync","accounts":"work"})", "`accounts` is not a list"},
      {R"({"imapkeep":1,"do":"sync","accounts":[1]})", "an account's name is not a string"},
      {R"({"imapkeep":1,"do":"status","json":1})", "`json` is neither true nor false"},
      {R"({"imapkeep":1,"do":"status","watch":"yes"})", "`watch` is neither true nor false"},
      {R"({"imapkeep":1,"do":"sync","deep":true})", "unknown member `deep`"},
      {R"({"imapkeep":1,"do":"status","accounts":["work"]})",
       "only `sync` and `wake` take `accounts`"},
      {R"({"imapkeep":1,"do":"sync","json":true})", "only `status` takes `json`"},
      {R"({"imapkeep":1,"do":"sync","accept_gone":true})",
       "only `sync` of named `accounts` takes `accept_gone`"},
      {R"({"imapkeep":1,"do":"wake","accounts":["a"],"accept_gone":true})",
       "only `sync` of named `accounts` takes `accept_gone`"},
      {R"({"imapkeep":1,"do":"reload","watch":true})", "only `status` takes `watch`"},
  };
  for (const auto& one : cases) {
    INFO(one.line.substr(0, 100));
    CHECK(understood(one.line) == "control request: " + one.sentence);
  }
}

TEST_CASE("a request comes out as it went in") {
  using Verb = ControlRequest::Verb;
  for (const ControlRequest& request :
       {ControlRequest{Verb::kSync, {}, false, false},
        ControlRequest{Verb::kSync, {"a", "\"b\"\n", "ü"}, false, false},
        ControlRequest{Verb::kStatus, {}, true, false},
        ControlRequest{Verb::kStatus, {}, true, true}, ControlRequest{Verb::kReload},
        ControlRequest{Verb::kWake, {"work"}}}) {
    const std::string wire = encode_request(request);
    REQUIRE(wire.ends_with('\n'));
    CHECK(wire.find('\n') == wire.size() - 1);
    CHECK(understood(ByteView(wire).substr(0, wire.size() - 1)) == shown(request));
  }
  CHECK(encode_request({Verb::kSync, {"work"}, false, false}) ==
        "{\"imapkeep\":1,\"do\":\"sync\",\"accounts\":[\"work\"]}\n");
}

TEST_CASE("lines are the same wherever they are cut") {
  const std::string long_line(kMostControlLine, 'x');
  for (const std::string& wire : std::vector<std::string>{"one\ntwo\n", "one\n\n\nfour", "\n",
                                                          "half", "", std::string("a\0b\n", 4)}) {
    const auto whole = lines_of({wire});
    std::vector<std::string> bytes;
    for (const char byte : wire) bytes.emplace_back(1, byte);
    CHECK(lines_of(bytes) == whole);
    for (std::size_t at = 0; at <= wire.size(); ++at) {
      CHECK(lines_of({wire.substr(0, at), wire.substr(at)}) == whole);
    }
  }
  CHECK(lines_of({"one\n\n\nfour"}) == std::vector<std::string>{"one", "", "", "unfinished"});
}

TEST_CASE("a line may have 64 KiB and not one byte more, with or without its end") {
  const std::string most(kMostControlLine, 'x');
  const std::string error = "error: a line is longer than 64 KiB";
  CHECK(lines_of({most + "\n"}) == std::vector<std::string>{most});
  CHECK(lines_of({most, "\n"}) == std::vector<std::string>{most});
  CHECK(lines_of({most}) == std::vector<std::string>{"unfinished"});
  CHECK(lines_of({most + "x"}) == std::vector<std::string>{error});
  CHECK(lines_of({most + "x\n"}) == std::vector<std::string>{error});
  CHECK(lines_of({most, "x", "\n"}) == std::vector<std::string>{error});
  CHECK(lines_of({"short\n" + most + "x"}) == std::vector<std::string>{"short", error});
}

TEST_CASE("answers come out as they went in") {
  using Kind = ControlAnswer::Kind;
  const auto one = [](const std::string& wire) {
    const auto answers = answers_of(wire);
    REQUIRE(answers.size() == 1);
    return answers[0];
  };
  CHECK(one(encode_out("text\nof lines\n")).kind == Kind::kOut);
  CHECK(one(encode_out("text\nof lines\n")).text == "text\nof lines\n");
  CHECK(one(encode_line("a \x1b line")).kind == Kind::kLine);
  CHECK(one(encode_line("a \x1b line")).text == "a \x1b line");
  CHECK(one(encode_line("")).text.empty());
  CHECK(one(encode_page("")).kind == Kind::kPage);
  CHECK(one(encode_page("now")).text == "now");
  CHECK_FALSE(one(encode_page("now")).more);
  CHECK(one(encode_end(75)).kind == Kind::kEnd);
  CHECK(one(encode_end(75)).exit_code == 75);
  CHECK(encode_out("").empty());
  const auto progress = one(encode_progress({1, 2, UINT64_MAX, 4, 5}));
  CHECK(progress.kind == Kind::kProgress);
  CHECK(progress.counts.planned == 1);
  CHECK(progress.counts.stored == 2);
  CHECK(progress.counts.received_bytes == UINT64_MAX);
  CHECK(progress.counts.folders_done == 4);
  CHECK(progress.counts.folders == 5);
  CHECK(encode_line("x") == "{\"line\":\"x\"}\n");
  CHECK(encode_end(0) == "{\"end\":0}\n");
}

TEST_CASE("long texts travel in pieces below the limit, and no character is cut") {
  for (const std::string unit : {"x", "\x01", "ü", "€", "😀", "x😀", "\"", "\n"}) {
    std::string text;
    while (text.size() < 300'000) text += unit;
    std::string out;
    for (const auto& answer : answers_of(encode_out(text))) out += answer.text;
    CHECK(out == text);
    std::string page;
    const auto pieces = answers_of(encode_page(text));
    CHECK(pieces.size() > 1);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      page += pieces[i].text;
      CHECK(pieces[i].more == (i + 1 < pieces.size()));
    }
    CHECK(page == text);
    const auto line = answers_of(encode_line(text));
    REQUIRE(line.size() == 1);
    CHECK(line[0].text.ends_with("…"));
    CHECK(text.starts_with(line[0].text.substr(0, line[0].text.size() - 3)));
  }
}

TEST_CASE("bytes that are no UTF-8 are replaced and nothing is thrown") {
  const std::string wild = std::string("a\xff") + std::string(30'000, '\x80') + "\xe2\x82";
  CHECK(encode_line("a\xff") == "{\"line\":\"a\xef\xbf\xbd\"}\n");
  CHECK_FALSE(answers_of(encode_out(wild)).empty());
  CHECK_FALSE(answers_of(encode_page(wild)).empty());
  CHECK(answers_of(encode_line(wild)).size() == 1);
  ControlRequest request{ControlRequest::Verb::kSync, {"\xff"}, false, false};
  CHECK(understood(encode_request(request)) == "sync \xef\xbf\xbd");
}

TEST_CASE("answers of a later daemon are passed over, nonsense is not") {
  CHECK(decode_answer("{}")->kind == ControlAnswer::Kind::kUnknown);
  CHECK(decode_answer(R"({"song":"la"})")->kind == ControlAnswer::Kind::kUnknown);
  CHECK(decode_answer(R"({"line":"x","colour":"red"})")->text == "x");
  CHECK(decode_answer(R"({"progress":{"planned":3,"new":"x"}})")->counts.planned == 3);
  for (const char* nonsense :
       {"", "x", "[]", R"({"out":1})", R"({"line":null})", R"({"page":[]})", R"({"progress":1})",
        R"({"progress":{"stored":-1}})", R"({"progress":{"stored":"1"}})", R"({"end":"0"})",
        R"({"end":-1})", R"({"end":256})", R"({"end":0.5})", "{\"out\":\"\xff\"}"}) {
    INFO(nonsense);
    const auto answer = decode_answer(nonsense);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().what.starts_with("the daemon's answer is not understood: "));
    CHECK(answer.error().trouble == Trouble::kServer);
  }
}

}  // namespace imapkeep
