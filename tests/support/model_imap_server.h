// A small IMAP server in memory: real IMAP text over a SimLink, and a mailbox that a test changes
// behind the client's back. It keeps the promises of RFC 9051 unless told to break one: its faults
// are those that real servers show. It also counts, so that a test can say "no body was fetched
// twice".
//
//   SimWorld world;
//   SimNetwork network(world);
//   ModelImapServer server(network);            // INBOX is there; user "me", password "secret"
//   const auto uid = server.deliver("INBOX", "Subject: x\r\n\r\nhello\r\n");
//   server.box("INBOX").faults.nil_body.insert(uid);
//   server.capabilities.erase("CONDSTORE");
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sim_network.h"

namespace imapkeep {

struct ModelMessage {
  std::uint32_t uid = 0;
  std::set<std::string> flags;  ///< as IMAP writes them: "\\Seen", "$Forwarded", "Work"
  std::int64_t internal_date = 0;
  std::string body;
  std::uint64_t mod_seq = 1;
};

/// What goes wrong in one mailbox, by UID where it is about a message.
struct ModelFaults {
  std::set<std::uint32_t> omit_facts;     ///< left out of FETCH without a body
  std::set<std::uint32_t> omit_body;      ///< left out of FETCH BODY[], which still ends with OK
  std::set<std::uint32_t> refuse_body;    ///< the others come, then NO
  std::set<std::uint32_t> refuse_facts;   ///< a FETCH without bodies that names one of these: NO
  std::set<std::uint32_t> disconnect_at;  ///< half of this body, then the connection ends
  /// A FETCH of these ends the connection when their turn comes, as `fatal` says.
  std::set<std::uint32_t> fatal_facts;   ///< of date and size
  std::set<std::uint32_t> fatal_flags;   ///< of flags
  std::set<std::uint32_t> fatal_body;    ///< of the body
  std::set<std::uint32_t> fatal_header;  ///< of the header
  /// "": end of file; "silence": nothing is said any more; else this is said before the end.
  std::string fatal;
  bool split_facts = false;             ///< FLAGS in a response of their own
  std::set<std::uint32_t> omit_flags;   ///< answered without FLAGS
  std::set<std::uint32_t> nil_body;     ///< BODY[] NIL
  std::set<std::uint32_t> omit_search;  ///< left out of SEARCH
  std::string extra_search;             ///< a set that SEARCH (RETURN (ALL)) says instead
  /// To whoever examines the mailbox next, and only to that session, they are not there: left out
  /// of EXISTS, SEARCH and FETCH alike.
  std::set<std::uint32_t> overlooked;
  std::map<std::uint32_t, std::uint64_t> wrong_size;  ///< RFC822.SIZE announced
  std::map<std::uint32_t, std::string> other_body;    ///< BODY[] says this instead
  /// … or these, each once, and then what it should.
  std::map<std::uint32_t, std::deque<std::string>> bodies_before;
  std::set<std::uint32_t> no_internal_date;   ///< INTERNALDATE is left out
  bool uid_behind_body = false;               ///< BODY[] first, then UID
  bool no_uid_validity = false;               ///< EXAMINE does not say it
  bool no_uid_next = false;                   ///< neither EXAMINE nor LIST says it
  bool no_mod_seq = false;                    ///< EXAMINE says NOMODSEQ
  std::optional<std::string> refuse_examine;  ///< "NO …" or "BAD …"
  std::optional<std::string> refuse_status;
  bool not_listed = false;  ///< there, but missing in LIST
};

struct ModelMailbox {
  std::string name;  ///< raw, as on the wire
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 1;
  std::uint64_t highest_mod_seq = 1;
  std::string mailbox_id;               ///< said by EXAMINE, if there is one
  std::vector<std::string> attributes;  ///< "\\Sent", "\\Noselect"
  std::map<std::uint32_t, ModelMessage> messages;
  ModelFaults faults;
};

class ModelSession;

class ModelImapServer {
 public:
  explicit ModelImapServer(SimNetwork& network);
  /// Behind this name only.
  ModelImapServer(SimNetwork& network, const std::string& host);
  ~ModelImapServer();
  ModelImapServer(const ModelImapServer&) = delete;
  ModelImapServer& operator=(const ModelImapServer&) = delete;

  // What it offers. Take atoms away, or add them, before a connection is made.
  std::set<std::string> capabilities{"IMAP4rev1", "AUTH=PLAIN",    "SASL-IR",     "ID",
                                     "ENABLE",    "NAMESPACE",     "CONDSTORE",   "ESEARCH",
                                     "LITERAL+",  "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE",
                                     "UIDPLUS",   "MOVE",          "IDLE"};
  std::string user = "me";
  std::string password = "secret";  ///< or the token, where AUTH=XOAUTH2 is offered
  char delimiter = '/';
  std::string other_namespaces = "NIL NIL";  ///< other users' and shared ones, RFC 2342

  // What happens in the mailboxes. Every change raises the mailbox's mod-sequence.
  /// Returns the UID.
  std::uint32_t deliver(const std::string& folder, std::string body,
                        std::set<std::string> flags = {},
                        std::int64_t internal_date = 1'700'000'000);
  void set_flags(const std::string& folder, std::uint32_t uid, std::set<std::string> flags);
  void expunge(const std::string& folder, std::uint32_t uid);
  /// Returns the UID in `to`.
  std::uint32_t move(const std::string& from, std::uint32_t uid, const std::string& to);
  std::uint32_t copy(const std::string& from, std::uint32_t uid, const std::string& to);
  ModelMailbox& create_folder(const std::string& name, std::vector<std::string> attributes = {});
  void rename_folder(const std::string& from, const std::string& to);
  void delete_folder(const std::string& name);
  /// The same messages under new UIDs 1… and a new UIDVALIDITY.
  void bump_uid_validity(const std::string& folder);
  /// What a server does to those who have the folder selected before it is renamed, deleted or
  /// numbered anew: says BYE, or lets them have no mailbox selected. (Otherwise they go on by
  /// name.)
  void orphan_sessions(const std::string& folder, bool bye);
  /// Whoever is connected is told to go.
  void say_bye(const std::string& text);
  /// Whoever idles is told that it is over.
  void end_idles(const std::string& reply = "OK enough");
  [[nodiscard]] ModelMailbox& box(const std::string& name);
  [[nodiscard]] bool has_folder(const std::string& name) const { return boxes_.contains(name); }
  [[nodiscard]] const std::map<std::string, ModelMailbox>& boxes() const { return boxes_; }

  // Faults of the server as a whole.
  std::optional<std::string> greeting;      ///< instead of "* OK …", without CRLF
  std::optional<std::string> refuse_login;  ///< "NO [UNAVAILABLE] later"
  /// Offer COMPRESS=DEFLATE for this. OK, and then it cannot be carried: "cut", "in the clear",
  /// "silence"; "cut at once": no OK either;
  /// "BYE": a restart, behind which it is not offered any more.
  std::string compress_ends_with;
  /// What becomes of a token that is not the password: "NO", "challenge", "BYE", "BYE" and
  /// words, "OK, BYE", "cut".
  std::string refuses_token = "NO";
  std::optional<std::string> refuse_list;         ///< of every LIST
  std::optional<std::string> refuse_list_return;  ///< only of LIST … RETURN
  bool list_without_inbox = false;
  std::optional<std::string> refuse_idle;     ///< "BAD …"
  bool idle_says_nothing = false;             ///< takes IDLE and never says "+"
  bool idle_keeps_news = false;               ///< takes IDLE and never speaks in it
  bool news_without_uid = false;              ///< a change of flags does not name its UID
  std::string said_in_idle;                   ///< at the beginning of every IDLE
  bool removals_by_count = false;             ///< EXISTS, lower than before, instead of EXPUNGE
  std::optional<std::string> refuse_fetch;    ///< of every FETCH of bodies: "NO [OVERQUOTA] …"
  std::optional<std::string> refuse_headers;  ///< of every FETCH of BODY[HEADER]
  std::optional<std::string> refuse_next_search;  ///< once
  /// Called before each command is answered, with its text without the tag ("UID FETCH 1:3 …"): the
  /// moment to change a mailbox in the middle of a pass, or to end the connection (return false).
  std::function<bool(const std::string& command)> before_command;
  /// Called when a FETCH is answered but for its OK; what happens in it is told before the OK.
  std::function<void(const std::string& command)> behind_fetch;

  /// Called with each line that a session is about to say, without its CRLF (of a FETCH with a
  /// body: up to the literal's length); what it returns is sent instead, as it is.
  std::function<std::string(const std::string& line)> rewrite;

  /// So many octets of bodies one session carries; then it says this, if anything, and ends.
  std::optional<std::uint64_t> session_octets;
  std::string session_end;
  /// What becomes of BODY.PEEK[]<n.m>: "" the part, "whole" BODY[], or a refusal ("NO …").
  std::string parts_are;

  // What was asked.
  [[nodiscard]] const std::vector<std::string>& commands() const { return commands_; }
  /// Commands that begin with this ("UID FETCH").
  [[nodiscard]] std::size_t count(std::string_view beginning) const;
  [[nodiscard]] std::uint64_t bodies_served() const;
  [[nodiscard]] std::uint64_t bodies_served(const std::string& folder, std::uint32_t uid) const;
  [[nodiscard]] std::uint64_t headers_served() const { return headers_served_; }
  [[nodiscard]] std::size_t logins() const { return logins_; }
  [[nodiscard]] std::size_t connections() const { return connections_; }
  void forget_counts();

 private:
  friend class ModelSession;

  /// Something changed: whoever idles is told at once.
  void push();

  std::map<std::string, ModelMailbox> boxes_;
  std::uint32_t next_uid_validity_ = 1000;
  std::vector<std::string> commands_;
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> served_;
  /// In the order of their connecting. Shared with the sessions, which may outlive the server.
  using Sessions = std::vector<ModelSession*>;
  std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>();
  std::uint64_t headers_served_ = 0;
  std::size_t logins_ = 0;
  std::size_t connections_ = 0;
};

}  // namespace imapkeep
