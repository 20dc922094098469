// How to make many files durable at the least cost: the ways that docs/decisions/0008 chooses from,
// one after the other on one disk. Each way stores the same messages as the Maildir store does
// (create and write in tmp/, make durable, rename into cur/, fsync cur/) and differs only in "make
// durable". With --neighbour another process dirties the file system meanwhile and syncs nothing.
//   imapkeep-bench-durability DIR [--messages N] [--size BYTES] [--batch N] [--neighbour MB/s]
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Options {
  std::string directory;
  int messages = 4000;
  std::size_t size = 4096;
  int batch = 500;
  int neighbour = 0;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int must(int answer, const char* what) {
  if (answer < 0) die(what);
  return answer;
}

using Clock = std::chrono::steady_clock;
using Files = std::vector<std::string>;

struct Way {
  const char* name;
  bool hint;  ///< sync_file_range(WRITE) behind each file: writing starts at once, nobody waits
  std::function<void(int root, const Files&)> make_durable;
};

void sync_one(int root, const std::string& name) {
  const int fd = must(openat(root, name.c_str(), O_RDONLY | O_CLOEXEC), "open");
  must(fsync(fd), "fsync");
  close(fd);
}

void sync_each(int root, const Files& files, int threads) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++) sync_one(root, files[at]);
    });
  }
  for (auto& thread : all) thread.join();
}

std::vector<Way> ways() {
  const auto each = [](int threads) {
    return [threads](int root, const Files& files) { sync_each(root, files, threads); };
  };
  const auto whole = [](int root, const Files&) { must(syncfs(root), "syncfs"); };
  return {{"fsync, 1 thread", false, each(1)},
          {"fsync, 4 threads", false, each(4)},
          {"fsync, 16 threads", false, each(16)},
          {"hint + fsync, 4 threads", true, each(4)},
          {"syncfs", false, whole},
          {"hint + syncfs", true, whole},
          {"nothing (not durable)", false, [](int, const Files&) {}}};
}

void write_file(int root, const std::string& name, const std::string& bytes, bool hint) {
  const int fd =
      must(openat(root, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), "create");
  if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) die("write");
  if (hint) must(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE), "sync_file_range");
  close(fd);
}

/// Seconds for all messages. What was written stays: deleting would make the next one slower.
double run(const Options& options, const Way& way, int number) {
  const std::string top = options.directory + "/way" + std::to_string(number);
  for (const std::string& path : {top, top + "/tmp", top + "/cur"}) {
    must(mkdir(path.c_str(), 0700), "mkdir");
  }
  const int root = must(open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open");
  std::string bytes(options.size, 'x');
  sync();
  const auto begun = Clock::now();
  for (int done = 0; done < options.messages;) {
    Files batch;
    for (int i = 0; i < options.batch && done < options.messages; ++i, ++done) {
      std::memcpy(bytes.data(), &done, sizeof done);
      batch.push_back("tmp/" + std::to_string(done));
      write_file(root, batch.back(), bytes, way.hint);
    }
    way.make_durable(root, batch);
    for (const std::string& name : batch) {
      const std::string to = "cur/" + name.substr(4);
      must(renameat(root, name.c_str(), root, to.c_str()), "rename");
    }
    sync_one(root, "cur");
  }
  close(root);
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// Rewrites 256 MB at the rate, until it is killed.
pid_t start_neighbour(const Options& options) {
  const pid_t child = must(fork(), "fork");
  if (child != 0) return child;
  const std::string path = options.directory + "/neighbour";
  const int fd = must(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), "neighbour");
  const std::string block(1U << 20, 'n');
  for (int n = 0;; ++n) {
    if (pwrite(fd, block.data(), block.size(), off_t{n % 256} << 20) < 0) die("neighbour");
    std::this_thread::sleep_for(std::chrono::microseconds(1'000'000 / options.neighbour));
  }
}

Options read_options(int count, char** words) {
  Options options;
  if (count < 2 || count % 2 != 0) {
    std::fprintf(stderr,
                 "usage: %s DIR [--messages N] [--size BYTES] [--batch N] "
                 "[--neighbour MB/s]\n",
                 words[0]);
    std::exit(64);
  }
  options.directory = words[1];
  for (int i = 2; i < count; i += 2) {
    const std::string word = words[i];
    const int value = std::atoi(words[i + 1]);
    if (word == "--messages") options.messages = value;
    if (word == "--size") options.size = static_cast<std::size_t>(value);
    if (word == "--batch") options.batch = value;
    if (word == "--neighbour") options.neighbour = value;
  }
  return options;
}

}  // namespace

int main(int count, char** words) {
  const Options options = read_options(count, words);
  const pid_t neighbour = options.neighbour > 0 ? start_neighbour(options) : 0;
  std::printf("%d messages of %zu bytes, batches of %d, neighbour %d MB/s\n", options.messages,
              options.size, options.batch, options.neighbour);
  int number = 0;
  for (const Way& way : ways()) {
    const double seconds = run(options, way, number++);
    std::printf("%-26s %7.2f s  %6.0f messages/s\n", way.name, seconds, options.messages / seconds);
    std::fflush(stdout);
  }
  if (neighbour != 0) {
    kill(neighbour, SIGTERM);
    waitpid(neighbour, nullptr, 0);
  }
}
