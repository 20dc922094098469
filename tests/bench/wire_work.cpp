#include "tests/bench/wire_work.h"

#include <algorithm>
#include <charconv>

namespace imapkeep::bench {
namespace {

constexpr std::size_t kBatchesForEach = 8;  // connections: they do not end at the same time

struct Range {
  std::uint64_t first;
  std::uint64_t last;
};

template <typename Take>
void each_part(std::string_view text, char between, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(between), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// `* LIST (attributes) "delimiter" name`: the name, unless nothing can lie in it.
std::string_view selectable_name(std::string_view text) {
  const std::size_t close = text.find(')');
  const std::string_view attributes = text.substr(0, close);
  if (attributes.find("\\Noselect") != std::string_view::npos ||
      attributes.find("\\NonExistent") != std::string_view::npos) {
    return {};
  }
  const std::size_t delimiter = text.find(' ', close + 2);
  return text.substr(delimiter + 1);
}

std::vector<Range> ranges_of(std::string_view text) {
  std::vector<Range> ranges;
  each_part(text, ',', [&](std::string_view part) {
    const std::size_t colon = part.find(':');
    const std::uint64_t first = number_of(part.substr(0, colon));
    ranges.push_back(
        {first, colon == std::string_view::npos ? first : number_of(part.substr(colon + 1))});
  });
  return ranges;
}

void cut_into_batches(Work& work, std::size_t folder, std::vector<Range> ranges,
                      std::uint64_t most) {
  Batch batch{folder, {}};
  std::uint64_t room = most;
  for (Range& range : ranges) {
    while (range.first <= range.last) {
      const std::uint64_t size = std::min(room, range.last - range.first + 1);
      if (!batch.uids.empty()) batch.uids += ',';
      batch.uids += std::to_string(range.first);
      if (size > 1) batch.uids += ':' + std::to_string(range.first + size - 1);
      range.first += size;
      room -= size;
      if (room == 0) {
        work.batches.push_back(std::move(batch));
        batch = Batch{folder, {}};
        room = most;
      }
    }
  }
  if (!batch.uids.empty()) work.batches.push_back(std::move(batch));
}

void list_folders(WireSession& session, Work& work) {
  session.answers().keep_literals = true;
  session.ask("LIST \"\" \"*\"");
  while (session.busy()) {
    const AnswerLine line = session.answers().next();
    if (session.ends_a_command(line) || !line.text.starts_with("* LIST ")) continue;
    const auto name = selectable_name(line.text);
    if (!name.empty()) work.folders.emplace_back(name);
  }
  session.answers().keep_literals = false;
}

}  // namespace

std::uint64_t number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    give_up("not a number: " + std::string(text));
  }
  return value;
}

void plan(WireSession& session, std::uint64_t most_in_a_batch, std::size_t connections,
          Work& work) {
  list_folders(session, work);
  for (const auto& name : work.folders) {
    session.ask("EXAMINE " + name);
    session.ask("UID SEARCH RETURN (ALL) ALL");
  }
  std::vector<std::vector<Range>> uids(work.folders.size());
  std::uint64_t messages = 0;
  std::size_t ended = 0;
  while (session.busy()) {
    const AnswerLine line = session.answers().next();
    if (session.ends_a_command(line)) {
      ++ended;
      continue;
    }
    const std::size_t all = line.text.find(" ALL ");
    if (!line.text.starts_with("* ESEARCH ") || all == std::string_view::npos) continue;
    uids[ended / 2] = ranges_of(line.text.substr(all + 5));
    for (const Range& range : uids[ended / 2]) messages += range.last - range.first + 1;
  }
  if (connections > 1) {
    const std::uint64_t share = messages / (connections * kBatchesForEach);
    most_in_a_batch = std::clamp<std::uint64_t>(share, 1, most_in_a_batch);
  }
  for (std::size_t folder = 0; folder < uids.size(); ++folder) {
    cut_into_batches(work, folder, uids[folder], most_in_a_batch);
  }
}

}  // namespace imapkeep::bench
