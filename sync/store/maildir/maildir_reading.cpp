#include "sync/store/maildir/maildir_reading.h"

#include "sync/journal/journal_reader.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/maildir_places.h"
#include "sync/store/maildir/message_search.h"
#include "sync/store/maildir/stored_headers.h"

namespace imapkeep {
namespace {

constexpr std::size_t kRecordsTogether = 4096;
constexpr std::size_t kEntriesTogether = 512;
constexpr std::size_t kReadBlock = 64U << 10;

JournalAccess access_to(SegmentStorage& journal, const std::string& store_id) {
  return {&journal, store_id, std::make_shared<MaildirPlaces>()};
}

Result<MessageIdentity> identify(MessageBytes& bytes) {
  std::string block(kReadBlock, '\0');
  while (!bytes.end()) {
    if (const auto got = bytes.read(block); !got) return got.error();
  }
  return *bytes.end();
}

}  // namespace

Result<Done> MaildirReading::open_anew(const std::string& expected_id) {
  auto store = open_store_to_read(files_, path_, expected_id);
  if (!store) return store.error();
  auto tree = FolderTree::over(*store->root);
  if (!tree) return tree.error();
  const StoreIdentity& identity = store->identity;
  StoreSummary description{
      identity.store_id, identity.format, identity.host, identity.account, {}, true};
  const auto there = store->own->stat("journal");
  if (!there) return there.error();
  std::unique_ptr<FileSegments> journal;
  std::optional<FolderRenamingRecord> renaming;
  if (*there) {
    auto directory = store->own->open("journal");
    if (!directory) return directory.error();
    journal = std::make_unique<FileSegments>(std::move(*directory));
    auto end = look_at_journal_end(access_to(*journal, identity.store_id), notes_);
    if (!end) return end.error();
    description.journal_end = end->end;
    description.clean = end->clean;
    renaming = std::move(end->unfinished);
  }
  std::string host = maildir_host(identity.host);
  opened_ = std::make_unique<Opened>(Opened{std::move(*store), std::move(journal), std::move(*tree),
                                            std::move(host), std::move(renaming),
                                            std::move(description)});
  return Done{};
}

Result<MaildirReading::Opened*> MaildirReading::opened(const WantedStore& wanted) {
  if (wanted.opening == 0) {
    return store_error(path_ + ": the store is not open; it must be opened before it is read");
  }
  if (!opened_ || opening_ != wanted.opening) {
    opened_.reset();
    if (const auto done = open_anew(wanted.expected_id); !done) return done.error();
    opening_ = wanted.opening;
  }
  opened_->tree.forget();  // others may have moved directories since
  return opened_.get();
}

Result<StoreSummary> MaildirReading::open(const WantedStore& wanted) {
  const auto store = opened(wanted);
  return store ? Result<StoreSummary>((*store)->description) : store.error();
}

Result<JournalChunk> MaildirReading::read_journal(const WantedStore& wanted, JournalPosition from) {
  const auto store = opened(wanted);
  if (!store) return store.error();
  if (!(*store)->journal) return JournalChunk{{}, from, true};
  return read_journal_records(access_to(*(*store)->journal, (*store)->description.store_id), from,
                              kRecordsTogether, notes_);
}

Result<std::vector<std::string>> MaildirReading::folders(const WantedStore& wanted,
                                                         StoreArea area) {
  const auto store = opened(wanted);
  return store ? list_folders((*store)->tree, area)
               : Result<std::vector<std::string>>(store.error());
}

Result<std::vector<StoredEntry>> MaildirReading::list(const WantedStore& wanted,
                                                      FolderListing& listing,
                                                      const std::string& folder_path) {
  const auto store = opened(wanted);
  if (!store) return store.error();
  const auto& renaming = (*store)->renaming;
  return listing.next((*store)->tree, kEntriesTogether, (*store)->host,
                      renaming && renaming->from_path == folder_path);
}

Result<std::vector<Result<StoredEntry>>> MaildirReading::find(
    const WantedStore& wanted, const std::vector<SoughtMessage>& messages) {
  const auto store = opened(wanted);
  if (!store) return store.error();
  return MessageSearch((*store)->tree, (*store)->host, (*store)->renaming).find(messages);
}

Result<MessageBlock> MaildirReading::read(const WantedStore& wanted, const BytesPlace& place,
                                          std::optional<MessageBytes>& bytes) {
  if (!bytes) {
    const auto store = opened(wanted);
    if (!store) return store.error();
    auto message = open_message((*store)->tree, place, (*store)->host);
    if (!message) return message.error();
    bytes.emplace(std::move(*message));
  }
  MessageBlock block;
  block.bytes.resize(kReadBlock);
  const auto got = bytes->read(block.bytes);
  if (!got) return got.error();
  block.bytes.resize(*got);
  block.end = bytes->end();
  return block;
}

Result<std::vector<Result<MessageIdentity>>> MaildirReading::check(
    const WantedStore& wanted, const std::vector<BytesPlace>& places) {
  const auto store = opened(wanted);
  if (!store) return store.error();
  std::vector<Result<MessageIdentity>> answers;
  answers.reserve(places.size());
  for (const BytesPlace& place : places) {
    auto message = open_message((*store)->tree, place, (*store)->host);
    if (!message) {
      answers.emplace_back(message.error());
      continue;
    }
    MessageBytes bytes(std::move(*message));
    answers.push_back(identify(bytes));
  }
  return answers;
}

Result<std::vector<Result<HeaderBytes>>> MaildirReading::read_headers(
    const WantedStore& wanted, const std::vector<BytesPlace>& places, std::size_t longest) {
  const auto store = opened(wanted);
  if (!store) return store.error();
  std::vector<Result<HeaderBytes>> answers;
  answers.reserve(places.size());
  for (const BytesPlace& place : places) {
    auto message = open_message((*store)->tree, place, (*store)->host);
    auto header =
        message ? read_header(*message->file, longest) : Result<ReadHeader>(message.error());
    if (!header) {
      answers.emplace_back(message ? cannot_read(*message, header.error()) : header.error());
      continue;
    }
    answers.emplace_back(HeaderBytes{std::move(header->bytes), header->has_end || header->all});
  }
  return answers;
}

}  // namespace imapkeep
