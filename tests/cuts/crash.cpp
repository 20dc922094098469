#include "tests/cuts/crash.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>

#include "daemon/io/posix_files.h"
#include "tests/cuts/checker.h"
#include "tests/cuts/numbered_sqlite.h"
#include "tests/support/memory_files.h"
#include "tests/support/numbered_files.h"
#include "tests/witness/journal_view.h"

namespace imapkeep::cuts {
namespace {

constexpr unsigned kHang = 60;  // seconds that no process takes
constexpr std::size_t kTextRoom = 8000;

std::filesystem::path where_stores_lie() {
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
}

}  // namespace

struct Crashes::Told {
  Past past;
  bool reached = false;
  bool reached_again = false;
  bool stopped = false;  ///< in this process
  std::uint64_t points = 0;
  char last[400] = "";
  char complaints[kTextRoom] = "";  ///< lines

  void note(char* into, std::size_t room, const std::string& text) {
    const std::size_t count = std::min(text.size(), room - 1);
    std::memcpy(into, text.data(), count);
    into[count] = 0;
  }
  void stop(const CrashPoints& at) {
    note(last, sizeof last, reached ? std::string(last) + ", then " + at.last() : at.last());
    if (!reached) points = at.reached();
    reached_again = reached;
    reached = true;
    stopped = true;
  }
  void complain(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& one : list) text += one + "\n";
    note(complaints, sizeof complaints, text);
  }
};

namespace {

/// Runs `work` in a process of its own; nothing: it ended in order, else how it did.
std::optional<std::string> apart(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child < 0) return "no further process";
  if (child == 0) {
    alarm(kHang);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? std::nullopt : std::optional<std::string>("exit");
}

/// The whole scenario; an error: somebody died, or it goes wrong although nothing was cut.
Result<Done> run_scenario(MirrorProcess& process, const Scenario& scenario, Past& past,
                          Files& files, const std::string& root) {
  for (int chapter = 0; chapter < Scenario::kChapters; ++chapter) {
    past.chapter = chapter;
    process.tell(scenario, chapter);
    if (auto caught_up = process.catch_up(scenario, chapter); !caught_up) return caught_up;
    if (!process.is_closed()) continue;
    const auto journal = witness::JournalView::read(files, root);
    if (!journal) return journal.error();
    past.closed_records = journal->records;
  }
  return Done{};
}

}  // namespace

std::string text_of(const Setting& setting) {
  static constexpr const char* kHow[] = {"ext4", "xfs", "kill", "model"};
  std::string text = kHow[static_cast<std::size_t>(setting.how)];
  if (setting.how != How::kKill) {
    text += setting.loss == Loss::kNames ? ", names lost" : ", names kept and bytes lost";
    text += setting.ledger_inside ? ", ledger inside" : ", ledger outside";
  }
  return text + ", scenario " + std::to_string(setting.seed);
}

Crashes::Crashes(How how)
    : how_(how),
      scratch_(where_stores_lie()),
      told_(static_cast<Told*>(mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}

Crashes::~Crashes() {
  if (told_ != MAP_FAILED) munmap(told_, sizeof(Told));
}

Result<std::unique_ptr<Crashes>> Crashes::prepare(How how) {
  std::unique_ptr<Crashes> crashes(new Crashes(how));
  if (crashes->told_ == MAP_FAILED) return store_error("no memory to share with the children");
  if (how == How::kCutExt4 || how == How::kCutXfs) {
    auto disk = LoopDisk::make(how == How::kCutExt4 ? Kind::kExt4 : Kind::kXfs);
    if (!disk) return disk.error();
    crashes->disk_ = *std::move(disk);
  }
  return crashes;
}

void Crashes::with_points(const Setting& setting, std::uint64_t point, const std::string& place,
                          const std::function<void(const Place&, const CrashPoints&)>& work) {
  CrashPoints points;
  points.leave_out(setting.left_out);
  points.stop_at(point, [&] {
    told_->stop(points);
    if (how_ == How::kKill) raise(SIGKILL);
    if (auto cut = disk_->cut(setting.loss); !cut) told_->complain({cut.error().what});
    _exit(0);
  });
  PosixFiles files;
  NumberedFiles numbered(files, points);
  number_sqlite(points);
  const std::string state = setting.ledger_inside ? place : scratch_.path();
  work({numbered, place + "/mail", state + "/state"}, points);
}

void Crashes::live(const Setting& setting, std::uint64_t point, const std::string& place) {
  with_points(setting, point, place, [&](const Place& at, const CrashPoints& points) {
    PosixFiles files;  // unnumbered
    MirrorProcess process(at);
    const auto lived = run_scenario(process, Scenario(setting.seed), told_->past, files, at.root);
    if (!lived) told_->complain({"without a cut: " + lived.error().what, process.last_words()});
    told_->points = points.reached();
  });
}

void Crashes::mend(const Setting& setting, std::uint64_t point, const std::string& place) {
  with_points(setting, point, place, [&](const Place& at, const CrashPoints&) {
    MirrorProcess process(at);
    const Scenario scenario(setting.seed);
    process.remember(scenario, told_->past.chapter);
    const SyncOutcome outcome = process.sync(scenario);
    if (outcome.error) told_->complain({"mending: " + outcome.error->what, process.last_words()});
  });
}

void Crashes::check_disk(const Setting& setting, const std::string& place) {
  PosixFiles files;
  const std::string state = setting.ledger_inside ? place : scratch_.path();
  told_->complain(
      checker({files, place + "/mail", state + "/state"}, Scenario(setting.seed), told_->past));
}

// The run and its check are in one process, since the disk is in its memory.
void Crashes::on_model(const Setting& setting, std::uint64_t point, std::uint64_t again,
                       const std::string& state) {
  MemoryDisk disk;
  disk.put("/disk/here", "");
  const Scenario scenario(setting.seed);
  const auto is_dead = [&disk] { return disk.killed(); };
  const auto with = [&](std::uint64_t stop, const auto& work) {
    CrashPoints points;
    points.leave_out(setting.left_out);
    points.stop_at(stop, [&] {
      told_->stop(points);
      disk.kill_at(1);
    });
    NumberedFiles numbered(disk, points);
    {
      MirrorProcess process({numbered, "/disk/mail", state}, is_dead);
      const Result<Done> lived = work(process);
      if (!lived && !disk.killed()) told_->complain({"without a cut: " + lived.error().what});
    }
    if (!told_->reached) told_->points = points.reached();
    if (!disk.killed()) return;
    disk.power_cut(setting.loss == Loss::kNames ? MemoryDisk::Cut::kLoseNames
                                                : MemoryDisk::Cut::kKeepNames);
  };
  with(point, [&](MirrorProcess& process) {
    return run_scenario(process, scenario, told_->past, disk, "/disk/mail");
  });
  if (!told_->reached) return;
  if (again != 0) {
    with(again, [&](MirrorProcess& process) {
      process.remember(scenario, told_->past.chapter);
      const SyncOutcome outcome = process.sync(scenario);
      return outcome.error ? Result<Done>(*outcome.error) : Result<Done>(Done{});
    });
  }
  if (told_->complaints[0] == 0)
    told_->complain(checker({disk, "/disk/mail", state}, scenario, told_->past));
}

CrashResult Crashes::run(const Setting& setting, std::uint64_t point, std::uint64_t again) {
  *told_ = Told{};
  const bool on_disk = disk_ != nullptr;
  const std::string place =
      (on_disk ? disk_->path() : scratch_.path()) + "/" + std::to_string(++crashes_);
  std::filesystem::create_directory(place);
  if (on_disk) {
    if (auto settled = disk_->settle(); !settled) {
      return {false, 0, false, "", {settled.error().what}};
    }
  }
  std::vector<std::string> trouble;
  const auto run = [&](const std::function<void()>& work) {
    told_->stopped = false;
    const auto died = apart(work);
    if (died && !(how_ == How::kKill && told_->stopped)) trouble.push_back("it died: " + *died);
    if (!on_disk || !told_->stopped) return;
    if (auto mounted = disk_->mount_again(); !mounted) trouble.push_back(mounted.error().what);
  };
  if (how_ == How::kCutModel) {
    std::filesystem::create_directory(scratch_.file("state"));
    run([&] { on_model(setting, point, again, scratch_.file("state")); });
  } else {
    run([&] { live(setting, point, place); });
    if (told_->reached && again != 0) run([&] { mend(setting, again, place); });
    if (told_->reached && trouble.empty() && told_->complaints[0] == 0) {
      const auto died = apart([&] { check_disk(setting, place); });
      if (died) trouble.push_back("the checker died: " + *died);
    }
  }
  std::filesystem::remove_all(place);
  std::filesystem::remove_all(scratch_.file("state"));
  std::string text = told_->complaints;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    trouble.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return {told_->reached, told_->points, told_->reached_again, told_->last, std::move(trouble)};
}

}  // namespace imapkeep::cuts
