// A message whose download was cut by the end of the connection, and of which a good part is here:
// a session may last as long as its token, and a big message longer. What came stays in the store's
// file, and the next session is asked for the rest alone (BODY[]<n>). Its first octets are those
// that came last and are compared: a server that generates messages anew may have made another one.
// The very last ones are never kept: they may be the server's farewell (BYE) in the place of mail.
// A part is only kept as long as each session brings a good part more; a message at which a rest
// was asked for in vain is fetched whole from then on, and blamed like any other.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/base/bytes.h"
#include "sync/plan/records.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct CutBody {
  MessageKey key;
  IncomingId incoming = 0;
  std::uint64_t bytes = 0;
  std::string tail;  ///< the last of them, at most kCompared
  static constexpr std::size_t kCompared = 4096;
  static constexpr std::size_t kHeldBack = 1024;
  static constexpr std::uint64_t kWorthKeeping = 1U << 20;
};

/// The one that waits for its rest, across the connections of a run.
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
  /// Its rest was asked for in vain.
  void was_in_vain(const MessageKey& key) { whole_.insert(key); }
  [[nodiscard]] bool may_be_cut(const MessageKey& key) const { return !whole_.contains(key); }
  /// So often a lost connection was no loss.
  [[nodiscard]] std::uint64_t gained() const { return gained_; }

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
