// store: {maildir: PATH | {path, layout}}, min_free
#include "config/account_keys.h"
#include "config/durations_and_sizes.h"
#include "config/secret_reader.h"
#include "config/settings.h"

namespace imapkeep {
namespace {

void read_root(const YamlEntry& entry, const AccountKeys& keys, MaildirOptions options,
               AccountSettings& account) {
  const auto path = read_path(entry, keys.environment, keys.complaints);
  if (!path) return;
  options.path = *path;
  if (const auto trouble = trouble_with(options); !trouble.empty()) {
    keys.complaints.add(entry.value.place, in_quotes(entry.key) + " " + trouble);
    return;
  }
  account.store = options;
  account.store_where = entry.value.place;
}

/// `options`: what is said of it outside of `maildir`.
void read_maildir(const YamlEntry& maildir, const AccountKeys& keys, const MaildirOptions& options,
                  AccountSettings& account) {
  if (maildir.value.kind != YamlKind::kMap) return read_root(maildir, keys, options, account);
  check_keys(maildir.value, "maildir.", {{"path", "layout"}, {"group", "mode"}}, keys.complaints);
  if (const auto* layout = maildir.value.find("layout"))
    (void)read_word(*layout, {{"nested"}, {"maildir++"}}, keys.complaints);
  if (const auto* path = maildir.value.find("path"))
    read_root(*path, keys, options, account);
  else
    keys.complaints.add(maildir.value.place, "`maildir` has no `path`");
}

}  // namespace

void read_store(const AccountKeys& keys, AccountSettings& account) {
  MaildirOptions maildir_options;
  if (const auto* min_free = keys.find("min_free")) {
    if (const auto text = read_text(*min_free, keys.complaints)) {
      const auto bytes = parse_size(*text);
      if (bytes)
        maildir_options.min_free = *bytes;
      else
        keys.complaints.add(min_free->value.place, "`min_free` " + bytes.error().what);
    }
  }
  const auto* store = keys.require("store");
  if (!store || !expect_map(store->value, "store", keys.complaints)) return;
  check_keys(store->value, "store.", {{"maildir"}, {"s3", "imap"}}, keys.complaints);
  if (const auto* maildir = store->value.find("maildir"))
    read_maildir(*maildir, keys, maildir_options, account);
  else if (!store->value.find("s3") && !store->value.find("imap"))
    keys.complaints.add(store->value.place, "`store` has no `maildir`");
}

}  // namespace imapkeep
