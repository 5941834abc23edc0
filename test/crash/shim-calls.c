/*
 * Loaded in front of a program (LD_PRELOAD): counts the system calls that change files below one folder, and ends the program at
 * the n-th of them as a kill from outside would (SIGKILL), before it, in the middle of it or right behind it.
 *
 * SHIM_ROOT     absolute paths, divided by colons; only calls on what lies below one of them count
 * SHIM_COUNTER  a file of 8 bytes that is shared by all threads and processes: how many calls were counted
 * SHIM_KILL_AT  the n-th call; 0 or absent: only count
 * SHIM_MOMENT   before, middle (of a write: half of its bytes; of any other call: before it) or after
 * SHIM_NO_SYNC  1: fsync and fdatasync of anything below the root say that they were done, and do nothing
 * SHIM_NO_LOCK  the name of a file whose locks say that they were taken, and are not
 * SHIM_TRACE    a file to which each counted call is appended as a line
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum moment { BEFORE, MIDDLE, AFTER };

static const char *roots;
static _Atomic uint64_t *counter;
static uint64_t kill_at;
static enum moment moment;
static int no_sync;
static const char *no_lock;
static int trace = -1;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  roots = getenv("SHIM_ROOT");
  const char *at = getenv("SHIM_KILL_AT");
  kill_at = at == NULL ? 0 : strtoull(at, NULL, 10);
  const char *when = getenv("SHIM_MOMENT");
  moment = when == NULL || strcmp(when, "before") == 0 ? BEFORE : strcmp(when, "middle") == 0 ? MIDDLE : AFTER;
  const char *sync = getenv("SHIM_NO_SYNC");
  no_sync = sync != NULL && strcmp(sync, "1") == 0;
  no_lock = getenv("SHIM_NO_LOCK");
  const char *path = getenv("SHIM_COUNTER");
  if (path != NULL) {
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (descriptor >= 0) {
      void *shared = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
      if (shared != MAP_FAILED) counter = shared;
      close(descriptor);
    }
  }
  const char *lines = getenv("SHIM_TRACE");
  if (lines != NULL) {
    trace = (int)syscall(SYS_openat, AT_FDCWD, lines, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  }
}

static int lies_below(const char *path) {
  for (const char *root = roots; root != NULL && *root != 0;) {
    size_t length = strcspn(root, ":");
    if (length > 0 && strncmp(path, root, length) == 0 && (path[length] == 0 || path[length] == '/')) return 1;
    root += length;
    if (*root == ':') root += 1;
  }
  return 0;
}

static int path_of(int descriptor, char *into, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, into, size - 1);
  if (length < 0) return 0;
  into[length] = 0;
  return 1;
}

/* True for a descriptor of a file or folder below the root; sockets and pipes have other names. */
static int counts_descriptor(int descriptor) {
  if (roots == NULL) return 0;
  int before = errno;
  char path[4096];
  int counts = path_of(descriptor, path, sizeof path) && lies_below(path);
  errno = before;
  return counts;
}

static int counts_path(int folder, const char *path) {
  if (roots == NULL || path == NULL) return 0;
  if (path[0] == '/') return lies_below(path);
  int before = errno;
  char whole[8192];
  int found = 0;
  if (folder == AT_FDCWD) found = getcwd(whole, 4096) != NULL;
  else found = path_of(folder, whole, 4096);
  if (found) {
    size_t length = strlen(whole);
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    found = lies_below(whole);
  }
  errno = before;
  return found;
}

static void die(void) {
  for (;;) syscall(SYS_kill, getpid(), SIGKILL);
}

/* Counts one call; does not come back when it is the one to die before. True: die in the middle or behind it. */
static int is_last(const char *name, const char *path, int descriptor) {
  int before = errno;
  uint64_t now = counter == NULL ? 0 : atomic_fetch_add(counter, 1) + 1;
  if (trace >= 0) {
    char found[4096] = "";
    if (path == NULL) path_of(descriptor, found, sizeof found);
    char line[5000];
    int length = snprintf(line, sizeof line, "%s %s\n", name, path == NULL ? found : path);
    if (syscall(SYS_write, trace, line, length) < 0) errno = before;
  }
  errno = before;
  if (kill_at == 0 || now < kill_at) return 0;
  /* Another thread may have come to a later call before this one died. */
  if (moment == BEFORE || now > kill_at) die();
  return 1;
}

static int is_last_plain(const char *name, const char *path, int descriptor) {
  int last = is_last(name, path, descriptor);
  if (last && moment == MIDDLE) die();
  return last;
}

#define ON_DESCRIPTOR(name, descriptor, call) \
  do { \
    if (!counts_descriptor(descriptor)) return call; \
    int last = is_last_plain(name, NULL, descriptor); \
    __typeof__(call) result = call; \
    if (last) die(); \
    return result; \
  } while (0)

#define ON_PATH(name, folder, path, call) \
  do { \
    if (!counts_path(folder, path)) return call; \
    int last = is_last_plain(name, path, -1); \
    __typeof__(call) result = call; \
    if (last) die(); \
    return result; \
  } while (0)

ssize_t write(int descriptor, const void *bytes, size_t length) {
  REAL(write);
  if (!counts_descriptor(descriptor)) return real(descriptor, bytes, length);
  int last = is_last("write", NULL, descriptor);
  ssize_t result = real(descriptor, bytes, last && moment == MIDDLE ? length / 2 : length);
  if (last) die();
  return result;
}

static ssize_t positioned(ssize_t (*real)(int, const void *, size_t, off64_t), int descriptor, const void *bytes,
                          size_t length, off64_t position) {
  if (!counts_descriptor(descriptor)) return real(descriptor, bytes, length, position);
  int last = is_last("pwrite", NULL, descriptor);
  ssize_t result = real(descriptor, bytes, last && moment == MIDDLE ? length / 2 : length, position);
  if (last) die();
  return result;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t position) {
  REAL(pwrite);
  return positioned((ssize_t(*)(int, const void *, size_t, off64_t))real, descriptor, bytes, length, position);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t position) {
  REAL(pwrite64);
  return positioned(real, descriptor, bytes, length, position);
}

/* The first half of the pieces, which is what a vectored write in its middle has done. */
static int fewer(int last, int count) { return last && moment == MIDDLE ? count / 2 : count; }

ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
  REAL(writev);
  if (!counts_descriptor(descriptor)) return real(descriptor, pieces, count);
  int last = is_last("writev", NULL, descriptor);
  ssize_t result = real(descriptor, pieces, fewer(last, count));
  if (last) die();
  return result;
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int count, off_t position) {
  REAL(pwritev);
  if (!counts_descriptor(descriptor)) return real(descriptor, pieces, count, position);
  int last = is_last("pwritev", NULL, descriptor);
  ssize_t result = real(descriptor, pieces, fewer(last, count), position);
  if (last) die();
  return result;
}

ssize_t pwritev64(int descriptor, const struct iovec *pieces, int count, off64_t position) {
  REAL(pwritev64);
  if (!counts_descriptor(descriptor)) return real(descriptor, pieces, count, position);
  int last = is_last("pwritev", NULL, descriptor);
  ssize_t result = real(descriptor, pieces, fewer(last, count), position);
  if (last) die();
  return result;
}

int fsync(int descriptor) {
  REAL(fsync);
  if (no_sync && counts_descriptor(descriptor)) return 0;
  ON_DESCRIPTOR("fsync", descriptor, real(descriptor));
}

int fdatasync(int descriptor) {
  REAL(fdatasync);
  if (no_sync && counts_descriptor(descriptor)) return 0;
  ON_DESCRIPTOR("fdatasync", descriptor, real(descriptor));
}

int ftruncate(int descriptor, off_t length) {
  REAL(ftruncate);
  ON_DESCRIPTOR("ftruncate", descriptor, real(descriptor, length));
}

int ftruncate64(int descriptor, off64_t length) {
  REAL(ftruncate64);
  ON_DESCRIPTOR("ftruncate", descriptor, real(descriptor, length));
}

int fallocate64(int descriptor, int mode, off64_t position, off64_t length) {
  REAL(fallocate64);
  ON_DESCRIPTOR("fallocate", descriptor, real(descriptor, mode, position, length));
}

int posix_fallocate64(int descriptor, off64_t position, off64_t length) {
  REAL(posix_fallocate64);
  ON_DESCRIPTOR("fallocate", descriptor, real(descriptor, position, length));
}

ssize_t copy_file_range(int from, off64_t *from_position, int to, off64_t *to_position, size_t length, unsigned flags) {
  REAL(copy_file_range);
  ON_DESCRIPTOR("copy_file_range", to, real(from, from_position, to, to_position, length, flags));
}

ssize_t sendfile64(int to, int from, off64_t *position, size_t length) {
  REAL(sendfile64);
  ON_DESCRIPTOR("sendfile", to, real(to, from, position, length));
}

int rename(const char *from, const char *to) {
  REAL(rename);
  ON_PATH("rename", AT_FDCWD, to, real(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  REAL(renameat);
  ON_PATH("rename", to_folder, to, real(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  REAL(renameat2);
  ON_PATH("rename", to_folder, to, real(from_folder, from, to_folder, to, flags));
}

int link(const char *from, const char *to) {
  REAL(link);
  ON_PATH("link", AT_FDCWD, to, real(from, to));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  REAL(linkat);
  ON_PATH("link", to_folder, to, real(from_folder, from, to_folder, to, flags));
}

int symlink(const char *target, const char *path) {
  REAL(symlink);
  ON_PATH("symlink", AT_FDCWD, path, real(target, path));
}

int unlink(const char *path) {
  REAL(unlink);
  ON_PATH("unlink", AT_FDCWD, path, real(path));
}

int unlinkat(int folder, const char *path, int flags) {
  REAL(unlinkat);
  ON_PATH("unlink", folder, path, real(folder, path, flags));
}

int rmdir(const char *path) {
  REAL(rmdir);
  ON_PATH("rmdir", AT_FDCWD, path, real(path));
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  ON_PATH("mkdir", AT_FDCWD, path, real(path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode) {
  REAL(mkdirat);
  ON_PATH("mkdir", folder, path, real(folder, path, mode));
}

int truncate(const char *path, off_t length) {
  REAL(truncate);
  ON_PATH("truncate", AT_FDCWD, path, real(path, length));
}

/* Opening counts when it may make a file or empty one. */
#define MAKES(flags) (((flags) & (O_CREAT | O_TRUNC)) != 0)
#define MODE_OF(flags, mode) \
  mode_t mode = 0; \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  REAL(open);
  MODE_OF(flags, mode)
  if (!MAKES(flags)) return real(path, flags, mode);
  ON_PATH("open", AT_FDCWD, path, real(path, flags, mode));
}

int open64(const char *path, int flags, ...) {
  REAL(open64);
  MODE_OF(flags, mode)
  if (!MAKES(flags)) return real(path, flags, mode);
  ON_PATH("open", AT_FDCWD, path, real(path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...) {
  REAL(openat);
  MODE_OF(flags, mode)
  if (!MAKES(flags)) return real(folder, path, flags, mode);
  ON_PATH("open", folder, path, real(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...) {
  REAL(openat64);
  MODE_OF(flags, mode)
  if (!MAKES(flags)) return real(folder, path, flags, mode);
  ON_PATH("open", folder, path, real(folder, path, flags, mode));
}

/* True for a lock that is only said to be taken. */
static int is_false_lock(int descriptor, int command) {
  if (no_lock == NULL) return 0;
  if (command != F_SETLK && command != F_SETLKW && command != F_OFD_SETLK && command != F_OFD_SETLKW) return 0;
  int before = errno;
  char path[4096];
  int found = path_of(descriptor, path, sizeof path);
  errno = before;
  if (!found) return 0;
  const char *name = strrchr(path, '/');
  return name != NULL && strcmp(name + 1, no_lock) == 0;
}

#define LOCKING(function) \
  int function(int descriptor, int command, ...) { \
    REAL(function); \
    va_list rest; \
    va_start(rest, command); \
    void *argument = va_arg(rest, void *); \
    va_end(rest); \
    if (is_false_lock(descriptor, command)) return 0; \
    return real(descriptor, command, argument); \
  }

LOCKING(fcntl)
LOCKING(fcntl64)
