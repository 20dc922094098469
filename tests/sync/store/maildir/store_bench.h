// A Maildir store on a model disk, driven step by step, and a ledger that knows where its files
// are.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/maildir_store.h"
#include "tests/support/fixed_random.h"
#include "tests/support/inline_workers.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/store_driver.h"
#include "tests/support/unpacked_frame.h"

namespace imapkeep::store_test {

inline const std::string kRoot = "/srv/mail/work";
inline const std::string kHost = "imap.example.org";

struct ModelLedger : RecordLedger {
  [[nodiscard]] std::string file(const MessageRecord& record) const {
    const MaildirStem stem{record.internal_date, record.identity.xxh3, record.identity.size,
                           record.identity.crlf_size};
    return kRoot + "/" + folders.at(record.key.folder).path + "/cur/" +
           maildir_file(maildir_base(stem, record.number, maildir_host(kHost)),
                        record.flags.maildir_letters());
  }
};

class StoreBench : public StoreDriver {
 public:
  explicit StoreBench(MemoryDisk& on, std::string account = "work", std::string host = kHost)
      : StoreDriver([this] { workers.pump(); }),
        disk(on),
        account_(std::move(account)),
        host_(std::move(host)) {
    start();
  }
  ~StoreBench() { stop(); }
  StoreBench(const StoreBench&) = delete;
  StoreBench& operator=(const StoreBench&) = delete;

  /// A new process.
  void start() {
    options.path = kRoot;
    store = std::make_unique<MaildirStore>(disk, workers, clock, random, log.log(), options, host_,
                                           account_);
  }
  void stop() { store.reset(); }

  MemoryDisk& disk;
  InlineWorkers workers;
  WallClock clock;
  FixedRandom random;
  LogProbe log;
  MaildirOptions options{kRoot, 0};

 private:
  std::string account_;
  std::string host_;
};

/// Of a path below ROOT in the live tree or in gone/: the message that is in it.
inline std::string mail_at(const MemoryDisk& disk, const std::string& path) {
  const std::string bytes = disk.files().at(kRoot + "/" + path);
  return path.ends_with(".zst") ? unpacked_frame(bytes) : bytes;
}

inline void make_disk(MemoryDisk& disk) { disk.put("/srv/mail/", ""); }

/// Paths below ROOT of everything in the live tree's cur/ and new/, or in gone/.
inline std::vector<std::string> mail_files(const MemoryDisk& disk, bool gone = false) {
  std::vector<std::string> found;
  for (const auto& [path, bytes] : disk.files()) {
    if (path.compare(0, kRoot.size() + 1, kRoot + "/") != 0) continue;
    const std::string below_root = path.substr(kRoot.size() + 1);
    const std::string kept = ".imapkeep/gone/";
    const bool in_gone = below_root.compare(0, kept.size(), kept) == 0;
    const bool own = below_root.starts_with(".imapkeep") || below_root.starts_with("INBOX/tmp/");
    if (gone ? in_gone : !own) found.push_back(below_root);
  }
  return found;
}

}  // namespace imapkeep::store_test
