#include "daemon/io/journal_messages.h"

namespace imapkeep {
namespace {

struct Message {
  std::string_view event;
  std::string_view id;
};

// An id is never given to another event: people and programs search journals for it.
constexpr Message kMessages[] = {
    {"account needs the operator", "1d39099eacaa4a32a3c09cb24e213afd"},
    {"store trouble", "9bc50162c36e4fe28fa6fa3f1b26c537"},
    {"started", "0d171d3b9c3b416f85ecf7409c6c0d20"},
    {"stopped", "1e7795575b2c483ea666e00098caa855"},
    {"message quarantined", "7fa464f369da4e11a0666262e0692314"},
    {"folders are missing", "df57d93ddddf4349a477a45df51dc9cb"},
    {"files are missing in the mirror and are asked for again", "7c1e907768ef48cabd8a7d2c0a6ae0bd"},
    {"batch condemned", "5579109e60db46d6a072a17ea3fb5479"},
    {"store is older than the ledger", "f1cd4bba00254f339a33e71db00048fe"},
    {"a worker hangs", "16d01db3e4ff4e4782651cf954ce0383"},
};

}  // namespace

std::string_view journal_message_id(std::string_view event) {
  for (const Message& message : kMessages) {
    if (message.event == event) return message.id;
  }
  return {};
}

}  // namespace imapkeep
