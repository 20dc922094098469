// What the end of a session means, as tables.
#include "sync/imap/session_end.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace imapkeep::imap;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const MonoTime kReady{std::chrono::hours(5)};

Credentials credentials(Credentials::Proof proof) {
  Credentials made{"me", "", Secret("secret")};
  made.proof = proof;
  made.generation = 7;
  made.expires = kReady + minutes(60);
  return made;
}

SessionEnd session(Credentials::Proof proof) {
  SessionEnd end;
  end.begins_with(credentials(proof));
  end.is_ready(kReady);
  return end;
}

StatusResponse bye(const std::string& text) { return {"", StatusKind::kBye, std::nullopt, text}; }

}  // namespace

TEST_CASE("a session that ends when its token ends is followed by another at once") {
  struct Row {
    Duration after;
    Remedy remedy;
  };
  const auto row = GENERATE(values<Row>({
      {minutes(59), Remedy::kRetrySoon},
      {minutes(60) - seconds(3), Remedy::kRetrySoon},
      {minutes(60) - seconds(2), Remedy::kReconnect},
      {minutes(65), Remedy::kReconnect},
      {minutes(65) + seconds(1), Remedy::kRetrySoon},
  }));
  auto end = session(Credentials::Proof::kAccessToken);
  const Error why = end.lost(server_error("gone"), nullptr, kReady + row.after);
  CHECK(static_cast<int>(why.remedy) == static_cast<int>(row.remedy));
  CHECK(why.what == "gone");
  CHECK(end.refused_token() == nullptr);
}

TEST_CASE("words that blame the token, and words that do not") {
  struct Row {
    Credentials::Proof proof;
    std::string text;
    Duration after;
    bool is_refused;
    Remedy remedy;
  };
  const auto row = GENERATE(values<Row>({
      {Credentials::Proof::kAccessToken, "Session expired, please login again", minutes(30), true,
       Remedy::kReconnect},
      {Credentials::Proof::kAccessToken, "AccessTokenExpired", seconds(59), true,
       Remedy::kRetrySoon},
      {Credentials::Proof::kAccessToken, "Server shutting down", minutes(30), false,
       Remedy::kRetrySoon},
      {Credentials::Proof::kPassword, "AccessTokenExpired", minutes(30), false, Remedy::kReconnect},
      {Credentials::Proof::kPassword, "Server shutting down", minutes(30), false,
       Remedy::kRetrySoon},
  }));
  INFO(row.text);
  auto end = session(row.proof);
  const Error why = end.ended_by(bye(row.text), nullptr, kReady + row.after);
  CHECK(static_cast<int>(why.remedy) == static_cast<int>(row.remedy));
  REQUIRE((end.refused_token() != nullptr) == row.is_refused);
  if (row.is_refused) {
    CHECK(end.refused_token()->generation == 7);
    CHECK(end.refused_token()->secret.empty());
  }
  CHECK(end.unanswered_token() == nullptr);
}

TEST_CASE("what breaks behind COMPRESS, before anything complete came, broke because of it") {
  auto end = session(Credentials::Proof::kPassword);
  end.doubt_compress();
  SECTION("nothing came") {
    (void)end.lost(server_error("silence"), nullptr, kReady);
    CHECK(end.broke_by_compress());
  }
  SECTION("something came") {
    end.trust_compress();
    (void)end.lost(server_error("silence"), nullptr, kReady);
    CHECK_FALSE(end.broke_by_compress());
  }
  SECTION("words that can be read came") {
    (void)end.lost(end.ended_by(bye("restart"), nullptr, kReady), nullptr, kReady);
    CHECK_FALSE(end.broke_by_compress());
  }
}
