#include "sync/plan/folder_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

/// Where each known folder was found, and which listed ones are left over.
struct Matching {
  std::vector<const ListedFolder*> of_known;  // nullptr: not listed
  std::vector<const ListedFolder*> rest;
};

// Raw names first. Then names that differ in their encoding only: a server that has learnt UTF-8
// has the same folders under other bytes. Raw bytes never equal decoded ones by accident there,
// because a display name that stands for several folders matches none.
Matching match(const std::vector<ListedFolder>& listed, const std::vector<KnownFolder>& known) {
  std::map<MailboxName, const ListedFolder*> by_name;
  for (const ListedFolder& folder : listed) by_name[folder.name] = &folder;  // said twice: the last

  Matching matching;
  matching.of_known.resize(known.size(), nullptr);
  std::map<std::string, std::vector<std::size_t>> unmatched;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto at = by_name.find(known[i].name);
    if (at == by_name.end()) {
      unmatched[known[i].name.display(known[i].delimiter)].push_back(i);
      continue;
    }
    matching.of_known[i] = at->second;
    by_name.erase(at);
  }

  std::map<std::string, std::vector<const ListedFolder*>> strangers;
  for (const auto& [name, folder] : by_name) {
    strangers[name.display(folder->delimiter)].push_back(folder);
  }
  for (const auto& [shown, folders] : strangers) {
    const auto at = unmatched.find(shown);
    if (at != unmatched.end() && at->second.size() == 1 && folders.size() == 1 &&
        known[at->second[0]].name.encoding != folders[0]->name.encoding) {
      matching.of_known[at->second[0]] = folders[0];
    } else {
      matching.rest.insert(matching.rest.end(), folders.begin(), folders.end());
    }
  }
  return matching;
}

bool may_be(const KnownFolder& missing, const ListedFolder& created) {
  return created.facts.uid_validity && created.facts.uid_next &&
         *created.facts.uid_validity == missing.cursor.uid_validity.value &&
         *created.facts.uid_next >= missing.cursor.uid_next;
}

using Rename = std::pair<const KnownFolder*, std::size_t>;  // the second is an index of `created`

// The one pair of a generation of which neither half fits anything else, if there is one: servers
// that number generations by the second, or all with 1, must not make strangers of one folder the
// heirs of another. A folder fits those whose UIDNEXT is not smaller, so whatever fits one only
// fits the greatest, and only the smallest can have it for itself.
std::optional<Rename> only_pair(const std::vector<const KnownFolder*>& olds,
                                const std::vector<std::size_t>& news,
                                const std::vector<ListedFolder>& created) {
  const auto next_of = [&](std::size_t i) { return *created[i].facts.uid_next; };
  const auto greatest =
      std::max_element(news.begin(), news.end(),
                       [&](std::size_t a, std::size_t b) { return next_of(a) < next_of(b); });
  const auto smallest =
      std::min_element(olds.begin(), olds.end(), [](const KnownFolder* a, const KnownFolder* b) {
        return a->cursor.uid_next < b->cursor.uid_next;
      });
  if (greatest == news.end() || smallest == olds.end()) return std::nullopt;
  const auto rivals = std::count_if(olds.begin(), olds.end(), [&](const KnownFolder* old) {
    return may_be(*old, created[*greatest]);
  });
  const auto fitting = std::count_if(news.begin(), news.end(),
                                     [&](std::size_t i) { return may_be(**smallest, created[i]); });
  if (rivals != 1 || fitting != 1) return std::nullopt;
  return Rename(*smallest, *greatest);
}

std::vector<Rename> find_renames(const std::vector<const KnownFolder*>& missing,
                                 const std::vector<ListedFolder>& created) {
  std::map<std::uint32_t, std::pair<std::vector<const KnownFolder*>, std::vector<std::size_t>>>
      by_generation;
  for (const KnownFolder* folder : missing) {
    const std::uint32_t generation = folder->cursor.uid_validity.value;
    if (generation != 0) by_generation[generation].first.push_back(folder);
  }
  for (std::size_t i = 0; i < created.size(); ++i) {
    const auto generation = created[i].facts.uid_validity;
    if (!generation || !created[i].facts.uid_next) continue;
    const auto at = by_generation.find(*generation);
    if (at != by_generation.end()) at->second.second.push_back(i);
  }

  std::vector<Rename> renames;
  for (const auto& [generation, candidates] : by_generation) {
    const auto pair = only_pair(candidates.first, candidates.second, created);
    if (pair) renames.push_back(*pair);
  }
  return renames;
}

VisitRank rank(const ListedFolder& folder) { return visit_rank(folder.name, folder.delimiter); }

// `missing` folders have no rename to explain them.
std::optional<Error> find_alarm(const std::vector<const KnownFolder*>& missing,
                                std::size_t mirrored) {
  const auto alarm = [](const std::string& what) {
    return server_error(what +
                            ": nothing is taken as deleted. If it is meant, exclude the folders "
                            "in the configuration (folders.exclude)",
                        Remedy::kRetryLater);
  };
  for (const KnownFolder* folder : missing) {
    if (folder->name.is_inbox()) return alarm("the server's list of folders is without INBOX");
  }
  if (missing.size() > 3 && missing.size() * 10 > mirrored * 3) {
    return alarm("the server's list is without " + std::to_string(missing.size()) + " of " +
                 std::to_string(mirrored) + " folders");
  }
  return std::nullopt;
}

}  // namespace

FolderPlan plan_folders(std::vector<ListedFolder> listed, const std::vector<KnownFolder>& known,
                        const MailboxChoice& choice, std::int64_t now_ms) {
  FolderPlan plan;
  const Matching matching = match(listed, known);

  std::vector<const KnownFolder*> missing;
  std::size_t mirrored = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const KnownFolder& folder = known[i];
    const ListedFolder* found = matching.of_known[i];
    const bool wanted = found == nullptr ? choice.wants(folder.name, folder.delimiter)
                                         : choice.wants(found->name, found->delimiter);
    if (!wanted) {
      if (found == nullptr) {
        plan.left_alone.push_back(folder.id);
      } else {
        plan.excluded.push_back(*found);
      }
      continue;
    }
    ++mirrored;
    // A folder that has become \Noselect has lost its mail like one that is not listed at all (RFC
    // 9051 §6.3.5).
    if (found == nullptr || !found->holds_mail) {
      missing.push_back(&folder);
      continue;
    }
    plan.present.push_back({folder.id, *found});
    if (folder.missing_since_ms != 0) plan.returned.push_back(folder.id);
  }

  for (const ListedFolder* folder : matching.rest) {
    if (!folder->holds_mail) {
      plan.mailless.push_back(*folder);
    } else if (choice.wants(folder->name, folder->delimiter)) {
      plan.created.push_back(*folder);
    } else {
      plan.excluded.push_back(*folder);
    }
  }

  const auto renames = find_renames(missing, plan.created);
  std::set<const KnownFolder*> explained;
  std::set<std::size_t> taken;
  for (const auto& [old, i] : renames) {
    explained.insert(old);
    taken.insert(i);
  }
  std::vector<const KnownFolder*> unexplained = missing;
  std::erase_if(unexplained, [&](const KnownFolder* folder) { return explained.contains(folder); });
  plan.alarm = find_alarm(unexplained, mirrored);

  if (plan.alarm) {
    for (const KnownFolder* folder : missing) plan.still_missing.push_back(folder->id);
  } else {
    for (const auto& [old, i] : renames) plan.renamed.push_back({old->id, plan.created[i]});
    std::size_t i = 0;
    std::erase_if(plan.created, [&](const ListedFolder&) { return taken.contains(i++); });
    for (const KnownFolder* folder : unexplained) {
      const std::int64_t since = folder->missing_since_ms;
      if (since == 0 || since > now_ms) {  // a date in the future is a clock that was set back
        plan.newly_missing.push_back(folder->id);
      } else if (now_ms - since < kMissingLongEnoughMs) {
        plan.still_missing.push_back(folder->id);
      } else {
        plan.ask.push_back(folder->id);
      }
    }
  }

  const auto rank_of_match = [](const MatchedFolder& folder) { return rank(folder.listed); };
  sort_for_visit(plan.present, rank_of_match);
  sort_for_visit(plan.renamed, rank_of_match);
  sort_for_visit(plan.created, rank);
  sort_for_visit(plan.excluded, rank);
  sort_for_visit(plan.mailless, rank);
  return plan;
}

}  // namespace imapkeep
