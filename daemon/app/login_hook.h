// Tells somebody outside that an account needs a login: the operator's command, run off the loop
// and given up after ten seconds. It learns of the account and why by its environment, in which
// there is nothing else but what finding programs takes: ours may hold secrets.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/log.h"
#include "daemon/base/ports.h"

namespace imapkeep {

class LoginHook {
 public:
  LoginHook(const Ports& ports, Log log);
  /// `command`: empty, and nothing is run.
  void run(const std::vector<std::string>& command, const std::string& account,
           const std::string& why);

 private:
  Ports ports_;
  Log log_;
  std::unique_ptr<Strand> strand_;
  std::map<std::string, Operation> running_;  ///< by account
};

}  // namespace imapkeep
