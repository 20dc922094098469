// The least of a mirror: brings a store to what a server holds, by the steps of the real one, and
// says at the first error that it could not. Run again it goes on from whatever is there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/sync/store/maildir/store_bench.h"

namespace imapkeep::store_test {

struct ServerMessage {
  std::string bytes;
  std::string letters;
  std::int64_t date = 1771568830;
};
struct ServerFolder {
  std::string name;
  std::map<std::uint32_t, ServerMessage> messages;  ///< by UID
};
using Server = std::map<std::uint32_t, ServerFolder>;  ///< by folder id: its identity

class Converge {
 public:
  Converge(StoreBench& bench, ModelLedger& ledger, const Server& server)
      : bench_(bench), ledger_(ledger), server_(server) {}

  /// The store rests afterwards, whatever came of it.
  Result<Done> run() {
    auto converged = converge();
    bench_.store->rest();
    bench_.workers.pump();
    return converged;
  }
  [[nodiscard]] int commits() const { return commits_; }

 private:
  Result<Done> converge() {
    if (const auto opened = bench_.open_with(ledger_); !opened) return opened;
    if (const auto done = settle_folders(); !done) return done;
    if (const auto done = forget_missing(); !done) return done;
    Batch batch;
    if (const auto done = add_messages(batch); !done) return done;
    add_flags(batch);
    add_departures(batch);
    if (!batch.empty()) {
      if (const auto done = commit(std::move(batch)); !done) return done;
    }
    return remove_folders();
  }
  Result<Done> commit(Batch batch) {
    ++commits_;
    const auto committed = bench_.commit(std::move(batch));
    if (!committed) return committed.error();
    ledger_.apply(committed->records);
    ledger_.end = committed->end;
    // What has no room to leave keeps its folder there, too.
    return committed->refused.empty() ? Result<Done>(Done{}) : committed->refused.front().why;
  }

  Result<Done> settle_folders() {
    Batch batch;
    for (const auto& [id, folder_] : server_) {
      const auto known = ledger_.folders.find({id});
      const FolderRecord wanted = folder(id, folder_.name);
      if (known == ledger_.folders.end()) {
        batch.new_folders.push_back(wanted);
      } else if (known->second.name != wanted.name) {
        batch.renamed_folders.push_back({{id}, wanted.name, '/', known->second.path, "", 0});
      }
    }
    return batch.empty() ? Result<Done>(Done{}) : commit(std::move(batch));
  }

  /// What a reader, or a crash between a departure and its record, took away is fetched again.
  Result<Done> forget_missing() {
    missing_.clear();
    for (const auto& [id, record] : ledger_.folders) {
      const std::string& path = record.path;
      std::vector<StoredPlace> places;
      std::map<std::pair<std::uint64_t, std::uint32_t>, MessageKey> keys;
      for (const auto& [key, message] : ledger_.live) {
        if (key.folder != id) continue;
        places.push_back(ledger_.place(message));
        keys[{message.identity.xxh3, message.number}] = key;
      }
      const auto lost = bench_.wait<std::vector<StoredPlace>>(
          [&](auto done) { return bench_.store->find_missing(path, places, std::move(done)); });
      if (!lost) return lost.error();
      for (const auto& place : *lost) missing_.insert(keys.at({place.xxh3, place.number}));
    }
    return Done{};
  }

  Result<Done> add_messages(Batch& batch) {
    for (const auto& [id, folder_] : server_) {
      for (const auto& [uid, mail] : folder_.messages) {
        const MessageKey key{{id}, {1}, {uid}};
        if (ledger_.live.contains(key) && !missing_.contains(key)) continue;
        NewMessage message = bench_.message({id}, ledger_.folders.at({id}).path, uid, mail.bytes,
                                            mail.date, mail.letters);
        if (bench_.last_durable.error) {
          bench_.store->abandon(message.incoming);
          for (const NewMessage& other : batch.messages) bench_.store->abandon(other.incoming);
          return *bench_.last_durable.error;
        }
        add_name_facts(message);
        batch.messages.push_back(std::move(message));
      }
    }
    return Done{};
  }

  void add_name_facts(NewMessage& message) const {
    std::vector<std::uint32_t> taken;
    for (const auto& [key, known] : ledger_.live) {
      if (!(known.identity == message.record.identity) ||
          known.internal_date != message.record.internal_date || missing_.contains(key)) {
        continue;
      }
      if (key.folder == message.record.key.folder) taken.push_back(known.number);
      message.same_bytes = ledger_.place(known);
    }
    std::sort(taken.begin(), taken.end());
    message.taken_numbers = TakenNumbers::of(std::move(taken));
  }

  void add_flags(Batch& batch) const {
    for (const auto& [key, known] : ledger_.live) {
      const ServerMessage* mail = on_server(key);
      if (!mail || missing_.contains(key)) continue;
      if (known.flags.maildir_letters() == mail->letters) continue;
      batch.flags.push_back({key, ledger_.place(known), flags_of(mail->letters)});
    }
  }

  void add_departures(Batch& batch) const {
    for (const auto& [key, known] : ledger_.live) {
      if (on_server(key)) continue;
      batch.departures.push_back(
          {key, ledger_.place(known), is_elsewhere(known) ? GoneTo::kMoved : GoneTo::kKept});
    }
  }

  Result<Done> remove_folders() {
    Batch batch;
    for (const auto& [id, record] : ledger_.folders) {
      if (!server_.contains(id.value)) batch.gone_folders.push_back(record);
    }
    return batch.empty() ? Result<Done>(Done{}) : commit(std::move(batch));
  }

  [[nodiscard]] const ServerMessage* on_server(const MessageKey& key) const {
    const auto found = server_.find(key.folder.value);
    if (found == server_.end()) return nullptr;
    const auto mail = found->second.messages.find(key.uid.value);
    return mail == found->second.messages.end() ? nullptr : &mail->second;
  }
  [[nodiscard]] bool is_elsewhere(const MessageRecord& record) const {
    for (const auto& [id, folder_] : server_) {
      for (const auto& [uid, mail] : folder_.messages) {
        if (Sha256::of(mail.bytes) == record.identity.sha256) return true;
      }
    }
    return false;
  }

  StoreBench& bench_;
  ModelLedger& ledger_;
  const Server& server_;
  std::set<MessageKey> missing_;
  int commits_ = 0;
};

}  // namespace imapkeep::store_test
