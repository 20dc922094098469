// A message whose download was cut by the end of the connection, and of which a good part is here:
// a session may last as long as its token, and a big message longer. What came stays in the store's
// file, and the next session is asked for the rest alone (BODY[]<n>). Before that its first octets
// are asked for once more and compared, and so are those before the rest: a server that generates
// messages anew may have made another one. The very last ones are never kept: they may be the
// server's farewell (BYE) in the place of mail. A rest that is refused or does not fit, or at which
// three sessions in a row gain nothing, is not asked for again in this run: the message is fetched
// whole, and blamed like any other.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/base/bytes.h"
#include "sync/journal/records.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct CutBody {
  MessageKey key;
  IncomingId incoming = 0;
  std::uint64_t bytes = 0;
  std::string head;  ///< the first of them, kCompared
  std::string tail;  ///< the last of them, at most kCompared
  int vain = 0;      ///< sessions in a row that were asked for the rest and brought nothing
  static constexpr std::size_t kCompared = 4096;
  static constexpr std::size_t kHeldBack = 1024;
  static constexpr std::uint64_t kWorthKeeping = 1U << 20;
  static constexpr int kMostVain = 3;
  /// Asked for as "all that follows". A message that may be longer is not fetched in parts.
  static constexpr std::uint64_t kMostOfRest = 0x7fffffff;
};

/// The one that waits for its rest, across the connections of one run.
class CutBodies {
 public:
  /// What else waited is given back: nobody needs it any more. `gained`: a good part came since it
  /// was kept last.
  [[nodiscard]] std::optional<CutBody> keep(CutBody cut, bool gained) {
    if (gained) ++gained_;
    return std::exchange(cut_, std::move(cut));
  }
  [[nodiscard]] const CutBody* of(const MessageKey& key) const {
    return cut_ && cut_->key == key ? &*cut_ : nullptr;
  }
  [[nodiscard]] std::optional<CutBody> take() { return std::exchange(cut_, std::nullopt); }
  /// The run is over: its file must not be left to those who tidy up.
  [[nodiscard]] std::optional<CutBody> end() {
    whole_.clear();
    return take();
  }
  /// Its rest was asked for in vain.
  void was_in_vain(const MessageKey& key) { whole_.insert(key); }
  [[nodiscard]] bool may_be_cut(const MessageKey& key) const { return !whole_.contains(key); }
  /// So often a lost connection was no loss.
  [[nodiscard]] std::uint64_t gained() const { return gained_; }
  [[nodiscard]] bool remembers_nothing() const { return !cut_ && whole_.empty(); }

 private:
  std::optional<CutBody> cut_;
  std::set<MessageKey> whole_;
  std::uint64_t gained_ = 0;
};

/// Adds bytes to the last ones of a message.
inline void add_to_tail(std::string& tail, ByteView bytes) {
  if (bytes.size() >= CutBody::kCompared) {
    tail.assign(bytes.substr(bytes.size() - CutBody::kCompared));
    return;
  }
  const std::size_t most = CutBody::kCompared - bytes.size();
  if (tail.size() > most) tail.erase(0, tail.size() - most);
  tail.append(bytes);
}

}  // namespace imapkeep
