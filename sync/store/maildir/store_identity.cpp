#include "sync/store/maildir/store_identity.h"

#include <cerrno>
#include <span>

#include "daemon/base/bytes.h"
#include "sync/journal/file_segments.h"

namespace imapkeep {
namespace {

constexpr const char* kIdentityFile = "store.json";
constexpr const char* kIdentityBeside = "store.json.new";
constexpr const char* kProbe = "probe";
constexpr std::size_t kLongestIdentity = 64U << 10;

Error not_there(const StoreWish& wish, const std::string& what) {
  if (wish.expected_id.empty()) {
    return store_error(wish.root + ": " + what +
                       " (not mounted?), so there is no store to be read here; mount it, or "
                       "correct the path. Nothing was written");
  }
  return store_error(wish.root + ": " + what + " (not mounted?); the ledger knows store " +
                     wish.expected_id +
                     " here, and nothing was written. Mount it, or correct the path, or, to begin "
                     "a new store, give the account another name in the configuration");
}

Result<std::unique_ptr<Directory>> open_parent(Files& files, const StoreWish& wish,
                                               std::string& name) {
  std::string path = wish.root;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash + 1 == path.size()) {
    return store_error(wish.root + ": not the absolute path of a directory below another");
  }
  name = path.substr(slash + 1);
  return files.open_root(slash == 0 ? "/" : path.substr(0, slash));
}

/// ROOT is made only when its parent is there: a missing mount must not become a new tree.
Result<std::unique_ptr<Directory>> make_store_root(Files& files, const StoreWish& wish) {
  std::string name;
  auto parent = open_parent(files, wish, name);
  if (parent) return (*parent)->make(name);
  if (parent.error().os_code != ENOENT) return parent;
  return store_error(wish.root +
                         ": its parent directory is not there (not mounted?); make it, or correct "
                         "the path",
                     ENOENT);
}

/// The directories of a store that the ledger does not know yet may have been made by a process
/// that died before its fsync.
Result<Done> prove_durable(Files& files, const IdentifiedStore& store, const StoreWish& wish) {
  if (const auto synced = store.own->sync(); !synced) return synced;
  if (const auto synced = store.root->sync(); !synced) return synced;
  std::string name;
  auto parent = open_parent(files, wish, name);
  // A parent that we may only pass through was not changed by us either.
  if (!parent) return parent.error().os_code == EACCES ? Result<Done>(Done{}) : parent.error();
  return (*parent)->sync();
}

Result<std::unique_ptr<Directory>> open_or_make_root(Files& files, const StoreWish& wish) {
  auto root = files.open_root(wish.root);
  if (root) return root;
  if (root.error().os_code != ENOENT) return root.error();
  if (!wish.expected_id.empty()) return not_there(wish, "there is no such directory");
  return make_store_root(files, wish);
}

Result<std::string> read_small(Directory& directory, const std::string& name) {
  auto file = directory.read(name);
  if (!file) return file.error();
  std::string text(kLongestIdentity, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto read = (*file)->read(std::span<char>(text.data() + size, text.size() - size));
    if (!read) return read.error();
    if (*read == 0) break;
    size += *read;
  }
  text.resize(size);
  return text;
}

Result<Done> write_identity(IdentifiedStore& store) {
  if (const auto old = store.own->unlink(kIdentityBeside); !old) return old.error();
  auto file = store.own->create(kIdentityBeside);
  if (!file) return file.error();
  if (const auto w = (*file)->write(format_store_json(store.identity)); !w) return w;
  if (const auto synced = (*file)->sync(); !synced) return synced;
  if (const auto closed = (*file)->close(); !closed) return closed;
  return store.own->replace(kIdentityBeside, kIdentityFile);
}

/// There is no store.json. An error when there are signs that there was one.
Result<Done> never_was_a_store(const IdentifiedStore& store) {
  const std::string path = store.own->path() + "/" + kIdentityFile;
  const auto journal = store.own->stat("journal");
  if (!journal) return journal.error();
  if (!*journal) return Done{};
  auto directory = store.own->open("journal");
  if (!directory) return directory.error();
  const auto segments = FileSegments(std::move(*directory)).list();
  if (segments && segments->empty()) return Done{};
  return store_error(path + " is missing, but there is a journal: this was a store. Write " +
                     kIdentityFile +
                     " back from a backup (its id also stands in the first "
                     "line of each segment: docs/storage.md)");
}

Result<Done> make_identity(IdentifiedStore& store, const StoreWish& wish) {
  if (const auto never = never_was_a_store(store); !never) return never;
  store.identity = {wish.new_id, wish.host, wish.account, utc_time(wish.now)};
  store.created = true;
  const auto written = write_identity(store);
  return written;
}

Result<Done> check_identity(const IdentifiedStore& store, const StoreWish& wish) {
  const StoreIdentity& found = store.identity;
  if (!wish.expected_id.empty()) {
    if (found.store_id == wish.expected_id) return Done{};
    return store_error(wish.root + ": this is store " + found.store_id + " of account \"" +
                       printable(found.account) + "\", but the ledger knows store " +
                       wish.expected_id + " here; mount the right disk or correct the path");
  }
  // One that was made for another account, or another host, may be this one's under its former
  // name: whose mail it holds is compared with the server before anything is stored.
  return Done{};
}

Result<Done> read_identity(IdentifiedStore& store, const StoreWish& wish) {
  const auto text = read_small(*store.own, kIdentityFile);
  if (!text) return text.error();
  auto identity = parse_store_json(*text);
  if (!identity) return identity.error().within(store.own->path() + "/" + kIdentityFile);
  store.identity = std::move(*identity);
  return check_identity(store, wish);
}

Result<Done> identify(IdentifiedStore& store, const StoreWish& wish) {
  const auto there = store.own->stat(kIdentityFile);
  if (!there) return there.error();
  return *there ? read_identity(store, wish) : make_identity(store, wish);
}

Error no_directory(const IdentifiedStore& store) {
  return store_error(store.root->path() + "/" + kStoreDirectory +
                     " is not a directory; move it away");
}

/// Files that root leaves in another user's store shut that user out. Who owns what is made here is
/// asked of a file that is: on some file systems (NFS that squashes root, CIFS) it is somebody
/// else.
Result<Done> check_user(const IdentifiedStore& store, const StoreWish& wish) {
  if (!wish.user_id) return Done{};
  const auto facts = store.own->stat_self();
  if (!facts) return facts.error();
  if (facts->owner == *wish.user_id) return Done{};
  if (const auto old = store.own->unlink(kProbe); !old) return old.error();
  auto probe = store.own->create(kProbe);
  if (!probe) return probe.error();
  const auto made = store.own->stat(kProbe);
  if (const auto removed = store.own->unlink(kProbe); !removed) return removed.error();
  if (!made) return made.error();
  if (*made && (*made)->owner == facts->owner) return Done{};
  return store_error(wish.root + " is the store of another user (uid " +
                     std::to_string(facts->owner) +
                     "), and files of this one would shut them out: run imapkeep as that user "
                     "(`sudo -u`), or chown -R the store");
}

}  // namespace

Result<IdentifiedStore> open_store(Files& files, const StoreWish& wish) {
  IdentifiedStore store;
  auto root = open_or_make_root(files, wish);
  if (!root) return root.error();
  store.root = std::move(*root);
  const auto own = store.root->stat(kStoreDirectory);
  if (!own) return own.error();
  if (!*own && !wish.expected_id.empty()) {
    return not_there(wish, std::string("there is no ") + kStoreDirectory + " in it");
  }
  if (*own && (*own)->kind != FileKind::kDirectory) {
    return no_directory(store);
  }
  auto directory = *own ? store.root->open(kStoreDirectory) : store.root->make(kStoreDirectory);
  if (!directory) return directory.error();
  store.own = std::move(*directory);
  if (*own) {
    if (const auto ours = check_user(store, wish); !ours) return ours.error();
  }
  if (!wish.expected_id.empty()) {  // asked before the lock makes its file: nothing is created
    const auto there = store.own->stat(kIdentityFile);
    if (!there) return there.error();
    if (!*there) return not_there(wish, store.own->path() + "/" + kIdentityFile + " is missing");
  }
  auto lock = store.own->lock(kLockFile);
  if (!lock) return lock.error();
  store.lock = std::move(*lock);
  if (const auto identified = identify(store, wish); !identified) return identified.error();
  auto origin = store.own->origin(kIdentityFile);
  if (!origin) return origin.error();
  store.origin = std::move(*origin);
  if (wish.expected_id.empty()) {
    if (const auto proven = prove_durable(files, store, wish); !proven) return proven.error();
  }
  return store;
}

Result<IdentifiedStore> open_store_to_read(Files& files, const std::string& root,
                                           const std::string& expected_id) {
  const StoreWish wish{root, expected_id, "", "", "", {}};
  IdentifiedStore store;
  auto opened = files.open_root(root);
  if (!opened && opened.error().os_code == ENOENT) {
    return not_there(wish, "there is no such directory");
  }
  if (!opened) return opened.error();
  store.root = std::move(*opened);
  const auto own = store.root->stat(kStoreDirectory);
  if (!own) return own.error();
  if (!*own) return not_there(wish, std::string("there is no ") + kStoreDirectory + " in it");
  if ((*own)->kind != FileKind::kDirectory) return no_directory(store);
  auto directory = store.root->open(kStoreDirectory);
  if (!directory) return directory.error();
  store.own = std::move(*directory);
  const auto there = store.own->stat(kIdentityFile);
  if (!there) return there.error();
  if (!*there) {
    if (const auto never = never_was_a_store(store); !never) return never.error();
    return not_there(wish, store.own->path() + "/" + kIdentityFile + " is missing");
  }
  if (const auto known = read_identity(store, wish); !known) return known.error();
  auto origin = store.own->origin(kIdentityFile);
  if (!origin) return origin.error();
  store.origin = std::move(*origin);
  return store;
}

}  // namespace imapkeep
