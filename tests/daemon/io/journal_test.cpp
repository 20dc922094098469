#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "daemon/io/journal_fields.h"
#include "daemon/io/journal_messages.h"
#include "daemon/io/journal_sink.h"
#include "daemon/io/system_clock.h"

using namespace imapkeep;

namespace {

using Fields = std::vector<std::string>;

}  // namespace

TEST_CASE("a log line becomes the fields of a journal entry") {
  CHECK(journal_fields(LogLevel::kInfo, "folder renamed",
                       {{"account", "work"}, {"from", "A b"}, {"uid", "7"}}) ==
        Fields{"MESSAGE=folder renamed account=work from=\"A b\" uid=7", "PRIORITY=6",
               "SYSLOG_IDENTIFIER=imapkeep", "IMAPKEEP_EVENT=folder renamed",
               "IMAPKEEP_ACCOUNT=work", "IMAPKEEP_FROM=A b", "IMAPKEEP_UID=7"});
}

TEST_CASE("an event that is explained carries its id, and only such") {
  const auto id = std::string(journal_message_id("message quarantined"));
  CHECK(id.size() == 32);
  const auto fields = journal_fields(LogLevel::kWarning, "message quarantined", {});
  CHECK(std::count(fields.begin(), fields.end(), "MESSAGE_ID=" + id) == 1);
  CHECK(journal_message_id("quarantined").empty());
  CHECK(journal_message_id("").empty());
}

TEST_CASE("levels are syslog's numbers") {
  CHECK(journal_priority(LogLevel::kDebug) == 7);
  CHECK(journal_priority(LogLevel::kInfo) == 6);
  CHECK(journal_priority(LogLevel::kWarning) == 4);
  CHECK(journal_priority(LogLevel::kError) == 3);
}

TEST_CASE("neither a key nor a value can forge a field") {
  const auto fields = journal_fields(
      LogLevel::kError, "odd",
      {{"in-ms=_pid", "x"}, {"why", "a\nPRIORITY=0\x1b[31m"}, {std::string(200, 'k'), "y"}});
  REQUIRE(fields.size() == 7);
  CHECK(fields[0].find('\n') == std::string::npos);
  CHECK(fields[0].find('\x1b') == std::string::npos);
  CHECK(fields[4] == "IMAPKEEP_IN_MS__PID=x");
  CHECK(fields[5] == "IMAPKEEP_WHY=a\nPRIORITY=0\x1b[31m");  // one field; its length is sent
  CHECK(fields[6] == "IMAPKEEP_" + std::string(55, 'K') + "=y");
}

TEST_CASE("a huge value is cut") {
  const auto fields = journal_fields(LogLevel::kInfo, "x", {{"why", std::string(1'000'000, 'z')}});
  for (const auto& field : fields) CHECK(field.size() < 9000);
}

TEST_CASE("$JOURNAL_STREAM names one file") {
  CHECK(names_journal_stream("8:31245", 8, 31245));
  for (const char* text : {"", ":", "8", "8:", ":31245", "8:31246", "9:31245", "8:31245 ",
                           "8:31245:1", " 8:31245", "+8:31245", "0x8:31245", "31245:8"}) {
    INFO(text);
    CHECK_FALSE(names_journal_stream(text, 8, 31245));
  }
}

TEST_CASE("what the journal does not take goes down the stream with a priority") {
  bool takes = true;
  std::vector<Fields> sent;
  std::string stream;
  JournalSink sink(
      LogLevel::kInfo,
      [&](const Fields& fields) {
        sent.push_back(fields);
        return takes;
      },
      [&](std::string_view line) { stream += line; });
  const Log log = Log(sink).with({{"account", "work"}});
  log.debug("unseen");
  CHECK_FALSE(log.wants(LogLevel::kDebug));
  log.info("stored");
  REQUIRE(sent.size() == 1);
  CHECK(sent[0][0] == "MESSAGE=stored account=work");
  CHECK(stream.empty());
  takes = false;
  log.warning("odd", {{"why", "c\n<0>d"}});
  CHECK(stream == "<4>odd account=work why=\"c\\x0a<0>d\"\n");
}

TEST_CASE("a daemon chooses its sink by where its standard error goes") {
  struct stat facts {};
  REQUIRE(fstat(STDERR_FILENO, &facts) == 0);
  const SystemClock clock;
  std::optional<std::string> stream;
  ProcessEnvironment environment;
  environment.variable = [&](const std::string& name) {
    return name == "JOURNAL_STREAM" ? stream : std::nullopt;
  };
  const auto is_journal = [&] {
    const auto sink = daemon_log_sink(environment, clock, LogLevel::kWarning);
    CHECK_FALSE(sink->wants(LogLevel::kInfo));
    CHECK(sink->wants(LogLevel::kWarning));
    return dynamic_cast<JournalSink*>(sink.get()) != nullptr;
  };
  CHECK_FALSE(is_journal());
  stream = std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
  CHECK(is_journal());
  stream = std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino + 1);  // redirected
  CHECK_FALSE(is_journal());
}
