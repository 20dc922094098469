#include "auth/vault.h"

#include <array>
#include <span>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

const std::string kFolder = "tokens";
constexpr std::string_view kPlain = "imapkeep grant 1 plain\n";
constexpr std::string_view kSealed = "imapkeep grant 1 aes-256-gcm ";
constexpr std::uint64_t kReservedBytes = 16 * 1024;  // three tokens of Microsoft's are 6 KB
constexpr std::size_t kLargestFile = 256 * 1024;
constexpr std::string_view kDamagedAdvice =
    "; `imapkeep login` moves it aside and writes a new one";

Error refused(const std::string& path, const std::string& why) {
  return store_error("the token file " + printable_utf8(path, 1000) + " " + why);
}

/// What the file holds, whoever may read it.
Error damaged(const std::string& how) { return store_error(how + std::string(kDamagedAdvice)); }

Result<std::string> read_all(InFile& file) {
  std::string bytes;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = file.read(std::span<char>(piece));
    if (!got) {
      wipe(bytes);
      return got.error();
    }
    if (*got == 0 || bytes.size() > kLargestFile) return bytes;
    bytes.append(piece.data(), *got);
  }
}

Result<Grant> grant_in(std::string_view text) {
  auto grant = grant_from_json(text);
  if (!grant) return damaged(grant.error().what);
  return grant;
}

}  // namespace

Vault::Vault(Files& files, std::string state, std::optional<BoxKey> key, std::uint32_t user_id)
    : files_(&files),
      state_(std::move(state)),
      directory_(state_ + "/" + kFolder),
      key_(std::move(key)),
      user_id_(user_id) {}

std::string Vault::describe() const {
  return key_ ? "tokens are encrypted (key " + key_->id() + ")"
              : "tokens are not encrypted; file permissions protect them";
}

Result<std::unique_ptr<Directory>> Vault::open() const {
  auto state = files_->open_root(state_);
  if (!state) return state.error();
  const auto there = (*state)->stat(kFolder);
  if (!there) return there.error();
  auto directory = *there ? (*state)->open(kFolder) : (*state)->make(kFolder);
  if (!directory) return directory.error();
  if (!*there) {
    if (const auto synced = (*state)->sync(); !synced) return synced.error();
  }
  if (const auto ours = check(**directory); !ours) return ours.error();
  return directory;
}

Result<Done> Vault::check(Directory& directory) const {
  const auto facts = directory.stat_self();
  if (!facts) return facts.error();
  if ((facts->mode & 0077) != 0)
    return store_error("the directory " + printable_utf8(directory_, 1000) +
                       " is open to others; chmod 700 it");
  if (facts->owner != user_id_)
    return store_error("the directory " + printable_utf8(directory_, 1000) +
                       " belongs to another user (uid " + std::to_string(facts->owner) + ")");
  return Done{};
}

// Nothing is made for a look: root's `status` would leave a directory that shuts the service's user
// out.
Result<std::unique_ptr<Directory>> Vault::find() const {
  auto state = files_->open_root(state_);
  if (!state) return state.error();
  const auto there = (*state)->stat(kFolder);
  if (!there) return there.error();
  if (!*there) return std::unique_ptr<Directory>();
  auto directory = (*state)->open(kFolder);
  if (!directory) return directory.error();
  if (const auto ours = check(**directory); !ours) return ours.error();
  return directory;
}

Result<std::optional<Grant>> Vault::load(const std::string& id) const {
  auto directory = find();
  if (!directory) return directory.error();
  if (!*directory) return std::optional<Grant>();
  const std::string path = directory_ + "/" + id;
  const auto facts = (*directory)->stat(id);
  if (!facts) return facts.error();
  if (!*facts) return std::optional<Grant>();
  if ((*facts)->kind != FileKind::kFile) return refused(path, "is not a file");
  if (((*facts)->mode & 0077) != 0) return refused(path, "is open to others; chmod 600 it");
  if ((*facts)->owner != user_id_)
    return refused(path, "belongs to another user (uid " + std::to_string((*facts)->owner) + ")");
  auto file = (*directory)->read(id);
  if (!file) return file.error();
  auto bytes = read_all(**file);
  if (!bytes) return bytes.error();
  auto grant = unseal(*bytes, id);
  wipe(*bytes);
  if (!grant) {
    Error error = grant.error();
    error.what = refused(path, error.what).what;
    return error;
  }
  if (grant->key.id() != id)
    return refused(path, damaged("holds the grant of another account").what);
  return std::optional<Grant>(std::move(*grant));
}

bool Vault::is_damaged(const Error& error) { return error.what.ends_with(kDamagedAdvice); }

Result<Done> Vault::set_aside(const std::string& id) const {
  auto directory = open();
  if (!directory) return directory.error();
  const auto moved = (*directory)->replace(id, id + ".damaged");
  if (!moved) return moved.error();
  return (*directory)->sync();
}

Result<Grant> Vault::unseal(const std::string& bytes, const std::string& id) const {
  const std::string_view all = bytes;
  if (all.starts_with(kPlain)) return grant_in(all.substr(kPlain.size()));
  const std::size_t end = all.find('\n');
  if (!all.starts_with(kSealed) || end == std::string_view::npos)
    return damaged("is not one that this version knows");
  const std::string_view header = all.substr(0, end + 1);
  const std::string_view key_id = header.substr(kSealed.size(), end - kSealed.size());
  if (!key_) return config_error("is encrypted, and the configuration says no `state_key`");
  if (key_id != key_->id())
    return config_error("is encrypted with another key than `state_key` (" + printable(key_id, 16) +
                        ", not " + key_->id() + ")");
  const auto plain = key_->open(all.substr(end + 1), std::string(header) + id);
  if (!plain) return damaged("was changed by somebody");
  return grant_in(plain->reveal());
}

Vault::Reservation::Reservation(std::unique_ptr<Directory> directory, std::unique_ptr<OutFile> file,
                                std::string name)
    : directory_(std::move(directory)), file_(std::move(file)), name_(std::move(name)) {}

Vault::Reservation::~Reservation() {
  if (directory_ && !name_.empty()) (void)directory_->unlink(name_);
}

Result<Vault::Reservation> Vault::reserve(const std::string& id) const {
  auto directory = open();
  if (!directory) return directory.error();
  std::string name = id + ".new";
  const auto removed = (*directory)->unlink(name);
  if (!removed) return removed.error();
  auto file = (*directory)->create(name);
  if (!file) return file.error();
  Reservation reservation(std::move(*directory), std::move(*file), std::move(name));
  if (const auto reserved = reservation.file_->reserve(kReservedBytes); !reserved)
    return reserved.error();
  return reservation;
}

Result<Done> Vault::save(const Grant& grant, Reservation reservation) const {
  const std::string id = grant.key.id();
  const Secret json = grant_to_json(grant);
  std::string bytes;
  if (key_) {
    bytes = std::string(kSealed) + key_->id() + "\n";
    auto box = key_->seal(json, bytes + id);
    if (!box) return box.error();
    bytes += *box;
  } else {
    bytes.reserve(kPlain.size() + json.reveal().size());
    bytes.append(kPlain).append(json.reveal());
  }
  auto step = reservation.file_->write(bytes);
  wipe(bytes);
  if (step) step = reservation.file_->sync();
  if (step) step = reservation.file_->close();
  if (step) step = reservation.directory_->replace(reservation.name_, id);
  if (!step) return step.error();
  reservation.name_.clear();
  return reservation.directory_->sync();
}

Result<Done> Vault::save(const Grant& grant) const {
  auto reservation = reserve(grant.key.id());
  if (!reservation) return reservation.error();
  return save(grant, std::move(*reservation));
}

Result<std::unique_ptr<FileLock>> Vault::lock(const std::string& id) const {
  auto directory = open();
  if (!directory) return directory.error();
  return (*directory)->lock(id + ".lock");
}

}  // namespace imapkeep
