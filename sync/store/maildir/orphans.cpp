#include "sync/store/maildir/orphans.h"

#include <algorithm>
#include <bit>

#include "daemon/base/hash.h"

namespace imapkeep {
namespace {

// One in a hundred thousand is taken for one of the folder's: a batch of a thousand would otherwise
// have the folder listed for nothing, again and again.
constexpr std::uint64_t kBitsPerStem = 32;
constexpr unsigned kProbes = 8;
constexpr std::uint64_t kFewestBits = 1U << 10;
constexpr std::uint64_t kMostBits = 64U << 20;
constexpr std::size_t kMostBytesTogether = 12U << 20;
constexpr std::size_t kMostBytesTold = 1U << 20;  // of paths, in one line of the journal

std::uint64_t hash_of(const MaildirStem& stem) {
  return Xxh3::of(std::to_string(stem.internal_date) + ' ' + std::to_string(stem.xxh3) + ' ' +
                  std::to_string(stem.size) + ' ' + std::to_string(stem.crlf_size));
}

/// Calls `each` for every file name of our form. Errors of listing are the caller's.
template <class Each>
Result<Done> list_names(Directory& cur, const Each& each) {
  return cur.list([&each](std::string_view file) {
    if (const auto name = parse_maildir_name(file)) each(*name, file);
    return true;
  });
}

}  // namespace

StemFilter::StemFilter(std::uint64_t stems)
    : bits_(static_cast<std::size_t>(
          std::clamp(std::bit_ceil(stems * kBitsPerStem), kFewestBits, kMostBits) / 64)) {}

void StemFilter::add(const MaildirStem& stem) {
  const std::uint64_t hash = hash_of(stem);
  const std::uint64_t step = hash >> 32 | 1;
  for (unsigned i = 0; i < kProbes; ++i) {
    const std::uint64_t bit = (hash + i * step) & (bits_.size() * 64 - 1);
    bits_[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64);
  }
}

bool StemFilter::may_hold(const MaildirStem& stem) const {
  const std::uint64_t hash = hash_of(stem);
  const std::uint64_t step = hash >> 32 | 1;
  for (unsigned i = 0; i < kProbes; ++i) {
    const std::uint64_t bit = (hash + i * step) & (bits_.size() * 64 - 1);
    if ((bits_[static_cast<std::size_t>(bit / 64)] >> (bit % 64) & 1) == 0) return false;
  }
  return true;
}

Result<Done> Orphans::learn(Directory& cur, const std::string& folder_path) {
  std::uint64_t count = 0;
  const auto counted = list_names(cur, [&](const MaildirName&, std::string_view) { ++count; });
  if (!counted) return counted;
  StemFilter filter(count);
  const auto listed =
      list_names(cur, [&](const MaildirName& name, std::string_view) { filter.add(name.stem); });
  if (!listed) return listed;
  if (filter_bytes_ + filter.bytes() > kMostBytesTogether) drop_filters();
  filter_bytes_ += filter.bytes();
  filters_.insert_or_assign(folder_path, std::move(filter));
  return Done{};
}

void Orphans::suspect(const std::string& folder_path) {
  suspected_.insert(folder_path);
  if (folder_path.empty()) return drop_filters();
  const auto filter = filters_.find(folder_path);
  if (filter == filters_.end()) return;
  filter_bytes_ -= filter->second.bytes();
  filters_.erase(filter);
}

void Orphans::drop_filters() {
  filters_.clear();
  filter_bytes_ = 0;
}

void Orphans::adoption_is_over(const std::set<std::string>& maybe_unclaimed) {
  std::set<std::string> left;
  for (const std::string& path : maybe_unclaimed) {
    if (suspects(path)) left.insert(path);
  }
  suspected_ = std::move(left);
  std::erase_if(filters_, [this](const auto& filter) {
    if (suspects(filter.first)) return false;
    filter_bytes_ -= filter.second.bytes();
    return true;
  });
}

void Orphans::moved(const std::string& from_path, const std::string& path) {
  drop_filters();
  if (suspected_.contains(from_path)) suspected_.insert(path);
}

std::vector<std::string> Orphans::suspected() const {
  std::size_t bytes = 0;
  for (const std::string& path : suspected_) bytes += path.size();
  if (suspected_.contains("") || bytes > kMostBytesTold) return {""};
  return {suspected_.begin(), suspected_.end()};
}

Result<NamesByStem> Orphans::find(FolderTree& tree, const std::string& folder_path,
                                  std::string_view host, const std::vector<MaildirStem>& wanted) {
  NamesByStem found;
  if (!suspects(folder_path)) return found;
  const auto cur = tree.open(below(folder_path, "cur"));
  if (!cur) return cur.error();
  if (!*cur) return found;
  if (!filters_.contains(folder_path)) {
    if (const auto learnt = learn(**cur, folder_path); !learnt) return learnt.error();
  }
  const StemFilter& filter = filters_.at(folder_path);
  std::set<MaildirStem> hits;
  for (const MaildirStem& stem : wanted) {
    if (filter.may_hold(stem)) hits.insert(stem);
  }
  if (hits.empty()) return found;
  const auto listed = list_names(**cur, [&](const MaildirName& name, std::string_view file) {
    if (name.host == host && hits.contains(name.stem)) found[name.stem][name.number] = file;
  });
  if (!listed) return listed.error();
  return found;
}

}  // namespace imapkeep
