// Fetches the wanted messages of the mailbox that is examined: newest first, facts (flags, date,
// size) in windows, then bodies in batches by bytes, several commands in flight, bytes streamed
// straight to the store. Memory depends on the windows, not on the mailbox. Every wanted UID ends
// as arrived (handed to the Recorder), vanished (the server showed nothing of it), or quarantined
// with a reason. What has another size than announced is asked for twice (second_ask.h), as soon as
// a few of such are held, so that what is known of them does not depend on the end of the folder. A
// UID that an answer leaves out is asked for once more, alone, before anything is said of it; so
// are facts that an answer leaves out. Messages that may have cost the connection (suspects.h) come
// last, each with nothing else in flight. A big message that a session's end has cut goes on where
// it was (cut_body.h).
//
// It may begin with a prefetch: a range asked for, facts and bodies in one FETCH, before anybody
// knows which UIDs there are, so that a connection with a long round trip has something to carry
// meanwhile. What comes of it, has come; what does not is asked for like everything else.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sync/imap/source_connection.h"
#include "sync/pass/back_pressure.h"
#include "sync/pass/cut_body.h"
#include "sync/pass/invention_watch.h"
#include "sync/pass/progress.h"
#include "sync/pass/recorder.h"
#include "sync/pass/second_ask.h"
#include "sync/pass/suspects.h"
#include "sync/pass/unstored.h"

namespace imapkeep {

class BodyFetch final : public imap::BodySink {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    MessageStore& store;
    Recorder& recorder;
    Unstored& unstored;
    Suspects& suspects;
    Clock& clock;
    Progress& progress;
    BackPressure& pressure;
    HeldBodies& held;
    Log log;
  };
  struct Folder {
    FolderId id;
    UidValidity uid_validity;
    std::string path;
    std::string name;  ///< for people
  };

  BodyFetch(Deps deps, Folder folder);
  ~BodyFetch() override;
  BodyFetch(const BodyFetch&) = delete;
  BodyFetch& operator=(const BodyFetch&) = delete;

  /// Called when nothing is left to be asked if all goes well. True: the connection has turned to
  /// another mailbox, so what goes wrong from now on is not asked for again, see unfinished().
  void on_all_asked(std::function<bool()> handler) { on_all_asked_ = std::move(handler); }
  /// The ledger has these, and they are fetched all the same: to see whether they are what is
  /// stored, or because their files are missing.
  void recheck(UidSet stored, UidSet missing) {
    stored_ = std::move(stored);
    missing_ = std::move(missing);
  }
  /// Before start(), and right behind EXAMINE. `messages`: as many as the mailbox had.
  void prefetch(UidSet range, std::uint64_t messages);
  /// EXAMINE has been answered, and the folder is what it was thought to be.
  void examined() { examined_ = true; }

  /// The prefetch is over and has brought all of these: there is nothing to start.
  [[nodiscard]] bool has_all(const UidSet& wanted) const {
    return !prefetch_in_flight_ && second_.empty() && wanted.minus(prefetched_).empty();
  }
  /// Ends when every wanted UID has ended, or with the connection's error.
  [[nodiscard]] Operation start(UidSet wanted, Completion<Done> done);
  /// What arrived by the prefetch.
  [[nodiscard]] const UidSet& prefetched() const { return prefetched_; }
  /// Something would have to be asked again, and the connection has turned to another mailbox.
  [[nodiscard]] bool unfinished() const { return unfinished_; }
  /// Wanted UIDs that the server no longer knew when asked.
  [[nodiscard]] const UidSet& vanished() const { return vanished_; }
  /// Arrived, but the server did not say their flags: an answer without FLAGS is not "no flags".
  [[nodiscard]] const UidSet& without_flags() const { return without_flags_; }
  /// Wanted UIDs that could not be had, and why. Perhaps they are gone by now: the caller asks.
  [[nodiscard]] const std::map<Uid, std::string>& refused() const { return refused_; }

  void on_body_begin(std::uint64_t size) override;
  void on_body_bytes(ByteView bytes) override;
  void on_body_end(const imap::MessageFacts& message) override;
  void on_body_facts(const imap::MessageFacts& facts) override;
  void on_body_void(std::optional<Uid> uid) override;

  /// How the reason of a quarantine begins that was a lost connection.
  static constexpr std::string_view kCostsConnection =
      "the connection is lost when this message is asked for";

 private:
  struct Ask {  // one FETCH of bodies
    UidSet uids;
    bool alone = false;     // a second try, or a suspect: one UID, nothing else in flight
    std::string complaint;  // why it is asked alone
    bool prefetch = false;
    enum class Of { kMessage, kHead, kRest } of = Of::kMessage;  ///< parts: cut_body.h
  };

  void pump();
  void leave_out_convicted();
  void ask_facts(UidSet window);
  /// Windows of those that are under no suspicion, then one group of suspects alone.
  bool ask_next_facts();
  void on_facts(const UidSet& asked, const Result<Done>& result);
  void on_facts_failed(const UidSet& asked, const Error& error);
  /// What the answer left out of the facts is asked for once more.
  void ask_again(const UidSet& asked);
  void ask_bodies(Ask ask);
  void on_answer(std::uint64_t id, Result<imap::FetchEnd> end);
  void on_left_out(const Ask& ask, Uid uid, const imap::FetchEnd& end);
  void give_up(Uid uid, const std::string& reason);
  void finish(Result<Done> result);
  void on_prefetched();
  void blame_what_is_unanswered(const Error& error);
  void blame(const UidSet& unanswered, const Error& error, bool window);
  void tell_all_asked();
  void start_batches();
  void put_off_second();
  void ask_second();
  void on_second(const Result<Done>& done);
  /// As many are held as one question about them may name, or as much.
  [[nodiscard]] bool second_is_due() const;
  [[nodiscard]] std::uint64_t second_at_once() const;
  void take(CameBody body);
  void keep(CameBody body);
  void say_other_size(const CameBody& body) const;
  /// The message whose body comes in now, where that is certain.
  [[nodiscard]] std::optional<Uid> coming() const;
  void begin_rest();
  [[nodiscard]] bool is_head() const;
  /// Of a message that is fetched in parts: what is to be asked next.
  void on_part(const Ask& ask);
  Operation ask_part(Ask& ask, const CutBody& cut, Completion<imap::FetchEnd> answered);
  /// Of a message that may be cut: all but the last octets go to the store.
  void append_holding_back(ByteView bytes);
  /// Takes off what is here already; false: it is not the same message.
  bool passes_comparison(ByteView& bytes);
  void cut_short();
  /// The connection is there still: what ended was no message.
  void drop_cut();
  /// True: what came is kept, and the lost connection is nobody's fault.
  bool keep_cut(const Error& error);
  void forget_cut(Uid uid);
  /// What is known of a message that came; nothing if nobody asked for it, or it is here already.
  [[nodiscard]] std::optional<imap::MessageFacts> take_facts(const imap::MessageFacts& said);
  [[nodiscard]] bool convicted(Uid uid) const {
    // What earlier runs have quarantined need not cost as many connections again.
    return deps_.suspects.convicted(
        key(uid), deps_.unstored.is_quarantined(key(uid)) ? 1 : Suspects::kStrikes,
        deps_.clock.mono_now());
  }
  [[nodiscard]] std::string loss_at(Uid uid) const;
  [[nodiscard]] Suspects::Place place() const { return {folder_.id, folder_.uid_validity}; }
  [[nodiscard]] MessageKey key(Uid uid) const { return {folder_.id, folder_.uid_validity, uid}; }

  static constexpr std::uint64_t kFactsWindow = 1000;  // messages asked about at once

  Deps deps_;
  Folder folder_;
  UidSet wanted_;  // facts not asked for yet
  UidSet vanished_;
  std::map<Uid, std::string> refused_;
  std::uint64_t window_;  // messages asked about at once; halved where the server refuses
  std::map<Uid, imap::MessageFacts> facts_;  // asked for, body not here yet
  std::deque<Ask> queue_;
  std::map<std::uint64_t, Ask> in_flight_;
  std::map<std::uint64_t, Operation> operations_;
  std::uint64_t next_ask_ = 0;
  bool facts_in_flight_ = false;
  bool facts_asked_again_ = false;  ///< those in flight
  UidSet facts_again_;
  UidSet facts_answered_;      ///< of those in flight
  std::deque<UidSet> doubts_;  ///< groups of suspects, to be asked for one group at a time
  UidSet without_flags_;
  std::map<Uid, imap::MessageFacts> prefetched_facts_;  ///< that came without a body
  std::uint64_t prefetch_most_ = 0;                     ///< as many messages as it can bring
  std::function<bool()> on_all_asked_;
  UidSet prefetch_;  // asked for by the prefetch and not here yet
  UidSet prefetched_;
  UidSet wanted_too_;  // of the prefetch: if it does not bring them, they are wanted
  bool prefetch_in_flight_ = false;
  bool examined_ = true;
  bool started_ = false;
  bool in_start_ = false;   ///< nothing may be completed from inside it
  bool all_asked_ = false;  ///< and the connection is another mailbox's
  bool unfinished_ = false;
  bool finished_ = false;
  std::optional<IncomingId> incoming_;
  std::uint64_t incoming_bytes_ = 0;
  std::uint64_t began_with_ = 0;  ///< octets of incoming_ that an earlier connection brought
  int vain_before_ = 0;           ///< CutBody::vain of it
  std::optional<std::uint64_t> began_at_;  ///< what comes is a part that begins there
  std::string head_;            ///< the first octets of a big one, or those that are compared
  std::string tail_;            ///< the last ones
  std::string held_back_;       ///< of a big one: came, and is not in the store yet
  std::size_t to_compare_ = 0;  ///< octets at the end of tail_ that come once more
  std::optional<CutBody> cut_;  ///< what was coming when its end became impossible
  InventionWatch invention_;
  UidSet stored_;
  UidSet missing_;
  SecondAsk second_;
  Operation second_operation_;
  Operation facts_operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
