#include "config/settings_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "config/node_reader.h"

namespace imapkeep {
namespace {

struct Tree {
  std::string path;     // ends with "/", so that a prefix is an ancestor or the same
  std::size_t account;  // index
};

std::string with_slash(std::string path) {
  if (!path.ends_with('/')) path += '/';
  return path;
}

/// `inner` lies in `outer` or is the same.
void complain_about(const Tree& outer, const Tree& inner, const Settings& settings,
                    Complaints& complaints) {
  const auto& one = settings.accounts[outer.account];
  const auto& other = settings.accounts[inner.account];
  // The one that is read later is the one to be changed.
  const auto& earlier = outer.account < inner.account ? one : other;
  const auto& later = outer.account < inner.account ? other : one;
  if (outer.path == inner.path) {
    complaints.add(later.store_where, "accounts " + in_quotes(earlier.name) + " and " +
                                          in_quotes(later.name) +
                                          " have the same store; each needs " + "its own");
  } else {
    complaints.add(later.store_where, "the store of " + in_quotes(other.name) +
                                          " lies inside the store of " + in_quotes(one.name));
  }
}

}  // namespace

void check_settings(const Settings& settings, const ProcessEnvironment& environment,
                    Complaints& complaints) {
  const std::string state =
      settings.state.empty() ? "" : with_slash(environment.real_path(settings.state));
  std::vector<Tree> trees;
  for (std::size_t i = 0; i < settings.accounts.size(); ++i) {
    const auto& account = settings.accounts[i];
    const std::string directory = own_directory_of(account.store);
    if (directory.empty()) continue;  // there is a complaint already
    trees.push_back({with_slash(environment.real_path(directory)), i});
    const std::string& store = trees.back().path;
    if (state.empty()) continue;
    if (store.starts_with(state))
      complaints.add(account.store_where, "the store of " + in_quotes(account.name) +
                                              " lies inside the state directory " + settings.state);
    else if (state.starts_with(store))
      complaints.add(settings.state_where.line ? settings.state_where : account.store_where,
                     "the state directory " + settings.state + " lies inside the store of " +
                         in_quotes(account.name));
  }

  // Sorted, an ancestor stands before its descendants; the stack holds those of the current one.
  std::stable_sort(trees.begin(), trees.end(),
                   [](const Tree& left, const Tree& right) { return left.path < right.path; });
  std::vector<const Tree*> ancestors;
  for (const auto& tree : trees) {
    while (!ancestors.empty() && !tree.path.starts_with(ancestors.back()->path))
      ancestors.pop_back();
    if (!ancestors.empty()) complain_about(*ancestors.back(), tree, settings, complaints);
    ancestors.push_back(&tree);
  }
}

}  // namespace imapkeep
