// A handler that remembers who asked, and lets the test answer.
#pragma once

#include <list>
#include <memory>

#include "daemon/control/control_handler.h"

namespace imapkeep {

class FakeHandler final : public ControlHandler {
 public:
  struct Visit {
    ControlRequest request;
    ControlReply* reply = nullptr;
    bool cancelled = false;
  };

  Operation serve(const ControlRequest& request, ControlReply& reply) override {
    visits_.push_back(std::make_shared<Visit>(Visit{request, &reply, false}));
    return Operation([visit = visits_.back()] { visit->cancelled = true; });
  }
  [[nodiscard]] std::size_t count() const { return visits_.size(); }
  [[nodiscard]] Visit& visit(std::size_t index) const { return *visits_.at(index); }
  [[nodiscard]] ControlReply& reply(std::size_t index = 0) const { return *visit(index).reply; }

 private:
  std::vector<std::shared_ptr<Visit>> visits_;
};

}  // namespace imapkeep
