#include "sync/state/sqlite/message_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "sync/state/sqlite/keyword_set.h"

namespace imapkeep {
namespace {

// What message_of reads, in this order.
constexpr std::string_view kWindow =
    "SELECT m.folder, m.uid_validity, m.uid, m.internal_date, m.rfc822_size, m.sha256, m.xxh3,"
    " m.size, m.crlf_size, m.number, m.flags, k.words, m.told_date, m.doubtful"
    " FROM message AS m LEFT JOIN keyword_set AS k ON k.id = m.keyword_set"
    " WHERE m.account = ? AND m.folder = ? AND m.uid_validity = ? AND m.uid >= ? AND m.uid <= ?"
    " ORDER BY m.uid LIMIT ?";

ByteView view_of(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

MessageKey key_of(const Query& row) {
  return {FolderId{row.u32(0)}, UidValidity{row.u32(1)}, Uid{row.u32(2)}};
}

KnownMessage message_of(const Query& row) {
  KnownMessage message;
  message.key = key_of(row);
  message.internal_date = row.i64(3);
  message.rfc822_size = row.u64(4);
  const ByteView sha256 = row.bytes(5);
  std::copy_n(sha256.begin(), std::min(sha256.size(), message.identity.sha256.bytes.size()),
              message.identity.sha256.bytes.begin());
  message.identity.xxh3 = row.u64(6);
  message.identity.size = row.u64(7);
  message.identity.crlf_size = row.u64(8);
  message.number = row.u32(9);
  message.flags = Flags::from_bits(row.u32(10));
  message.flags.keywords = unpack_keywords(row.bytes(11));
  if (!row.is_null(12)) message.told_date = row.i64(12);
  if (!row.is_null(13)) message.doubtful = row.string(13);
  return message;
}

/// All live rows that are alike but for their numbers. Many questions of a batch may be about the
/// same rows: they are read once.
struct AlikeRows {
  TakenNumbers taken;
  std::vector<std::pair<MessageKey, std::uint32_t>> rows;  // ascending
};
using Alike = std::tuple<FolderId, std::int64_t, std::uint64_t, std::uint64_t, std::uint64_t>;

Result<AlikeRows> read_alike(Database& database, AccountId account, const NameQuestion& question) {
  AlikeRows alike;
  std::vector<std::uint32_t> numbers;
  Query row = database.query(
      "SELECT folder, uid_validity, uid, number FROM message INDEXED BY message_by_xxh3"
      " WHERE account = ? AND xxh3 = ? AND internal_date = ? AND folder = ? AND size = ?"
      " AND crlf_size = ? ORDER BY uid_validity, uid",
      account.value, question.identity.xxh3, question.internal_date, question.key.folder.value,
      question.identity.size, question.identity.crlf_size);
  while (row.next()) {
    alike.rows.emplace_back(key_of(row), row.u32(3));
    numbers.push_back(row.u32(3));
  }
  if (auto status = row.status(); !status) return status.error();
  std::sort(numbers.begin(), numbers.end());
  if (!numbers.empty()) alike.taken = TakenNumbers::of(std::move(numbers));
  return alike;
}

TakenNumbers taken_for(const AlikeRows& alike, const MessageKey& key) {
  TakenNumbers taken = alike.taken;
  const auto own =
      std::lower_bound(alike.rows.begin(), alike.rows.end(), std::pair(key, std::uint32_t{0}));
  if (own == alike.rows.end() || own->first != key) return taken;
  const auto [first, last] = std::equal_range(taken.all->begin(), taken.all->end(), own->second);
  if (last - first == 1) taken.own = own->second;
  return taken;
}

Result<Done> find_same_bytes(Database& database, AccountId account, const NameQuestion& question,
                             NameFacts& facts) {
  MessageKey key;
  {
    Query row = database.query(
        "SELECT m.folder, m.uid_validity, m.uid, f.path"
        " FROM message AS m INDEXED BY message_by_xxh3"
        " JOIN folder AS f ON f.account = m.account AND f.id = m.folder"
        " WHERE m.account = ? AND m.xxh3 = ? AND m.internal_date = ? AND m.sha256 = ?"
        " AND NOT (m.folder = ? AND m.uid_validity = ? AND m.uid = ?) LIMIT 1",
        account.value, question.identity.xxh3, question.internal_date,
        Blob{view_of(question.identity.sha256)}, question.key.folder.value,
        question.key.uid_validity.value, question.key.uid.value);
    if (!row.next()) return row.status();
    key = key_of(row);
    facts.same_bytes_path = row.string(3);
  }
  auto found = message_window(database, account, key.folder, key.uid_validity, key.uid, 1);
  if (!found) return found.error();
  facts.same_bytes = found->at(0);
  return Done{};
}

// One of its folder's present generation rather than of an older one, which is about to depart too
// and whose file may have gone ahead of its record in a crash.
Result<std::optional<LiveCopy>> find_live_copy(Database& database, AccountId account,
                                               const MessageIdentity& identity,
                                               const std::set<MessageKey>& leaving,
                                               const UidsByPlace* also_leaving) {
  const auto leaves = [&](const MessageKey& one) {
    if (leaving.contains(one)) return true;
    if (also_leaving == nullptr) return false;
    const auto place = also_leaving->find({one.folder, one.uid_validity});
    return place != also_leaving->end() && place->second.contains(one.uid);
  };
  std::optional<MessageKey> key;
  LiveCopy copy;
  {
    // Not sorted by SQLite: of ten thousand equal messages the first one is mostly it.
    Query row = database.query(
        "SELECT m.folder, m.uid_validity, m.uid, f.path, m.uid_validity = f.uid_validity"
        " FROM message AS m INDEXED BY message_by_xxh3"
        " JOIN folder AS f ON f.account = m.account AND f.id = m.folder"
        " WHERE m.account = ? AND m.xxh3 = ? AND m.sha256 = ?",
        account.value, identity.xxh3, Blob{view_of(identity.sha256)});
    for (bool present = false; !present && row.next();) {
      present = row.boolean(4);
      if (leaves(key_of(row))) {
        present = false;
      } else if (!key || present) {
        key = key_of(row);
        copy.folder_path = row.string(3);
      }
    }
    if (auto status = row.status(); !status) return status.error();
  }
  if (!key) return std::optional<LiveCopy>();
  auto found = message_window(database, account, key->folder, key->uid_validity, key->uid, 1);
  if (!found) return found.error();
  copy.message = found->at(0);
  return std::optional<LiveCopy>(std::move(copy));
}

}  // namespace

Result<UidSet> stored_uids(Database& database, AccountId account, FolderId folder,
                           UidValidity uid_validity) {
  UidSet uids;
  Query row = database.query(
      "SELECT uid FROM message WHERE account = ? AND folder = ? AND uid_validity = ? ORDER BY uid",
      account.value, folder.value, uid_validity.value);
  while (row.next()) uids.add(Uid{row.u32(0)});
  if (auto status = row.status(); !status) return status.error();
  return uids;
}

Result<std::vector<KnownMessage>> message_window(Database& database, AccountId account,
                                                 FolderId folder, UidValidity uid_validity,
                                                 Uid from, std::size_t limit) {
  std::vector<KnownMessage> messages;
  const auto most = static_cast<std::uint64_t>(std::min<std::size_t>(limit, INT64_MAX));
  Query row = database.query(kWindow, account.value, folder.value, uid_validity.value, from.value,
                             kMaxUid.value, most);
  while (row.next()) messages.push_back(message_of(row));
  if (auto status = row.status(); !status) return status.error();
  return messages;
}

Result<std::vector<KnownMessage>> known_messages(Database& database, AccountId account,
                                                 FolderId folder, UidValidity uid_validity,
                                                 const UidSet& uids) {
  std::vector<KnownMessage> messages;
  for (const UidRange& range : uids.ranges()) {
    Query row =
        database.query(kWindow, account.value, folder.value, uid_validity.value, range.first.value,
                       range.last.value, static_cast<std::uint64_t>(INT64_MAX));
    while (row.next()) messages.push_back(message_of(row));
    if (auto status = row.status(); !status) return status.error();
  }
  return messages;
}

Result<std::vector<UidValidity>> generations(Database& database, AccountId account,
                                             FolderId folder) {
  // From one to the next by the key, so that a big folder is not walked.
  std::vector<UidValidity> found;
  std::int64_t last = -1;
  for (;;) {
    Query row = database.query(
        "SELECT uid_validity FROM message WHERE account = ? AND folder = ? AND uid_validity > ?"
        " ORDER BY uid_validity LIMIT 1",
        account.value, folder.value, last);
    if (!row.next()) {
      if (auto status = row.status(); !status) return status.error();
      return found;
    }
    last = row.i64(0);
    found.push_back(UidValidity{row.u32(0)});
  }
}

Result<std::vector<NameFacts>> name_facts(Database& database, AccountId account,
                                          const std::vector<NameQuestion>& questions) {
  std::vector<NameFacts> answers(questions.size());
  // One transaction around all questions: outside one, each locks the file anew.
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  std::map<Alike, AlikeRows> alike;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const NameQuestion& question = questions[i];
    const MessageIdentity& identity = question.identity;
    const auto [rows, is_new] =
        alike.try_emplace({question.key.folder, question.internal_date, identity.xxh3,
                           identity.size, identity.crlf_size});
    if (is_new) {
      auto read = read_alike(database, account, question);
      if (!read) return read.error();
      rows->second = *std::move(read);
    }
    answers[i].taken_numbers = taken_for(rows->second, question.key);
    auto same = find_same_bytes(database, account, questions[i], answers[i]);
    if (!same) return same.error();
  }
  return answers;
}

// The conditions of these two are those of the schema's partial indexes, word for word.
Result<std::uint64_t> count_other_sizes(Database& database, AccountId account, std::uint64_t most) {
  Query row = database.query(
      "SELECT count(*) FROM (SELECT 1 FROM message INDEXED BY message_of_other_size"
      " WHERE account = ? AND rfc822_size <> size AND rfc822_size <> 0 LIMIT ?)",
      account.value, std::min<std::uint64_t>(most, INT64_MAX));
  std::uint64_t count = 0;
  if (row.next()) count = row.u64(0);
  if (auto status = row.status(); !status) return status.error();
  return count;
}

Result<std::vector<DoubtfulMessage>> doubtful_messages(Database& database, AccountId account,
                                                       std::uint64_t most) {
  std::vector<DoubtfulMessage> messages;
  Query row = database.query(
      "SELECT folder, uid_validity, uid, doubtful FROM message INDEXED BY message_of_doubt"
      " WHERE account = ? AND doubtful IS NOT NULL ORDER BY folder, uid_validity, uid LIMIT ?",
      account.value, std::min<std::uint64_t>(most, INT64_MAX));
  while (row.next()) messages.push_back({key_of(row), row.string(3)});
  if (auto status = row.status(); !status) return status.error();
  return messages;
}

Result<std::vector<std::optional<LiveCopy>>> live_elsewhere(
    Database& database, AccountId account, const std::vector<KnownMessage>& leaving,
    const UidsByPlace* also_leaving) {
  std::set<MessageKey> keys;
  for (const auto& message : leaving) keys.insert(message.key);
  // The answer is one of the bytes, not of the key: a thousand equal messages are asked about once.
  std::map<Sha256Digest, std::optional<LiveCopy>> answers;
  std::vector<std::optional<LiveCopy>> elsewhere;
  elsewhere.reserve(leaving.size());
  for (const auto& message : leaving) {
    auto at = answers.find(message.identity.sha256);
    if (at == answers.end()) {
      auto answer = find_live_copy(database, account, message.identity, keys, also_leaving);
      if (!answer) return answer.error();
      at = answers.emplace(message.identity.sha256, *answer).first;
    }
    elsewhere.push_back(at->second);
  }
  return elsewhere;
}

}  // namespace imapkeep
