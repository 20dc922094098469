#include "sync/store/maildir/kept_search.h"

#include <algorithm>
#include <functional>

#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_frame.h"
#include "sync/store/maildir/maildir_name.h"

namespace imapkeep {

Result<std::vector<std::string>> kept_days(FolderTree& tree) {
  std::vector<std::string> days;
  const auto gone = tree.open(kGoneDirectory);
  if (!gone) return gone.error();
  if (!*gone) return days;
  const auto listed = (*gone)->list([&days](std::string_view day) {
    if (is_day(day)) days.emplace_back(day);
    return true;
  });
  if (!listed) return explained(**gone, listed.error());
  std::sort(days.begin(), days.end(), std::greater<>());
  return days;
}

bool is_former_part(std::string_view directory) {
  const std::string_view part = directory.substr(directory.rfind('/') + 1);
  return std::find(kFormerParts.begin(), kFormerParts.end(), part) != kFormerParts.end();
}

Result<std::vector<std::pair<std::size_t, std::string>>> kept_names(Directory& directory,
                                                                    bool former,
                                                                    const KeptBases& wanted) {
  std::vector<std::pair<std::size_t, std::string>> names;
  const auto listed = directory.list([&](std::string_view name) {
    if (!former && !name.ends_with(kFrameSuffix)) return true;
    const auto message = former ? name : name.substr(0, name.size() - kFrameSuffix.size());
    const auto found = wanted.find(std::string(maildir_base_of(message)));
    if (found != wanted.end()) names.emplace_back(found->second, name);
    return true;
  });
  if (!listed) return listed.error();
  return names;
}

}  // namespace imapkeep
