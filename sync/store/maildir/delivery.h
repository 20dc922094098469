// Giving new messages their names. A name never replaces one that is there: either it is free, or
// the file behind it is an orphan with the same bytes and is adopted, or the message takes the next
// number. Equal bytes become links where they can.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/notes.h"
#include "sync/store/maildir/damaged_files.h"
#include "sync/store/maildir/durable_files.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/number_choice.h"
#include "sync/store/maildir/orphans.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class Delivery {
 public:
  Delivery(FolderTree& tree, DurableFiles& durable, Orphans& orphans, DamagedFiles& damaged,
           std::string host, WallTime now, Notes& notes)
      : tree_(tree),
        durable_(durable),
        orphans_(orphans),
        damaged_(damaged),
        host_(std::move(host)),
        now_(now),
        notes_(notes) {}

  /// Of durable messages: names placed, directories fsynced; sets each record's number.
  Result<Done> deliver(std::vector<NewMessage>& messages);
  /// Takes back the names that deliver() placed; true when all are gone.
  bool undo();

 private:
  struct File {
    std::string directory;  ///< below ROOT
    std::string name;
  };

  Result<Done> choose_source(const NewMessage& message);
  Result<std::optional<File>> linkable(const NewMessage& message);
  Result<Done> find_orphans(const std::vector<NewMessage>& messages);
  Result<Done> place(NewMessage& message);
  Result<Placed> place_as(const NewMessage& message, Directory& cur, const File& wanted);
  Result<std::optional<Placed>> link_as(const NewMessage& message, Directory& cur,
                                        const File& wanted);
  Result<bool> adopt(const NewMessage& message, Directory& cur, const std::string& name,
                     const File& wanted);
  Result<bool> same_as_ours(const NewMessage& message, Directory& cur, const std::string& name);
  Result<FolderTree::Handle> cur_of(const std::string& folder_path);
  void is_at(const NewMessage& message, const File& file);

  using Identity = std::pair<Sha256Digest, std::int64_t>;  ///< bytes and INTERNALDATE
  static Identity identity_of(const NewMessage& message) {
    return {message.record.identity.sha256, message.record.internal_date};
  }

  FolderTree& tree_;
  DurableFiles& durable_;
  Orphans& orphans_;
  DamagedFiles& damaged_;
  std::string host_;
  WallTime now_;
  Notes& notes_;

  std::map<Identity, File> links_;               ///< files that may be linked to
  std::set<Identity> brought_;                   ///< what messages of this batch have bytes of
  std::map<std::string, NamesByStem> existing_;  ///< by folder path
  std::map<std::pair<std::string, MaildirStem>, NumberChoice> numbers_;  ///< by folder path
  std::vector<File> placed_;
};

}  // namespace imapkeep
