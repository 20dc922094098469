#include "sync/store/maildir/delivery.h"

#include <algorithm>
#include <cerrno>

#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/receiving_place.h"

namespace imapkeep {
namespace {

MaildirStem stem_of(const MessageRecord& record) {
  return {std::max<std::int64_t>(record.internal_date, 0), record.identity.xxh3,
          record.identity.size, record.identity.crlf_size};
}

}  // namespace

Result<Done> Delivery::deliver(std::vector<NewMessage>& messages) {
  const auto free = damaged_.make_way(tree_, durable_.directory(), messages, now_, notes_);
  if (!free) return free;
  for (const NewMessage& message : messages) {
    if (const auto chosen = choose_source(message); !chosen) return chosen;
  }
  if (const auto found = find_orphans(messages); !found) return found;
  for (NewMessage& message : messages) {
    if (const auto placed = place(message); !placed) return placed;
  }
  return tree_.flush();
}

bool Delivery::undo() {
  bool all = true;
  for (const File& file : placed_) {
    const auto directory = tree_.open(file.directory);
    const bool gone = directory && *directory && (*directory)->unlink(file.name);
    if (gone) tree_.changed(file.directory);
    all = all && gone;
  }
  placed_.clear();
  const auto flushed = tree_.flush();
  return all && flushed;
}

// Either a file that is there already and can be linked to, or our own bytes. Of equal messages in
// one batch the first brings the bytes.
Result<Done> Delivery::choose_source(const NewMessage& message) {
  if (message.same_bytes && !links_.contains(identity_of(message))) {
    auto file = linkable(message);
    if (!file) return file.error();
    if (*file) {
      links_.insert_or_assign(identity_of(message), std::move(**file));
      return Done{};
    }
  }
  if (links_.contains(identity_of(message)) || brought_.contains(identity_of(message)))
    return Done{};
  if (message.incoming == 0) {
    return store_error("UID " + std::to_string(message.record.key.uid.value) + " for " +
                           message.folder_path +
                           ": the stored file that it should be a link to is not there any more; "
                           "the message must be fetched",
                       0, Remedy::kSkipMessage);
  }
  brought_.insert(identity_of(message));
  return Done{};
}

/// The stored file of equal bytes. With our own bytes at hand it is compared, since a link to a
/// file that a disk has damaged would damage this message too; and whatever is wrong with that
/// file, or with the folder that it is in, this message does not wait for it.
Result<std::optional<Delivery::File>> Delivery::linkable(const NewMessage& message) {
  const StoredPlace& place = *message.same_bytes;
  const SoughtFile sought = sought_file(place, host_);
  File file{below(place.folder_path, "cur"), sought.expected};
  if (message.incoming == 0) {  // nothing else to fall back on: look thoroughly
    const auto found = find_files(tree_, place.folder_path, {sought});
    if (!found) return found.error();
    if (!found->front() || !found->front()->whole) return std::optional<File>();
    file = {found->front()->directory, found->front()->file};
  }
  const auto directory = tree_.open(file.directory);
  if (!directory && message.incoming == 0) return directory.error();
  if (!directory || !*directory) return std::optional<File>();
  const auto facts = (*directory)->stat(file.name);
  if (!facts && message.incoming == 0) return explained(**directory, facts.error());
  if (!facts || !*facts || (*facts)->kind != FileKind::kFile) return std::optional<File>();
  bool same = (*facts)->size == message.record.identity.size;
  if (same && message.incoming != 0) {
    const auto compared = same_contents(durable_.directory(), incoming_file(message.incoming),
                                        **directory, file.name);
    if (!compared) return compared.error();
    same = *compared;
  }
  if (same) return std::optional<File>(std::move(file));
  notes_.push_back({LogLevel::kWarning,
                    "store.file_differs",
                    {{"file", below(file.directory, file.name)},
                     {"meaning",
                      "it is not the message that was stored, or cannot be read; what came is "
                      "stored beside it"}}});
  return std::optional<File>();
}

Result<Done> Delivery::find_orphans(const std::vector<NewMessage>& messages) {
  std::map<std::string, std::vector<MaildirStem>> wanted;
  for (const NewMessage& message : messages) {
    wanted[message.folder_path].push_back(stem_of(message.record));
  }
  for (const auto& [path, stems] : wanted) {
    auto found = orphans_.find(tree_, path, host_, stems);
    if (!found) return found.error();
    existing_[path] = std::move(*found);
  }
  return Done{};
}

Result<FolderTree::Handle> Delivery::cur_of(const std::string& folder_path) {
  const std::string path = below(folder_path, "cur");
  const auto cur = tree_.open(path);
  if (!cur || *cur) return cur;
  if (const auto made = tree_.make_parts(folder_path); !made) return made.error();
  return tree_.open(path);
}

Result<Done> Delivery::place(NewMessage& message) {
  const auto cur = cur_of(message.folder_path);
  if (!cur) return cur.error();
  const MaildirStem stem = stem_of(message.record);
  const std::string letters = message.record.flags.maildir_letters();
  const auto& existing = existing_[message.folder_path][stem];
  NumberChoice& numbers = numbers_[{message.folder_path, stem}];
  for (std::uint32_t n = 0;;) {
    n = numbers.next(message.taken_numbers, n);
    const File wanted{below(message.folder_path, "cur"),
                      maildir_file(maildir_base(stem, n, host_), letters)};
    std::optional<std::string> there;
    if (const auto found = existing.find(n); found != existing.end()) there = found->second;
    if (!there) {
      const auto placed = place_as(message, **cur, wanted);
      if (!placed) return placed.error();
      if (*placed == Placed::kExists) there = wanted.name;
    }
    if (there) {
      const auto adopted = adopt(message, **cur, *there, wanted);
      if (!adopted) return adopted.error();
      if (!*adopted) continue;
    }
    message.record.number = n;
    numbers.claim(n);
    return Done{};
  }
}

Result<Placed> Delivery::place_as(const NewMessage& message, Directory& cur, const File& wanted) {
  const auto linked = link_as(message, cur, wanted);
  if (!linked) return linked.error();
  std::optional<Placed> placed = *linked;
  if (!placed) {
    const auto renamed = name_received(durable_.directory(), incoming_file(message.incoming),
                                       message.record.internal_date, cur, wanted.name);
    if (!renamed && renamed.error().os_code == EXDEV) {
      Error error = renamed.error();
      error.what += "; a store must lie on one file system, so nothing may be mounted inside it";
      return error;
    }
    if (!renamed) return renamed.error();
    if (*renamed == Placed::kMissing) {
      return store_error(durable_.directory().path() +
                             ": a received message has vanished from here before it had its name; "
                             "another program must have removed it. It is fetched again",
                         0, Remedy::kRetrySoon);
    }
    placed = *renamed;
    if (*placed == Placed::kDone) durable_.placed(message.incoming);
  }
  if (*placed == Placed::kDone) {
    placed_.push_back(wanted);
    is_at(message, wanted);
  }
  return *placed;
}

/// Nothing when our own bytes must be used.
Result<std::optional<Placed>> Delivery::link_as(const NewMessage& message, Directory& cur,
                                                const File& wanted) {
  const auto known = links_.find(identity_of(message));
  if (known == links_.end()) return std::optional<Placed>();
  const auto from = tree_.open(known->second.directory);
  if (!from && message.incoming == 0) return from.error();
  const auto linked = from && *from ? (*from)->link(known->second.name, cur, wanted.name)
                                    : Result<Placed>(Placed::kMissing);
  if (linked && *linked != Placed::kMissing) return std::optional<Placed>(*linked);
  if (message.incoming == 0) {
    return linked ? store_error(below(known->second.directory, known->second.name) +
                                    ": it has vanished; the message must be fetched",
                                0, Remedy::kSkipMessage)
                  : linked.error();
  }
  // Too many links, another file system, no links here, gone: our own bytes will do.
  return std::optional<Placed>();
}

/// The message has its place now; further equal ones can be links to it.
void Delivery::is_at(const NewMessage& message, const File& file) {
  tree_.changed(file.directory);
  links_.insert_or_assign(identity_of(message), file);
  durable_.discard(message.incoming);
}

Result<bool> Delivery::same_as_ours(const NewMessage& message, Directory& cur,
                                    const std::string& name) {
  if (durable_.identity(message.incoming)) {
    return same_contents(durable_.directory(), incoming_file(message.incoming), cur, name);
  }
  const auto known = links_.find(identity_of(message));
  if (known == links_.end()) return false;
  const auto directory = tree_.open(known->second.directory);
  if (!directory) return directory.error();
  return *directory ? same_contents(**directory, known->second.name, cur, name)
                    : Result<bool>(false);
}

/// An orphan with our bytes becomes ours: durable once more, under our letters.
Result<bool> Delivery::adopt(const NewMessage& message, Directory& cur, const std::string& name,
                             const File& wanted) {
  const auto same = same_as_ours(message, cur, name);
  if (!same || !*same) return same;
  // A power cut may have taken its date; what is another user's keeps the one that it has.
  (void)cur.set_mtime(name, std::max<std::int64_t>(message.record.internal_date, 0));
  auto file = cur.read(name);
  if (!file) return file.error();
  if (const auto synced = (*file)->sync(); !synced) return synced.error();
  std::string now = wanted.name;
  if (name != wanted.name) {
    const auto renamed = cur.rename(name, cur, wanted.name);
    if (!renamed) return renamed.error();
    if (*renamed == Placed::kMissing) return false;  // a reader renamed it this moment
    if (*renamed == Placed::kExists) now = name;
  }
  is_at(message, {wanted.directory, now});
  notes_.push_back({LogLevel::kInfo, "store.adopted", {{"file", below(wanted.directory, now)}}});
  return true;
}

}  // namespace imapkeep
