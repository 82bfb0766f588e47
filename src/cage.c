/* The cage: the policy as tables, and going in. How the fences are built is in cage-landlock.c
 * (files) and cage-calls.c (system calls). */
#include "cage.h"

#include "cage-calls.h"
#include "cage-landlock.h"
#include "descriptor.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* --- What a filter may do: all else is refused --- */

/* Who is meant. */
enum { PLAIN = 1, OFFICE = 2, SERVES = 4, ALL = 7 };

#define READS (LANDLOCK_READ | LANDLOCK_LIST)
#define RUNS  (LANDLOCK_READ | LANDLOCK_LIST | LANDLOCK_EXECUTE)
#define WRITES                                                                                     \
    (LANDLOCK_READ | LANDLOCK_LIST | LANDLOCK_WRITE | LANDLOCK_TRUNCATE | LANDLOCK_MAKE_FILE)

/* Files: these (where they exist), its own program and those of our filters, which one of people's
 * own may wrap, PARAMS and OUTDIR. */
static const struct {
    guint who;
    const char *path;
    guint64 rights;
} files[] = {
    {ALL, "/usr", RUNS},
    {ALL, "/lib", RUNS}, /* links into /usr on most systems, as the next */
    {ALL, "/lib64", RUNS},
    {ALL, "/bin", RUNS},
    {ALL, "/etc/ld.so.cache", READS},
    {ALL, "/etc/fonts", READS},
    {ALL, "/var/cache/fontconfig", READS},
    {ALL, "/etc/magic", READS},
    {OFFICE, "/etc/libreoffice/registry", READS}, /* its defaults: there is no other copy */
    {OFFICE, "/var/spool/libreoffice", READS}, /* extensions installed for all; it ends without */
    {ALL, "/dev/null", LANDLOCK_READ | LANDLOCK_WRITE},
    {ALL, "/dev/zero", LANDLOCK_READ},
    {ALL, "/dev/urandom", LANDLOCK_READ},
};

/* Of its own process, to read. AddressSanitizer does not start without the first, and finds its
 * options in the second. */
static const char *const own_files[] = {
#ifdef CAGE_SANITIZED
    "/proc/self/maps",
    "/proc/self/environ",
#endif
    NULL,
};

static const guint64 in_outdir[] = {
    [CAGE_PLAIN] = WRITES,
    [CAGE_OFFICE] = WRITES | LANDLOCK_REMOVE_FILE | LANDLOCK_MAKE_DIR | LANDLOCK_REMOVE_DIR,
};

#define NEW_NAMESPACES                                                                             \
    (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |     \
     CLONE_NEWCGROUP)
/* A file without a name is seen by nobody who measures OUTDIR: it is neither made nor left by
 * removing or replacing one. (O_TMPFILE without O_DIRECTORY, which it includes.) */
#define NO_NAME (O_TMPFILE & ~O_DIRECTORY)
#define IS(argument, value)                                                                        \
    {                                                                                              \
        {                                                                                          \
            argument, ~(guint64)0, (guint64)(value)                                                \
        }                                                                                          \
    }

/* System calls. Landlock before version 3 does not see truncation by an open for reading, and no
 * version sees the signals that F_SETOWN has sent to a neighbour. abort() finds tgkill refused,
 * and ends by a signal all the same (SIGSEGV). */
static const CallLine calls[] = {
    /* clang-format off */
    /* Files that are open, or that Landlock lets it open. */
    {ALL, "read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek close "
          "close_range dup dup2 dup3 ftruncate fallocate fsync fdatasync fadvise64 sendfile "
          "copy_file_range readahead umask", {}},
    {ALL, "stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink "
          "readlinkat getdents getdents64 getcwd chdir fchdir", {}},
    {ALL, "creat", {}},
    {ALL, "open", {{2, NO_NAME | O_TRUNC, 0}}},
    {ALL, "open", {{2, NO_NAME | O_ACCMODE, O_WRONLY}}},
    {ALL, "open", {{2, NO_NAME | O_ACCMODE, O_RDWR}}},
    {ALL, "openat", {{3, NO_NAME | O_TRUNC, 0}}},
    {ALL, "openat", {{3, NO_NAME | O_ACCMODE, O_WRONLY}}},
    {ALL, "openat", {{3, NO_NAME | O_ACCMODE, O_RDWR}}},
    {ALL, "fcntl", {{2, ~(guint64)7, 0}}}, /* F_DUPFD to F_SETLKW */
    {ALL, "fcntl", IS(2, F_DUPFD_CLOEXEC)},
    {ALL, "fcntl", IS(2, F_OFD_SETLK)},
    {ALL, "ioctl", IS(2, TCGETS)}, /* isatty() */
    {ALL, "ioctl", IS(2, FIONREAD)},
    {ALL, "ioctl", IS(2, FIOCLEX)},
    {ALL, "ioctl", IS(2, FIONBIO)},
    {ALL, "pipe pipe2 eventfd2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl "
          "epoll_wait epoll_pwait epoll_pwait2", {}},
    /* Its own memory, time, signals and threads. */
    {ALL, "brk mmap munmap mremap mprotect madvise msync mincore membarrier arch_prctl rseq "
          "getrandom", {}},
    {ALL, "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage "
          "getitimer setitimer alarm timer_create timer_settime timer_gettime timer_getoverrun "
          "timer_delete timerfd_create timerfd_settime timerfd_gettime", {}},
    {ALL, "rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigreturn "
          "sigaltstack pause restart_syscall", {}},
    {ALL, "clone", {{1, CLONE_THREAD | NEW_NAMESPACES, CLONE_THREAD}}},
    {ALL, "futex futex_waitv set_robust_list set_tid_address sched_yield sched_getaffinity "
          "sched_getattr sched_getparam sched_getscheduler sched_get_priority_max "
          "sched_get_priority_min getcpu", {}},
    {ALL, "prctl", IS(1, PR_SET_NAME)},
    {ALL, "prctl", IS(1, PR_GET_NAME)},
    {ALL, "prctl", IS(1, PR_GET_DUMPABLE)},
    {ALL, "prctl", IS(1, PR_SET_VMA)},
    {ALL, "getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups "
          "getpgid getpgrp getsid uname sysinfo getrlimit", {}},
    {ALL, "prlimit64", {{1, ~(guint64)0, 0}, {3, ~(guint64)0, 0}}}, /* its own, to read */
    {ALL, "execve execveat exit exit_group", {}}, /* what it can execute is for Landlock to say */

    {OFFICE, "rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir", {}},

    /* What only a zygote may: cage_lock takes it away from its children again. */
    {SERVES, "fork vfork wait4 waitid sendto recvfrom sendmsg recvmsg memfd_create", {}},
    {SERVES, "clone", {{1, CLONE_THREAD | NEW_NAMESPACES, 0}}},
    {SERVES, "clone", {{1, CLONE_THREAD, CLONE_THREAD}}}, /* none of ours needs threads */
    {SERVES, "seccomp", IS(1, SECCOMP_SET_MODE_FILTER)},
    {SERVES, "prctl", IS(1, PR_SET_SECCOMP)},
    {SERVES, "prctl", IS(1, PR_SET_NO_NEW_PRIVS)},
    {SERVES, "prctl", IS(1, PR_SET_PDEATHSIG)},
    {0},
    /* clang-format on */
};

/* What no honest filter tries kills it, so that a person looks at the file; glibc falls back from
 * clone3, whose flags cannot be seen, and from openat2. */
static const CallRefusal refused[] = {
    {ENOSYS, "clone3 openat2"},
    {0, "ptrace process_vm_readv process_vm_writev pidfd_getfd userfaultfd perf_event_open bpf "
        "io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key"},
    {0, "mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick "
        "mount_setattr setns unshare open_by_handle_at acct swapon swapoff reboot kexec_load "
        "kexec_file_load init_module finit_module delete_module"},
    {0, NULL},
};

#define MEBIBYTE ((rlim_t)1 << 20)

/* Limits, besides those of the plan. */
static const struct {
    guint what;
    rlim_t most;
} limits[] = {
    {RLIMIT_FSIZE, 512 * MEBIBYTE},
    {RLIMIT_NOFILE, 256},
    {RLIMIT_CORE, 1}, /* 0 would still start the program that core_pattern names: core(5) */
    {RLIMIT_MEMLOCK, 0},
    {RLIMIT_MSGQUEUE, 0},
};
/* Threads of all processes of the user, at which a filter can make no more; not for zygotes: so
 * there are never so many that these cannot fork. Set as the other user, or one who has as many
 * already could not be started. */
#define MOST_THREADS 1024

static const char *const environment[] = {
    "LD_BIND_NOW=1", /* of a zygote alone: what it does not bind, each of its children binds */
    "PATH=/usr/bin:/bin",
    "LANG=C.UTF-8",
    "TZ=UTC",
#ifdef CAGE_SANITIZED
    "ASAN_OPTIONS=detect_leaks=0:disable_coredump=0", /* a process more, and a limit set */
#endif
    NULL,
};

#define OTHER_USER "nobody"

/* --- Building it --- */

struct Cage {
    int program, room, ruleset; /* -1: none */
    int version;                /* of Landlock */
    gchar *script;              /* the program's descriptor as a path; NULL: it is no script */
    gboolean changes_user, serves;
    uid_t uid;
    gid_t gid;
    guint64 memory;
    guint seconds;
    const struct sock_fprog *calls; /* NULL: no seccomp here */
};

static gboolean open_program(Cage *cage, const gchar *path, GError **error);
static gboolean choose_user(Cage *cage, GError **error);
static gboolean build_files(Cage *cage, const CagePlan *plan, guint who, GError **error);
static gboolean allow_path(const Cage *cage, int directory, const gchar *path, guint64 rights);
static gboolean hand_over(const Cage *cage, const CagePlan *plan, GError **error);
static const struct sock_fprog *calls_of(guint who, GError **error);

Cage *cage_new(const CagePlan *plan, GError **error)
{
    g_autoptr(Cage) cage = g_new0(Cage, 1);
    *cage = (Cage){.program = -1,
                   .room = -1,
                   .ruleset = -1,
                   .memory = plan->memory,
                   .seconds = plan->seconds,
                   .serves = plan->serves,
                   .version = landlock_version()};
    guint who = (plan->profile == CAGE_OFFICE ? PLAIN | OFFICE : PLAIN) |
                (plan->serves ? (guint)SERVES : 0);
    if (!choose_user(cage, error) || !open_program(cage, plan->program, error))
        return NULL;
    cage->room = plan->room < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
                                : fcntl(plan->room, F_DUPFD_CLOEXEC, 3);
    if (cage->room < 0) {
        sj_fail_errno(error, SJ_ERROR_LATER, "cannot open where it should stand");
        return NULL;
    }
    if (cage->changes_user && plan->room >= 0 && !hand_over(cage, plan, error))
        return NULL;
    if (cage->version > 0 && !build_files(cage, plan, who, error))
        return NULL;
    if (calls_can_be_fenced() && (cage->calls = calls_of(who, error)) == NULL)
        return NULL;
    return g_steal_pointer(&cage);
}

void cage_free(Cage *cage)
{
    if (cage == NULL)
        return;
    g_free(cage->script);
    close_fd(&cage->program);
    close_fd(&cage->room);
    close_fd(&cage->ruleset);
    g_free(cage);
}

static gboolean choose_user(Cage *cage, GError **error)
{
    cage->changes_user = geteuid() == 0;
    if (!cage->changes_user)
        return TRUE;
    const struct passwd *other = getpwnam(OTHER_USER);
    if (other == NULL || other->pw_uid == 0)
        return sj_fail(error, SJ_ERROR_CONFIG,
                       "there is no user " OTHER_USER ", as whom root starts filters: make one, "
                       "or run shoujian as a user of its own");
    cage->uid = other->pw_uid;
    cage->gid = other->pw_gid;
    return TRUE;
}

static gboolean open_program(Cage *cage, const gchar *path, GError **error)
{
    cage->program = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    char start[2] = "";
    if (cage->program < 0 || fstat(cage->program, &about) < 0)
        return sj_fail_errno(error, sj_passing(errno, SJ_ERROR_CONFIG), "cannot start %s", path);
    if (!S_ISREG(about.st_mode))
        return sj_fail(error, SJ_ERROR_CONFIG, "cannot start %s: it is not a regular file", path);
    if (cage->changes_user && (about.st_mode & 05) != 05)
        return sj_fail(error, SJ_ERROR_CONFIG,
                       "cannot start %s: root does so as the user " OTHER_USER
                       ", who may not read and execute it (chmod o+rx)",
                       path);
    if (pread(cage->program, start, 2, 0) == 2 && memcmp(start, "#!", 2) == 0)
        cage->script = g_strdup_printf("/proc/self/fd/%d", cage->program);
    return TRUE;
}

static gboolean build_files(Cage *cage, const CagePlan *plan, guint who, GError **error)
{
    cage->ruleset = landlock_ruleset(cage->version);
    if (cage->ruleset < 0)
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot make a ruleset of Landlock");
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if ((files[i].who & who) != 0 &&
            !allow_path(cage, AT_FDCWD, files[i].path, files[i].rights) && errno != ENOENT)
            return sj_fail_errno(error, SJ_ERROR_LATER, "cannot allow it %s", files[i].path);
    guint64 own = LANDLOCK_READ | LANDLOCK_EXECUTE;
    if (!landlock_allow(cage->ruleset, cage->version, cage->program, own) ||
        (plan->others != NULL && !allow_path(cage, AT_FDCWD, plan->others, RUNS) &&
         errno != ENOENT) ||
        (plan->params != NULL && !allow_path(cage, cage->room, plan->params, LANDLOCK_READ)) ||
        (plan->outdir != NULL &&
         !allow_path(cage, cage->room, plan->outdir, in_outdir[plan->profile])))
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot allow it its files");
    return TRUE;
}

static gboolean allow_path(const Cage *cage, int directory, const gchar *path, guint64 rights)
{
    auto_fd fd = openat(directory, path, O_PATH | O_CLOEXEC);
    return fd >= 0 && landlock_allow(cage->ruleset, cage->version, fd, rights);
}

/* The directories above the room stay closed to the other user: he is put into it. */
static gboolean hand_over(const Cage *cage, const CagePlan *plan, GError **error)
{
    if (fchmod(cage->room, 0711) < 0 ||
        (plan->params != NULL && fchmodat(cage->room, plan->params, 0444, 0) < 0) ||
        (plan->outdir != NULL &&
         fchownat(cage->room, plan->outdir, cage->uid, cage->gid, AT_SYMLINK_NOFOLLOW) < 0))
        return sj_fail_errno(error, SJ_ERROR_IO, "cannot hand the room over to " OTHER_USER);
    return TRUE;
}

/* Each list is compiled once and never changes. */
static const struct sock_fprog *calls_of(guint who, GError **error)
{
    static GMutex mutex;
    static struct sock_fprog compiled[ALL + 1];
    G_GNUC_UNUSED g_autoptr(GMutexLocker) lock = g_mutex_locker_new(&mutex);
    if (compiled[who].filter == NULL && !calls_compile(who, calls, refused, &compiled[who], error))
        return NULL;
    return &compiled[who];
}

gboolean cage_lock(int *fd, GError **error)
{
    *fd = -1;
    if (!calls_can_be_fenced())
        return TRUE;
    struct sock_fprog program;
    if (!calls_compile_lock(SERVES, calls, &program, error))
        return FALSE;
    g_autofree struct sock_filter *steps = program.filter;
    auto_fd file = memfd_create("lock", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0 || !write_all(file, steps, program.len * sizeof(*steps)) ||
        fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
        lseek(file, 0, SEEK_SET) < 0)
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot write the list of system calls");
    *fd = g_steal_fd(&file);
    return TRUE;
}

/* --- Going in: nothing but system calls, since the host may have threads --- */

static gboolean open_script(const Cage *cage);
static gboolean enter_limits(const Cage *cage);
static gboolean limit(guint what, rlim_t most);
static gboolean enter_user(const Cage *cage);
static gboolean enter_files(const Cage *cage);

/* The order matters: each step needs what a later one takes. */
int cage_enter(const Cage *cage)
{
    pid_t host = getppid();
    int on_death = 0; /* of the host; a change of user clears it */
    gboolean in = prctl(PR_GET_PDEATHSIG, &on_death) == 0 && fchdir(cage->room) == 0 &&
                  (cage->script == NULL || open_script(cage)) && enter_limits(cage) &&
                  enter_user(cage) && (cage->serves || limit(RLIMIT_NPROC, MOST_THREADS)) &&
                  prctl(PR_SET_PDEATHSIG, on_death) == 0 &&
                  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                  (cage->ruleset < 0 || enter_files(cage)) &&
                  (cage->calls == NULL || calls_enter(cage->calls));
    if (!in)
        return errno;
    return getppid() == host ? 0 : ESRCH;
}

void cage_exec(const Cage *cage, const gchar *const *argv)
{
    syscall(SYS_execveat, cage->program, "", argv, environment + (cage->serves ? 0 : 1),
            AT_EMPTY_PATH);
}

/* The interpreter is started with /dev/fd/N for a name. Perl reads that descriptor as it is, so
 * each child needs an offset of its own. */
static gboolean open_script(const Cage *cage)
{
    int fd = open(cage->script, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && dup3(fd, cage->program, 0) >= 0;
}

static gboolean enter_limits(const Cage *cage)
{
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
        if (!limit(limits[i].what, limits[i].most))
            return FALSE;
#ifndef CAGE_SANITIZED
    if (cage->memory > 0 && !limit(RLIMIT_AS, cage->memory))
        return FALSE;
#endif
    return cage->seconds == 0 || limit(RLIMIT_CPU, cage->seconds + 1);
}

static gboolean limit(guint what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) < 0)
        return FALSE;
    now.rlim_max = MIN(now.rlim_max, most);
    now.rlim_cur = MIN(now.rlim_cur, now.rlim_max);
    return setrlimit(what, &now) == 0;
}

/* The raw calls: those of glibc speak to all threads of a process, which the child has not. The
 * capabilities also go where the user stays. */
static gboolean enter_user(const Cage *cage)
{
    if (cage->changes_user && (syscall(SYS_setgroups, 0, NULL) < 0 ||
                               syscall(SYS_setresgid, cage->gid, cage->gid, cage->gid) < 0 ||
                               syscall(SYS_setresuid, cage->uid, cage->uid, cage->uid) < 0))
        return FALSE;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capset, &header, none) == 0;
}

static gboolean enter_files(const Cage *cage)
{
    for (const char *const *path = own_files; *path != NULL; path++)
        if (!allow_path(cage, AT_FDCWD, *path, LANDLOCK_READ))
            return FALSE;
    return landlock_enter(cage->ruleset);
}
