// A promise that was not kept; ends the run.
#pragma once

#include <stdexcept>

namespace imapkeep::sim {

class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace imapkeep::sim
