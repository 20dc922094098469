#include "tests/simulator/daemon_process.h"

#include <algorithm>
#include <utility>

#include "config/settings_reader.h"

namespace imapkeep::sim {
struct DaemonProcess::SimPorts {
  class NoPrograms final : public Process {
   public:
    Result<std::string> output_of(const std::vector<std::string>& argv, Duration) override {
      return config_error("there is no program " + argv.front());
    }
  };

  class NoHttp final : public HttpClient {
   public:
    explicit NoHttp(Timers& timers) : timers_(timers) {}
    Operation request(HttpRequest, Completion<HttpAnswer> done) override {
      return timers_.after(
          Duration(0), [done = std::move(done)] { done(server_error("there is no HTTP here")); });
    }

   private:
    Timers& timers_;
  };

  explicit SimPorts(const World& world) : workers(world.time), http(world.time) {
    environment.variable = [](const std::string&) { return std::nullopt; };
    environment.real_path = [](const std::string& path) { return path; };
    environment.working_directory = "/";
  }

  ProcessEnvironment environment;
  NoPrograms programs;
  SimWorkers workers;
  NoHttp http;
};

struct DaemonProcess::Client final : public ControlReply {
  void out(std::string) override {}
  void line(std::string) override {}
  void page(std::string) override {}
  void progress(const ProgressCounts&) override {}
  void end(int) override { ended = true; }

  bool ended = false;
  Operation asked;
};

Result<std::unique_ptr<DaemonProcess>> DaemonProcess::start(const World& world) {
  auto own = std::make_unique<SimPorts>(world);
  auto settings = load_settings(world.files, own->environment, world.config);
  if (!settings) return settings.error();
  const Ports ports{own->environment, world.time,   world.random,  world.files, own->programs,
                    world.time,       own->workers, world.network, own->http};
  auto application = Application::open(ports, std::move(*settings), Log(world.log));
  if (!application) return application.error();
  return std::unique_ptr<DaemonProcess>(
      new DaemonProcess(world, std::move(own), std::move(*application)));
}

DaemonProcess::DaemonProcess(const World& world, std::unique_ptr<SimPorts> own,
                             std::unique_ptr<Application> application)
    : world_(world),
      ports_(std::move(own)),
      application_(std::move(application)),
      supervisor_(*application_),
      handler_(supervisor_, [this] { return reload(); }) {
  starting_ = supervisor_.start([this](const Result<Done>& started) {
    if (started) return;
    application_->log.error("cannot start", {{"why", started.error().what}});
    ended_ = true;
  });
}

DaemonProcess::~DaemonProcess() = default;

SimWorkers& DaemonProcess::workers() { return ports_->workers; }

void DaemonProcess::kill() { ports_->workers.crash(); }

void DaemonProcess::terminate() {
  terminating_ = true;
  starting_.cancel();
  stopping_ = supervisor_.stop([this](const Result<Done>&) { ended_ = true; });
}

Result<Done> DaemonProcess::reload() {
  auto fresh = load_settings(world_.files, ports_->environment, world_.config);
  return fresh ? supervisor_.reload(std::move(*fresh)) : Result<Done>(fresh.error());
}

void DaemonProcess::ask(const ControlRequest& request) {
  clients_.remove_if([](const auto& client) { return client->ended; });
  clients_.push_back(std::make_unique<Client>());
  clients_.back()->asked = handler_.serve(request, *clients_.back());
}

void DaemonProcess::hang_up() {
  if (!clients_.empty()) clients_.pop_front();
}

std::size_t DaemonProcess::unanswered() const {
  return static_cast<std::size_t>(std::count_if(clients_.begin(), clients_.end(),
                                                [](const auto& client) { return !client->ended; }));
}

}  // namespace imapkeep::sim
