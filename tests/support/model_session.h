// One connection to the ModelImapServer: reads commands with their literals, answers in IMAP text.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/model_imap_server.h"

namespace imapkeep {

class ModelSession final : public SimPeer {
 public:
  explicit ModelSession(ModelImapServer& server);
  ~ModelSession() override;
  void on_connected(SimLink& link) override;
  void on_bytes(SimLink& link, ByteView bytes) override;
  void on_closed() override;

 private:
  struct Seen {
    std::uint32_t uid;
    std::uint64_t mod_seq;
  };

  bool take_command();  ///< one whole command from input_; false when more bytes are needed
  void answer(const std::string& tag, const std::string& command);
  void answer_before_login(const std::string& tag, const std::string& command);
  void answer_authenticated(const std::string& tag, const std::string& command);
  void check_plain(const std::string& tag, std::string_view encoded);
  void check_token(const std::string& tag, std::string_view encoded);
  void accept_login(const std::string& tag);
  void list(const std::string& tag, const std::string& command);
  void status(const std::string& tag, const std::string& command);
  void examine(const std::string& tag, const std::string& command);
  void idle(const std::string& tag);
  void search(const std::string& tag, const std::string& command);
  void fetch(const std::string& tag, const std::string& command);
  /// False when the connection ended in the middle.
  bool fetch_one(std::size_t number, const ModelMessage& message, const std::string& items);
  /// The end at a message that must not be asked for; true: it has come.
  bool die_at(const std::set<std::uint32_t>& fatal, std::uint32_t uid);
  /// What changed in the examined mailbox since this session was last told.
  void tell_news();
  friend class ModelImapServer;

  void say(std::string_view line);
  void say_bye(const std::string& text);
  void untagged(const std::string& line) { say("* " + line); }
  [[nodiscard]] bool offers(const std::string& atom) const {
    return server_.capabilities.contains(atom);
  }
  [[nodiscard]] std::string capability_list() const;
  [[nodiscard]] std::string status_items(const ModelMailbox& mailbox, bool mod_seq) const;
  [[nodiscard]] ModelMailbox* examined();

  ModelImapServer& server_;
  std::shared_ptr<std::vector<ModelSession*>> sessions_;
  SimLink* link_ = nullptr;
  std::string input_;
  std::string idle_tag_;  ///< DONE is awaited
  std::string sasl_tag_;  ///< AUTHENTICATE waits for its answer
  bool logged_in_ = false;
  bool compresses_ = false;  ///< which it cannot
  bool silent_ = false;
  std::uint64_t octets_ = 0;  ///< of bodies that were sent
  std::optional<std::string> mailbox_;
  std::set<std::uint32_t> overlooked_;  ///< by this examination of the mailbox
  std::vector<Seen> told_;  ///< the mailbox as this session knows it, by sequence number
};

}  // namespace imapkeep
