// Loaded before a program (LD_PRELOAD), makes calls of the C library fail: those on files below
// IMAPKEEP_FAULTS_BELOW, counted over all threads, from the one with the number in the file
// IMAPKEEP_FAULTS on, for as many as that says. The test that wrote that file reads there how many
// there were. Whatever the program is linked with is counted too, SQLite for example.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

/// As tests/live/io_faults.py writes and reads it.
struct Control {
  std::atomic<std::uint64_t> count;   ///< calls so far
  std::atomic<std::uint64_t> from;    ///< the first that fails; 0: none
  std::atomic<std::uint64_t> many;    ///< so many fail
  std::atomic<std::uint64_t> error;   ///< with this errno
  std::atomic<std::uint64_t> struck;  ///< calls that have failed
  char last[216];                     ///< the newest of them
};

/// What the C library itself has under this name.
template <class F>
F beneath(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

Control* control() {
  static Control* const mapped = [] {
    const char* path = std::getenv("IMAPKEEP_FAULTS");
    using Open = int (*)(const char*, int, ...);
    const int file = path == nullptr ? -1 : beneath<Open>("open")(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return static_cast<Control*>(nullptr);
    using Map = void* (*)(void*, std::size_t, int, int, int, off_t);
    void* at =
        beneath<Map>("mmap")(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? nullptr : static_cast<Control*>(at);
  }();
  return mapped;
}

const std::string& below() {
  static const std::string path = [] {
    const char* set = std::getenv("IMAPKEEP_FAULTS_BELOW");
    return std::string(set == nullptr ? "/nowhere" : set);
  }();
  return path;
}

std::string path_of(int file) {
  char text[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t size = readlink(link.c_str(), text, sizeof text);
  return size < 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
}

std::string path_of(int directory, const char* name) {
  if (name == nullptr || name[0] == 0) return path_of(directory);
  if (name[0] == '/' || directory == AT_FDCWD) return name;
  return path_of(directory) + "/" + name;
}

/// True: the call is not made, and fails.
bool strikes(const char* call, const std::string& path) {
  Control* const told = control();
  if (told == nullptr || path.compare(0, below().size(), below()) != 0) return false;
  const std::uint64_t number = ++told->count;
  const std::uint64_t from = told->from;
  if (from == 0 || number < from || number - from >= told->many) return false;
  ++told->struck;
  std::snprintf(told->last, sizeof told->last, "%s %s", call, path.c_str());
  errno = static_cast<int>(told->error.load());
  return true;
}

int mode_of(int flags, va_list list) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(list, int) : 0;
}

int open_any(const char* call, const char* path, int flags, int mode) {
  if (strikes(call, path)) return -1;
  return beneath<int (*)(const char*, int, ...)>(call)(path, flags, mode);
}

int openat_any(const char* call, int directory, const char* path, int flags, int mode) {
  if (strikes(call, path_of(directory, path))) return -1;
  return beneath<int (*)(int, const char*, int, ...)>(call)(directory, path, flags, mode);
}

bool is_lock(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
         command == F_OFD_SETLKW;
}

int fcntl_any(const char* call, int file, int command, void* argument) {
  if (is_lock(command) && strikes("lock", path_of(file))) return -1;
  return beneath<int (*)(int, int, ...)>(call)(file, command, argument);
}

}  // namespace

// NOLINTBEGIN: these are the C library's names and types.
#define ON_PATH(TYPE, NAME, DECLARED, PATH, PASSED)         \
  TYPE NAME DECLARED {                                      \
    if (strikes(#NAME, PATH)) return static_cast<TYPE>(-1); \
    return beneath<TYPE(*) DECLARED>(#NAME) PASSED;         \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const int mode = mode_of(flags, list);
  va_end(list);
  return open_any("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const int mode = mode_of(flags, list);
  va_end(list);
  return open_any("open64", path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const int mode = mode_of(flags, list);
  va_end(list);
  return openat_any("openat", directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const int mode = mode_of(flags, list);
  va_end(list);
  return openat_any("openat64", directory, path, flags, mode);
}
int fcntl(int file, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return fcntl_any("fcntl", file, command, argument);
}
int fcntl64(int file, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return fcntl_any("fcntl64", file, command, argument);
}

ON_PATH(ssize_t, read, (int f, void* at, size_t n), path_of(f), (f, at, n))
ON_PATH(ssize_t, pread, (int f, void* at, size_t n, off_t o), path_of(f), (f, at, n, o))
ON_PATH(ssize_t, pread64, (int f, void* at, size_t n, off64_t o), path_of(f), (f, at, n, o))
ON_PATH(ssize_t, write, (int f, const void* at, size_t n), path_of(f), (f, at, n))
ON_PATH(ssize_t, pwrite, (int f, const void* at, size_t n, off_t o), path_of(f), (f, at, n, o))
ON_PATH(ssize_t, pwrite64, (int f, const void* at, size_t n, off64_t o), path_of(f), (f, at, n, o))
ON_PATH(int, fsync, (int f), path_of(f), (f))
ON_PATH(int, fdatasync, (int f), path_of(f), (f))
ON_PATH(int, syncfs, (int f), path_of(f), (f))
ON_PATH(int, ftruncate, (int f, off_t n), path_of(f), (f, n))
ON_PATH(int, ftruncate64, (int f, off64_t n), path_of(f), (f, n))
ON_PATH(int, fallocate, (int f, int m, off_t o, off_t n), path_of(f), (f, m, o, n))
ON_PATH(int, fallocate64, (int f, int m, off64_t o, off64_t n), path_of(f), (f, m, o, n))
ON_PATH(int, futimens, (int f, const struct timespec t[2]), path_of(f), (f, t))
ON_PATH(int, utimensat, (int d, const char* p, const struct timespec t[2], int flags),
        path_of(d, p), (d, p, t, flags))
ON_PATH(int, flock, (int f, int how), path_of(f), (f, how))
ON_PATH(int, fchmod, (int f, mode_t m), path_of(f), (f, m))
ON_PATH(int, chmod, (const char* p, mode_t m), p, (p, m))
ON_PATH(int, mkdir, (const char* p, mode_t m), p, (p, m))
ON_PATH(int, mkdirat, (int d, const char* p, mode_t m), path_of(d, p), (d, p, m))
ON_PATH(int, unlink, (const char* p), p, (p))
ON_PATH(int, remove, (const char* p), p, (p))
ON_PATH(int, unlinkat, (int d, const char* p, int flags), path_of(d, p), (d, p, flags))
ON_PATH(int, rename, (const char* p, const char* q), q, (p, q))
ON_PATH(int, renameat, (int d, const char* p, int e, const char* q), path_of(e, q), (d, p, e, q))
ON_PATH(int, renameat2, (int d, const char* p, int e, const char* q, unsigned f), path_of(e, q),
        (d, p, e, q, f))
ON_PATH(int, linkat, (int d, const char* p, int e, const char* q, int f), path_of(e, q),
        (d, p, e, q, f))
ON_PATH(int, access, (const char* p, int how), p, (p, how))
ON_PATH(int, stat, (const char* p, struct stat* s), p, (p, s))
ON_PATH(int, stat64, (const char* p, struct stat64* s), p, (p, s))
ON_PATH(int, lstat, (const char* p, struct stat* s), p, (p, s))
ON_PATH(int, lstat64, (const char* p, struct stat64* s), p, (p, s))
ON_PATH(int, fstat, (int f, struct stat* s), path_of(f), (f, s))
ON_PATH(int, fstat64, (int f, struct stat64* s), path_of(f), (f, s))
ON_PATH(int, fstatat, (int d, const char* p, struct stat* s, int f), path_of(d, p), (d, p, s, f))
ON_PATH(int, fstatat64, (int d, const char* p, struct stat64* s, int f), path_of(d, p),
        (d, p, s, f))

int posix_fallocate(int file, off_t from, off_t size) {
  if (strikes("posix_fallocate", path_of(file))) return errno;
  return beneath<int (*)(int, off_t, off_t)>("posix_fallocate")(file, from, size);
}
int posix_fallocate64(int file, off64_t from, off64_t size) {
  if (strikes("posix_fallocate64", path_of(file))) return errno;
  return beneath<int (*)(int, off64_t, off64_t)>("posix_fallocate64")(file, from, size);
}
void* mmap(void* at, size_t size, int protection, int flags, int file, off_t offset) {
  if (file >= 0 && strikes("mmap", path_of(file))) return MAP_FAILED;
  using Map = void* (*)(void*, size_t, int, int, int, off_t);
  return beneath<Map>("mmap")(at, size, protection, flags, file, offset);
}
void* mmap64(void* at, size_t size, int protection, int flags, int file, off64_t offset) {
  if (file >= 0 && strikes("mmap64", path_of(file))) return MAP_FAILED;
  using Map = void* (*)(void*, size_t, int, int, int, off64_t);
  return beneath<Map>("mmap64")(at, size, protection, flags, file, offset);
}
int bind(int socket, const struct sockaddr* address, socklen_t size) {
  if (address->sa_family == AF_UNIX) {
    const auto* named = reinterpret_cast<const sockaddr_un*>(address);
    if (strikes("bind", named->sun_path)) return -1;
  }
  return beneath<int (*)(int, const struct sockaddr*, socklen_t)>("bind")(socket, address, size);
}

}  // extern "C"
// NOLINTEND
