// Where grants lie: STATE/tokens (0700), one file (0600) for each, whose name is the grant's id.
// A file is a line that says what it is, then the grant: as JSON, or sealed under the operator's
// key with that line and the id bound in. A new version is written beside the old one, made durable
// and renamed over it, so that there is a whole one at every instant. Files that others can read or
// own, and links, are refused. Every call blocks: it belongs on a Strand.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "auth/grant.h"
#include "auth/sealed_box.h"
#include "daemon/base/files.h"

namespace imapkeep {

class Vault {
 public:
  /// `state`: the state directory, which is there. `key`: none, and permissions alone protect the
  /// tokens. `user_id`: who owns the files.
  Vault(Files& files, std::string state, std::optional<BoxKey> key, std::uint32_t user_id);

  /// Nothing: there is no such grant. Errors: kStore, maybe is_damaged(); kConfig,
  /// is_sealed_otherwise().
  [[nodiscard]] Result<std::optional<Grant>> load(const std::string& id) const;
  /// Of load(): the grant is sealed with a key that is not the configured one. For who brings
  /// another grant that is as good as none.
  static bool is_sealed_otherwise(const Error& error) { return error.trouble == Trouble::kConfig; }
  /// Of load(): the file can be read, and what it holds is no grant. A login brings one.
  static bool is_damaged(const Error& error);
  /// Either: who brings another grant need not mind this one.
  static bool is_as_good_as_none(const Error& error) {
    return is_sealed_otherwise(error) || is_damaged(error);
  }
  /// Under lock() only: the file keeps its bytes beside, as ID.damaged, for whoever wants to know.
  Result<Done> set_aside(const std::string& id) const;

  /// Space on the disk for the next version, taken before the tokens come that will fill it: a full
  /// disk shows itself while the old refresh token is still good.
  class Reservation {
   public:
    Reservation(std::unique_ptr<Directory> directory, std::unique_ptr<OutFile> file,
                std::string name);
    ~Reservation();  ///< what was not filled is given back
    Reservation(Reservation&&) noexcept = default;
    Reservation& operator=(Reservation&&) noexcept = default;

   private:
    friend class Vault;
    std::unique_ptr<Directory> directory_;
    std::unique_ptr<OutFile> file_;
    std::string name_;  // of the file; empty once it has another
  };
  /// Under lock() only: what a dead process left unfinished is removed.
  [[nodiscard]] Result<Reservation> reserve(const std::string& id) const;
  /// Durable when it returns.
  Result<Done> save(const Grant& grant, Reservation reservation) const;
  /// Both at once.
  Result<Done> save(const Grant& grant) const;
  /// Between processes. kBusy: somebody else has it.
  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& id) const;

  /// For status.
  [[nodiscard]] std::string describe() const;

 private:
  /// Made where it is missing.
  [[nodiscard]] Result<std::unique_ptr<Directory>> open() const;
  /// Null where it is missing.
  [[nodiscard]] Result<std::unique_ptr<Directory>> find() const;
  [[nodiscard]] Result<Done> check(Directory& directory) const;
  [[nodiscard]] Result<Grant> unseal(const std::string& bytes, const std::string& id) const;

  Files* files_;
  std::string state_;
  std::string directory_;
  std::optional<BoxKey> key_;
  std::uint32_t user_id_;
};

}  // namespace imapkeep
