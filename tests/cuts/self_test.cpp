#include "tests/cuts/self_test.h"

#include <cstdio>

namespace imapkeep::cuts {

bool self_test(CrashPlaces& crashes, How disk) {
  const Setting bytes_lost{disk, true, Loss::kBytes, 1};
  const Setting names_lost{disk, true, Loss::kNames, 1};
  const Setting ledger_outside{disk, false, Loss::kNames, 1};
  const Setting model{How::kCutModel, false, Loss::kNames, 1};
  const struct {
    const char* left_out;
    Setting where;
  } kinds[] = {
      {"*sync */mail/INBOX/tmp*", bytes_lost},
      {"fsync */INBOX/tmp/imapkeep.kept*", bytes_lost},
      {"fsync */store.json*", bytes_lost},
      {"fsync */journal/*", ledger_outside},
      {"fsync */state/ledger*", names_lost},
      {"fsync directory */cur", model},
      {"fsync directory */.imapkeep/gone*", model},
      {"fsync directory */.imapkeep/journal", model},
      {"fsync directory */.imapkeep", model},
      {"fsync directory */mail", model},
      {"fsync directory */INBOX", model},
  };
  int missed = 0;
  for (const auto& kind : kinds) {
    Setting setting = kind.where;
    if (!crashes.contains(setting.how)) continue;
    setting.left_out = kind.left_out;
    Crashes& place = *crashes.at(setting.how);
    const std::uint64_t points = place.run(setting, 0).points;
    std::uint64_t found = 0;
    std::uint64_t tried = 0;
    CrashResult crash;
    // From everywhere at once: by steps that have no divisor in common with the points.
    while (tried < points && found == 0) {
      const std::uint64_t point = 1 + tried++ * 7919 % points;
      crash = place.run(setting, point);
      if (!crash.complaints.empty()) found = point;
    }
    if (found == 0) ++missed;
    std::printf("without %-35s %s by %llu of %llu cuts (%s%s%s)\n", kind.left_out,
                found == 0 ? "NOT FOUND" : "found", static_cast<unsigned long long>(tried),
                static_cast<unsigned long long>(points), text_of(setting).c_str(),
                found == 0 ? "" : "): ", found == 0 ? "" : crash.complaints.front().c_str());
  }
  return missed == 0;
}

}  // namespace imapkeep::cuts
