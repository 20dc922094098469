// What there is to fetch: the folders that can be opened, and their UIDs cut into batches, which
// lie in one row. Every connection takes the next one from it, so all of them end at the same time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/wire_session.h"

namespace imapkeep::bench {

std::uint64_t number_of(std::string_view text);

struct Batch {
  std::size_t folder;
  std::string uids;
};

struct Work {
  std::vector<std::string> folders;  ///< as the server spelled them, so as it reads them
  std::vector<Batch> batches;
  std::atomic<std::size_t> next = 0;
};

/// Asks the server. Two round trips, however many folders there are. A batch has at most so many
/// messages, and there are enough batches to keep all connections busy to the end.
void plan(WireSession& session, std::uint64_t most_in_a_batch, std::size_t connections, Work& work);

}  // namespace imapkeep::bench
