#include "tests/cuts/numbered_sqlite.h"

#include <sqlite3.h>

#include <new>

namespace imapkeep {
namespace {

/// SQLite gives us one piece of memory: ours, and behind it that of the VFS beneath.
struct NumberedFile {
  sqlite3_file head;
  CrashPoints* points;
  const char* path;  ///< SQLite keeps it as long as the file is open
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

struct NumberedVfs {
  sqlite3_vfs head;
  sqlite3_vfs* real;
  CrashPoints* points;
};

NumberedFile& of(sqlite3_file* file) { return *reinterpret_cast<NumberedFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real(); }
const sqlite3_io_methods& beneath(sqlite3_file* file) { return *real(file)->pMethods; }
std::string named(const char* verb, const char* path) {
  return std::string(verb) + " " + (path ? path : "(temporary)");
}
void change(sqlite3_file* file, const char* verb) {
  of(file).points->change(named(verb, of(file).path));
}

int do_close(sqlite3_file* f) { return beneath(f).xClose(real(f)); }
int do_read(sqlite3_file* f, void* into, int amount, sqlite3_int64 at) {
  return beneath(f).xRead(real(f), into, amount, at);
}
int do_write(sqlite3_file* f, const void* from, int amount, sqlite3_int64 at) {
  change(f, "write");
  return beneath(f).xWrite(real(f), from, amount, at);
}
int do_truncate(sqlite3_file* f, sqlite3_int64 size) {
  change(f, "truncate");
  return beneath(f).xTruncate(real(f), size);
}
int do_sync(sqlite3_file* f, int flags) {
  const bool wanted = of(f).points->flush(named("fsync", of(f).path));
  return wanted ? beneath(f).xSync(real(f), flags) : SQLITE_OK;
}
int do_size(sqlite3_file* f, sqlite3_int64* size) { return beneath(f).xFileSize(real(f), size); }
int do_lock(sqlite3_file* f, int level) { return beneath(f).xLock(real(f), level); }
int do_unlock(sqlite3_file* f, int level) { return beneath(f).xUnlock(real(f), level); }
int do_check(sqlite3_file* f, int* out) { return beneath(f).xCheckReservedLock(real(f), out); }
int do_control(sqlite3_file* f, int op, void* arg) {
  return beneath(f).xFileControl(real(f), op, arg);
}
int do_sector(sqlite3_file* f) { return beneath(f).xSectorSize(real(f)); }
int do_traits(sqlite3_file* f) { return beneath(f).xDeviceCharacteristics(real(f)); }
int do_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return beneath(f).xShmMap(real(f), page, size, extend, out);
}
int do_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return beneath(f).xShmLock(real(f), offset, n, flags);
}
void do_shm_barrier(sqlite3_file* f) { beneath(f).xShmBarrier(real(f)); }
int do_shm_unmap(sqlite3_file* f, int remove) { return beneath(f).xShmUnmap(real(f), remove); }

constexpr sqlite3_io_methods kMethods{
    2,           do_close,       do_read,      do_write,   do_truncate, do_sync,   do_size,
    do_lock,     do_unlock,      do_check,     do_control, do_sector,   do_traits, do_shm_map,
    do_shm_lock, do_shm_barrier, do_shm_unmap, nullptr,    nullptr};

int do_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* into, int flags, int* out) {
  auto& ours = *reinterpret_cast<NumberedVfs*>(vfs);
  auto& file = *new (into) NumberedFile{{nullptr}, ours.points, path};
  if (flags & SQLITE_OPEN_CREATE) ours.points->change(named("open", path));
  const int code = ours.real->xOpen(ours.real, path, file.real(), flags, out);
  // Without methods SQLite does not close it.
  if (file.real()->pMethods != nullptr) file.head.pMethods = &kMethods;
  return code;
}

int do_delete(sqlite3_vfs* vfs, const char* path, int sync_directory) {
  auto& ours = *reinterpret_cast<NumberedVfs*>(vfs);
  ours.points->change(named("unlink", path));
  return ours.real->xDelete(ours.real, path, sync_directory);
}

}  // namespace

void number_sqlite(CrashPoints& points) {
  sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
  // Whatever we do not speak of goes to the one beneath: its functions take any sqlite3_vfs with
  // its pAppData.
  static NumberedVfs numbered{*real, real, &points};
  numbered.points = &points;
  numbered.head.zName = "numbered";
  numbered.head.pNext = nullptr;
  numbered.head.szOsFile = static_cast<int>(sizeof(NumberedFile)) + numbered.real->szOsFile;
  numbered.head.xOpen = do_open;
  numbered.head.xDelete = do_delete;
  sqlite3_vfs_register(&numbered.head, 1);
}

}  // namespace imapkeep
