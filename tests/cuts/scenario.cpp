#include "tests/cuts/scenario.h"

#include <iterator>

#include "tests/simulator/chance.h"

namespace imapkeep::cuts {
namespace {

using sim::Chance;

constexpr const char* kFlags[] = {"\\Seen", "\\Flagged", "\\Answered", "$Forwarded"};

struct Teller {
  ModelImapServer& server;
  Chance chance;

  std::string body(std::uint64_t most = 3000) {
    std::string text =
        "From: someone@example.org\r\nSubject: " + std::to_string(chance.any()) + "\r\n\r\n";
    const char* line = chance.one_in(4) ? "with bare line ends\n" : "Line after line of it.\r\n";
    for (const std::uint64_t size = chance.below(most); text.size() < size;) text += line;
    return text;
  }
  void deliver(const std::string& folder, int count) {
    for (; count > 0; --count) {
      server.deliver(folder, body(), {}, 1'700'000'000 + static_cast<int>(chance.below(9999)));
    }
  }
  /// 0: the folder is empty.
  std::uint32_t some(const std::string& folder) {
    auto& messages = server.box(folder).messages;
    return messages.empty() ? 0 : chance.pick(messages).first;
  }
  void flag(const std::string& folder, int count) {
    for (; count > 0; --count) {
      const std::uint32_t uid = some(folder);
      if (uid == 0) return;
      std::set<std::string> flags;
      for (const char* one : kFlags) {
        if (chance.one_in(2)) flags.insert(one);
      }
      server.set_flags(folder, uid, flags);
    }
  }
  void expunge(const std::string& folder, int count) {
    for (; count > 0; --count) {
      if (const std::uint32_t uid = some(folder); uid != 0) server.expunge(folder, uid);
    }
  }
  void move(const std::string& from, const std::string& to) {
    if (const std::uint32_t uid = some(from); uid != 0) server.move(from, uid, to);
  }
  void copy(const std::string& from, const std::string& to) {
    if (const std::uint32_t uid = some(from); uid != 0) server.copy(from, uid, to);
  }
};

void begin(Teller& it) {
  for (const char* folder : {"Archive", "Lists/a", "Entw&APw-rfe", "Empty", "Old"}) {
    it.server.create_folder(folder);
  }
  it.deliver("INBOX", 10);  // enough to be made durable together
  it.server.deliver("INBOX", it.body(200'000));
  it.deliver("Archive", 4);  // and too few
  it.copy("INBOX", "Archive");
  it.deliver("Lists/a", 3);
  it.deliver("Entw&APw-rfe", 2);
  it.deliver("Old", 2);
  it.flag("INBOX", 3);
}

void much(Teller& it) {
  it.deliver("INBOX", 3);
  it.flag("INBOX", 3);
  it.flag("Archive", 2);
  it.expunge("INBOX", 2);
  it.move("INBOX", "Archive");
  it.copy("Archive", "Empty");
  it.server.rename_folder("Lists/a", "Lists/b");
  it.server.bump_uid_validity("Entw&APw-rfe");
  it.server.create_folder("New");
  it.deliver("New", 2);
}

void more(Teller& it) {
  it.move("Archive", "INBOX");
  it.move("INBOX", "New");
  it.expunge("Lists/b", 1);
  it.deliver("Lists/b", 1);
  it.flag("New", 1);
  it.server.delete_folder("Old");
}

}  // namespace

Scenario::Through Scenario::through(int chapter) {
  return chapter >= 2 && chapter <= 5 ? Through::kDaemon : Through::kSync;
}

void Scenario::tell(int chapter, ModelImapServer& server) const {
  Teller it{server, Chance(seed_ * 100 + static_cast<std::uint64_t>(chapter))};
  switch (chapter) {
    case 0:
      return begin(it);
    case 1:
      return much(it);
    case 2:
      return it.flag("Archive", 1);
    case 3:
      return it.deliver("INBOX", 1);
    case 4:
      it.flag("INBOX", 2);
      return it.expunge("INBOX", 1);
    case 5:
      it.move("INBOX", "Archive");
      return it.deliver("INBOX", 1);
    case 6:
      return more(it);
    default:
      return;  // minutes later: what is not there a second time is gone
  }
}

}  // namespace imapkeep::cuts
