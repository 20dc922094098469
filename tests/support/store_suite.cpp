#include "tests/support/store_suite.h"

namespace imapkeep::store_test {

std::vector<StoreCase> store_cases() {
  std::vector<StoreCase> all;
  for (const auto& cases : {writing_cases(), batch_cases(), equal_mail_cases(), departure_cases(),
                            folder_cases(), opening_cases(), reading_cases(), damage_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace imapkeep::store_test
