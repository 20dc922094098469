// One account: its server, what the configuration says of it, and what has ever been true of its
// mail. Everything that happens to the mail goes through here, because what the mirror owes in the
// end depends on it: what the server holds, and what was removed there after the mirror had it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulator/chance.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_imap_server.h"
#include "tests/support/sim_network.h"

namespace imapkeep::sim {

/// A message on the server.
struct MailPlace {
  std::string folder;
  std::uint32_t uid = 0;
};

class SimAccount {
 public:
  SimAccount(SimNetwork& network, MemoryDisk& disk, std::string name, Chance& chance);

  // What the configuration says.
  std::string name;
  std::string host;
  std::string root;           ///< of its store
  std::string password_file;  ///< its path
  std::string password;       ///< that stands there
  std::vector<std::string> watch{"INBOX"};
  std::vector<std::string> exclude;
  bool keeps = true;  ///< on_expunge: keep
  bool configured = true;
  [[nodiscard]] bool watches_one_folder() const {
    return watch.empty() || (watch.size() == 1 && watch.front() != "*");
  }
  /// As it stands under `accounts`.
  [[nodiscard]] std::string config_text() const;

  // What happens to the mail.
  void deliver(const std::string& folder, std::string body);
  void flag(const MailPlace& mail);
  void copy(const MailPlace& mail, const std::string& to);
  void move(const MailPlace& mail, const std::string& to);
  void expunge(const MailPlace& mail);
  void create_folder(const std::string& folder);
  void rename_folder(const std::string& from, const std::string& to);
  void delete_folder(const std::string& folder);
  void bump_uid_validity(const std::string& folder);

  /// Of what the mirror has, some is not there for whoever looks next. False: there is nothing.
  bool overlook_some(unsigned one_in);

  [[nodiscard]] std::vector<std::string> folders() const;
  [[nodiscard]] std::vector<MailPlace> mail() const;
  /// A body that has been there before.
  [[nodiscard]] const std::string* any_old_body();
  /// Folders of the mirror that the server has not. Too many of them are, rightly, not believed.
  [[nodiscard]] std::size_t folders_missing() const;

  SimHost& network;
  ModelImapServer server;
  /// What ends every fault: the server as it is on a good day.
  void calm();
  /// Whatever folder was said not to be there is there.
  void find_folders();
  bool has_lost_folder = false;

  // What has ever been true, by bytes.
  std::set<std::string> delivered;
  std::map<std::string, unsigned> removed;  ///< from some folder, how often
  std::set<std::string> must_be_kept;       ///< left the server when the mirror had it
  std::set<std::string> reader_removed;     ///< a mail reader has removed a file of it
  std::set<std::string> reader_marked;      ///< by base: its letters are the reader's

 private:
  /// Before it leaves `folder`; `for_good`: not for another one.
  void note_removed(const ModelMessage& message, bool for_good);
  [[nodiscard]] bool is_mirrored(const std::string& body) const;
  void choose_character();

  MemoryDisk& disk_;
  Chance& chance_;
  Duration latency_{0};
  bool idle_keeps_news_ = false;
  std::optional<std::string> refuse_idle_;
};

}  // namespace imapkeep::sim
