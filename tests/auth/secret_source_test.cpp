// Where passwords come from, and everything that must stop one from being used or shown.
#include "auth/secret_source.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "auth/password_credentials.h"
#include "tests/support/fake_files.h"

namespace imapkeep {
namespace {

constexpr const char* kPassword = "swordfish";

class OneProcess final : public Process {
 public:
  Result<std::string> output_of(const std::vector<std::string>& argv, Duration) override {
    ran = argv;
    return answer;
  }
  Result<std::string> answer = std::string();
  std::vector<std::string> ran;
};

/// Runs a job when told to, as a loop would.
class LateStrand final : public Strand {
 public:
  Operation run(std::function<void()> work, std::function<void()> done) override {
    work_ = std::move(work);
    done_ = std::make_shared<std::function<void()>>(std::move(done));
    return Operation([done = done_] { *done = nullptr; });
  }
  void post(std::function<void()> work) override { work_ = std::move(work); }
  void turn() {
    work_();
    if (*done_) (*done_)();
  }

 private:
  std::function<void()> work_;
  std::shared_ptr<std::function<void()>> done_;
};

struct World {
  test::FakeFiles files;
  OneProcess process;
  ProcessEnvironment environment = files.environment();

  Result<Secret> read(const SecretOptions& options) {
    return SecretSource(files, process, environment).read(options);
  }
  /// The password, or the sentence of the error; no error may hold the password.
  std::string told(const SecretOptions& options) {
    const auto secret = read(options);
    if (secret) return std::string(secret->reveal());
    CHECK(secret.error().what.find(kPassword) == std::string::npos);
    CHECK(secret.error().remedy == Remedy::kNeedsOperator);
    return secret.error().what;
  }
};

}  // namespace

TEST_CASE("a password file") {
  struct Case {
    std::string bytes, told;
  };
  const std::string kFile = "the secret file /etc/pw ";
  const Case cases[] = {
      {"swordfish", "swordfish"},
      {"swordfish\n", "swordfish"},
      {"swordfish\r\n", "swordfish"},
      {"swordfish\r", "swordfish\r"},
      {" sword fish ", " sword fish "},
      {"s\xc3\xa9same\n", "s\xc3\xa9same"},
      {"swordfish\n\n", kFile + "holds more than one line; a secret is one line"},
      {"me\nswordfish\n", kFile + "holds more than one line; a secret is one line"},
      {std::string("swordfish\0", 10), kFile + "holds a NUL byte"},
      {"", kFile + "is empty"},
      {"\n", kFile + "is empty"},
      {"\r\n", kFile + "is empty"},
      {"\xef\xbb\xbfswordfish\n",
       kFile + "begins with a byte order mark, which an editor has put there; save it as UTF-8 "
               "without one"},
      {std::string(65537, 'x'), "/etc/pw is larger than 65536 bytes"},
  };
  for (const auto& one : cases) {
    INFO(one.told);
    World world;
    world.files.put("/etc/pw", one.bytes);
    CHECK(world.told(SecretFile{"/etc/pw"}) == one.told);
    CHECK(check_secret_file(world.files, world.environment, "/etc/pw").has_value() ==
          (one.told.find("/etc/pw") == std::string::npos));
  }
}

TEST_CASE("a secret with lines of its own is read whole") {
  World world;
  world.files.put("/key.pem", "-----BEGIN\nswordfish\n-----END\n");
  const SecretSource source(world.files, world.process, world.environment);
  const auto pem = source.read_whole(SecretFile{"/key.pem"});
  REQUIRE(pem);
  CHECK(pem->reveal() == "-----BEGIN\nswordfish\n-----END\n");
  world.files.put("/key", std::string("\0\n\0", 3));
  CHECK(source.read_whole(SecretFile{"/key"})->reveal().size() == 3);
  world.process.answer = std::string("a\nb\n");
  CHECK(source.read_whole(SecretCommand{{"pass"}})->reveal() == "a\nb\n");
  world.files.put("/empty", "");
  CHECK(source.read_whole(SecretFile{"/empty"}).error().what == "the secret file /empty is empty");
  world.files.put("/open.pem", "swordfish", 0644);
  CHECK(source.read_whole(SecretFile{"/open.pem"}).error().what ==
        "the secret file /open.pem is open to others (mode 0644); chmod 600 it");
}

TEST_CASE("a password file that others can read is refused") {
  for (std::uint32_t mode = 0; mode <= 0777; ++mode) {
    INFO(std::oct << mode);
    World world;
    world.files.put("/pw", "swordfish\n", mode);
    CHECK(world.read(SecretFile{"/pw"}).has_value() == ((mode & 077) == 0));
  }
  World world;
  world.files.put("/pw", "swordfish\n", 0640);
  CHECK(world.told(SecretFile{"/pw"}) ==
        "the secret file /pw is open to others (mode 0640); chmod 600 it");
  CHECK(world.read(SecretFile{"/pw"}).error().trouble == Trouble::kConfig);
}

TEST_CASE("whose password file it is") {
  struct Case {
    std::uint32_t owner, user;
    bool good;
  };
  for (const auto& one : {Case{1000, 1000, true},
                          {0, 1000, true},
                          {1001, 1000, false},
                          {0, 0, true},
                          {1001, 0, false}}) {
    INFO(one.owner << " read by " << one.user);
    World world;
    world.files.put("/pw", "swordfish\n").facts.owner = one.owner;
    world.environment.user_id = one.user;
    CHECK(world.read(SecretFile{"/pw"}).has_value() == one.good);
  }
}

TEST_CASE("what is no password file") {
  World world;
  world.files.put_directory("/dir");
  world.files.put("/fifo", "").facts.kind = FileKind::kOther;
  world.files.put("/dangling", "").facts.kind = FileKind::kLink;
  world.files.put("/denied", "swordfish").os_code = EACCES;
  world.files.put("/shrunk", "swordfish").facts.size = 400;
  CHECK(world.told(SecretFile{"/dir"}) == "/dir is not a regular file");
  CHECK(world.told(SecretFile{"/fifo"}) == "/fifo is not a regular file");
  CHECK(world.told(SecretFile{"/dangling"}) == "/dangling is a link that leads nowhere");
  CHECK(world.told(SecretFile{"/none"}) == "/none does not exist");
  CHECK(world.told(SecretFile{"/no/ne"}) == "/no/ne does not exist");
  CHECK(world.told(SecretFile{"/denied"}) == "/denied may not be read by this user");
  CHECK(world.told(SecretFile{"relative"}) == "`relative` is not an absolute path");
  CHECK(world.told(SecretFile{""}) == "`` is not an absolute path");
  CHECK(world.told(SecretFile{"/"}) == "/ is not a regular file");
  CHECK(world.told(SecretFile{"/dir/.."}) == "/dir/.. is not a regular file");
  CHECK(world.told(SecretFile{"/shrunk"}) == "swordfish");

  // May pass by itself: not a matter for a person.
  world.files.put("/broken", "swordfish").os_code = EIO;
  CHECK(world.read(SecretFile{"/broken"}).error().remedy == Remedy::kRetryLater);
  CHECK(world.read(SecretFile{"/broken"}).error().os_code == EIO);
  world.files.put("/growing", "swordfish").facts.size = 4;
  CHECK(world.read(SecretFile{"/growing"}).error().what == "/growing changed while it was read");
  CHECK(world.read(SecretFile{"/growing"}).error().remedy == Remedy::kRetrySoon);
}

TEST_CASE("a link to a password file: the file at its end counts") {
  World world;
  world.files.put_link("/run/secrets/pw", "/run/secrets.d/1/pw");
  world.files.put("/run/secrets.d/1/pw", "swordfish");
  CHECK(world.told(SecretFile{"/run/secrets/pw"}) == "swordfish");
  world.files.put("/run/secrets.d/1/pw", "swordfish", 0644);
  CHECK(world.told(SecretFile{"/run/secrets/pw"}) ==
        "the secret file /run/secrets/pw is open to others (mode 0644); chmod 600 it");
}

TEST_CASE("a password from the environment") {
  World world;
  CHECK(world.told(SecretEnvironment{"PW"}) ==
        "the environment variable PW for a secret is not set");
  world.files.variables["PW"] = "swordfish";
  CHECK(world.told(SecretEnvironment{"PW"}) == "swordfish");
  world.files.variables["PW"] = "";
  CHECK(world.told(SecretEnvironment{"PW"}) == "the environment variable PW is empty");
  world.files.variables["PW"] = "swordfish\nmore";
  CHECK(world.told(SecretEnvironment{"PW"}) ==
        "the environment variable PW holds more than one line; a secret is one line");
}

TEST_CASE("a systemd credential") {
  World world;
  CHECK(world.told(SecretCredential{"pw"}) ==
        "the credential pw is only there inside a systemd unit with LoadCredential= "
        "($CREDENTIALS_DIRECTORY is not set); outside of the service run this command by "
        "`systemd-run --pty -p User=USER -p LoadCredential=pw:FILE`");
  world.files.variables["CREDENTIALS_DIRECTORY"] = "/run/credentials/imapkeep.service";
  CHECK(world.told(SecretCredential{"pw"}) ==
        "/run/credentials/imapkeep.service/pw does not exist");
  // The group bits are the mask of an access list that names us alone.
  auto& file = world.files.put("/run/credentials/imapkeep.service/pw", "swordfish\n", 0440);
  file.facts.owner = 0;
  CHECK(world.told(SecretCredential{"pw"}) == "swordfish");
  for (const auto* name : {"", ".", "..", "../pw", "a/b", "/etc/shadow"}) {
    INFO(name);
    CHECK(world.told(SecretCredential{name}) ==
          "the credential " + std::string(name) + " is not a name below $CREDENTIALS_DIRECTORY");
  }
}

TEST_CASE("a password from a command") {
  struct Case {
    Result<std::string> answer;
    std::string told;
  };
  const Case cases[] = {
      {std::string("swordfish\nurl: x\n"), "swordfish"},
      {std::string("swordfish"), "swordfish"},
      {std::string(""), "the output of the command pass for a secret is empty"},
      {std::string("\nswordfish"), "the output of the command pass for a secret is empty"},
      {std::string("swordfish\r\nurl: x\r\n"), "swordfish"},
      {store_error("the command \"pass\" ended with status 1", 5),
       "no secret: the command \"pass\" ended with status 1; run it by hand, as the same user, to "
       "see why"},
  };
  for (const auto& one : cases) {
    World world;
    world.process.answer = one.answer;
    CHECK(world.told(SecretCommand{{"pass", "show", "mail"}}) == one.told);
    CHECK(world.process.ran == std::vector<std::string>{"pass", "show", "mail"});
  }
  World world;
  world.process.answer = store_error("no", 2);
  CHECK(world.read(SecretCommand{{"pass"}}).error().trouble == Trouble::kLogin);
  CHECK(world.told(SecretCommand{}) == "the command for a secret is empty");
}

TEST_CASE("credentials are read anew each time, on the lane, and not when nobody waits") {
  World world;
  LateStrand strand;
  PasswordCredentials credentials("me", "boss", SecretFile{"/pw"},
                                  SecretSource(world.files, world.process, world.environment),
                                  strand);
  std::string told;
  const auto listen = [&told](Result<Credentials> result) {
    told = result
               ? result->user + " " + result->authzid + " " + std::string(result->secret.reveal())
               : result.error().what;
  };
  Operation operation = credentials.get(listen);
  CHECK(told.empty());  // nothing happens inside the call
  strand.turn();
  CHECK(told == "/pw does not exist");

  world.files.put("/pw", "swordfish\n");
  operation = credentials.get(listen);
  strand.turn();
  CHECK(told == "me boss swordfish");
  world.files.put("/pw", "sesame\n");
  operation = credentials.get(listen);
  strand.turn();
  CHECK(told == "me boss sesame");

  told.clear();
  operation = credentials.get(listen);
  operation.cancel();
  strand.turn();
  CHECK(told.empty());
}

}  // namespace imapkeep
