/* For LD_PRELOAD: kill -9 of the program before the Nth of its calls that write.
 *
 * SHOUJIAN_KILL_AT=N        it dies before its call N, counted from 1 over all of its threads
 * SHOUJIAN_KILL_REPORT=FILE each call adds a line: its number, its name, the file that it is about
 *
 * Only the process that started with it counts: neither a child before its exec, nor a filter,
 * whose environment is clean. Not seen are writes to mapped memory (SQLite's WAL index, which it
 * makes again from the WAL) and those that libc does for itself (stdio: what is printed). */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pid_t program;
static long kill_at;
static int report = -1;

__attribute__((constructor)) static void start(void)
{
    const char *at = getenv("SHOUJIAN_KILL_AT"), *path = getenv("SHOUJIAN_KILL_REPORT");
    kill_at = at != NULL ? atol(at) : 0;
    if (path != NULL)
        report = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                              0600);
    program = getpid();
}

static void add_line(long number, const char *name, const char *path, int fd)
{
    char line[512], link[64], target[256];
    if (path == NULL) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        path = target;
    }
    snprintf(line, sizeof line, "%ld %s %.255s\n", number, name, path);
    syscall(SYS_write, report, line, strlen(line));
}

/* PATH, or what FD is open on. */
static void count(const char *name, const char *path, int fd)
{
    static long calls;
    if (getpid() != program)
        return;
    long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (report >= 0)
        add_line(number, name, path, fd);
    if (number == kill_at)
        kill(program, SIGKILL);
}

#define CALL(type, name, parameters, arguments, path, fd)                                          \
    type name parameters                                                                           \
    {                                                                                              \
        static type(*next) parameters;                                                             \
        if (next == NULL)                                                                          \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                             \
        count(#name, path, fd);                                                                    \
        return next arguments;                                                                     \
    }

CALL(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), NULL, fd)
CALL(ssize_t, writev, (int fd, const struct iovec *data, int n), (fd, data, n), NULL, fd)
CALL(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), NULL,
     fd)
CALL(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at),
     NULL, fd)
CALL(ssize_t, pwritev, (int fd, const struct iovec *data, int n, off_t at), (fd, data, n, at), NULL,
     fd)
CALL(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags),
     NULL, fd)
CALL(ssize_t, sendto,
     (int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
      socklen_t length),
     (fd, data, size, flags, to, length), NULL, fd)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
     NULL, fd)
CALL(ssize_t, sendfile, (int out, int in, off_t *at, size_t size), (out, in, at, size), NULL, out)
CALL(ssize_t, copy_file_range,
     (int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags),
     (in, from, out, to, size, flags), NULL, out)
CALL(int, fsync, (int fd), (fd), NULL, fd)
CALL(int, fdatasync, (int fd), (fd), NULL, fd)
CALL(int, syncfs, (int fd), (fd), NULL, fd)
CALL(int, sync_file_range, (int fd, off64_t at, off64_t size, unsigned flags),
     (fd, at, size, flags), NULL, fd)
CALL(int, ftruncate, (int fd, off_t size), (fd, size), NULL, fd)
CALL(int, ftruncate64, (int fd, off64_t size), (fd, size), NULL, fd)
CALL(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), NULL, fd)
CALL(int, fallocate64, (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size), NULL, fd)
CALL(int, posix_fallocate, (int fd, off_t at, off_t size), (fd, at, size), NULL, fd)
CALL(int, posix_fallocate64, (int fd, off64_t at, off64_t size), (fd, at, size), NULL, fd)
CALL(int, rename, (const char *from, const char *to), (from, to), to, -1)
CALL(int, renameat, (int in, const char *from, int at, const char *to), (in, from, at, to), to, -1)
CALL(int, renameat2, (int in, const char *from, int at, const char *to, unsigned flags),
     (in, from, at, to, flags), to, -1)
CALL(int, link, (const char *from, const char *to), (from, to), to, -1)
CALL(int, linkat, (int in, const char *from, int at, const char *to, int flags),
     (in, from, at, to, flags), to, -1)
CALL(int, symlink, (const char *target, const char *path), (target, path), path, -1)
CALL(int, symlinkat, (const char *target, int at, const char *path), (target, at, path), path, -1)
CALL(int, unlink, (const char *path), (path), path, -1)
CALL(int, unlinkat, (int at, const char *path, int flags), (at, path, flags), path, -1)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), path, -1)
CALL(int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), path, -1)
CALL(int, rmdir, (const char *path), (path), path, -1)
CALL(int, chmod, (const char *path, mode_t mode), (path, mode), path, -1)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), NULL, fd)
CALL(int, fchmodat, (int at, const char *path, mode_t mode, int flags), (at, path, mode, flags),
     path, -1)

/* Only one that makes or empties a file writes. */
#define OPEN(name, parameters, arguments)                                                          \
    int name parameters                                                                            \
    {                                                                                              \
        static int(*next) parameters;                                                              \
        if (next == NULL)                                                                          \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                             \
        mode_t mode = 0;                                                                           \
        if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {                          \
            va_list more;                                                                          \
            va_start(more, flags);                                                                 \
            mode = va_arg(more, mode_t);                                                           \
            va_end(more);                                                                          \
        }                                                                                          \
        if ((flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE)                \
            count(#name, path, -1);                                                                \
        return next arguments;                                                                     \
    }

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
