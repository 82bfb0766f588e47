/* Running a filter: one process, two pipes, a clock and a measure. What it said goes to
 * reading.c. */
#include "filter.h"

#include "clean-line.h"
#include "descriptor.h"
#include "error.h"
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_OUTPUT = 4 * 1024 * 1024,
    MAX_LEFT_FILES = 2000,
    MAX_LEFT_DEPTH = 8, /* we take no directories, but some libraries work in them */
    MAX_SAID = 4096,    /* of stderr, its end */
    MAX_WORDS = 200,    /* characters of it that a diagnostic quotes */
    MAX_VERSION = 200,
    VERSION_SECONDS = 5,
    MEASURE_EVERY = G_USEC_PER_SEC / 10,
};
static const guint64 MAX_LEFT_BYTES = 512 * 1024 * 1024;

/* One run of one program. */
typedef struct {
    const gchar *argv[6];
    int input, outdir; /* outdir -1: it gets none */
    guint seconds;

    pid_t pid;
    int pidfd, out, err;
    GString *output;
    GString *said; /* the end of its stderr */
    int status;
    gchar *limit; /* what it did beyond a limit */
} Run;

static Run run_new(guint seconds);
static void run_clear(Run *run);
static gboolean run_open(Run *run, int fd, const gchar *outdir, GError **error);
static gboolean run_program(Run *run, GError **error);
static gboolean start(Run *run, GError **error);
static _Noreturn void child_start(const Run *run, pid_t host, const int given[4]);
static void child_signals(void);
static gboolean child_descriptors(const int given[3]);
static void watch(Run *run);
static void finish(Run *run);
static gboolean take_output(Run *run);
static gboolean take_said(Run *run);
static void measure(Run *run);
static gchar *how_it_failed(const Run *run);
static SjError passing(SjError otherwise);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

Reading *filter_run(const FilterConfig *filter, int fd, const gchar *params, const gchar *outdir,
                    GError **error)
{
    g_auto(Run) run = run_new(filter->timeout);
    guint next = 0;
    run.argv[next++] = filter->command;
    if (params != NULL) {
        run.argv[next++] = "--params";
        run.argv[next++] = params;
    }
    run.argv[next++] = "-";
    run.argv[next++] = outdir;

    g_autoptr(Reading) reading = NULL;
    if (run_open(&run, fd, outdir, error) && run_program(&run, error)) {
        g_autofree gchar *why = how_it_failed(&run);
        ReadingStatus status = WEXITSTATUS(run.status) == 0 ? READING_READ : READING_UNREADABLE;
        reading = why != NULL
                      ? reading_fault(why)
                      : reading_take(status, run.output->str, run.output->len, run.outdir, error);
        if (!spool_empty_directory(run.outdir) && reading != NULL) {
            g_clear_pointer(&reading, reading_free);
            sj_fail_errno(error, SJ_ERROR_IO, "cannot empty %s", outdir);
        }
    }
    if (reading == NULL)
        g_prefix_error(error, "filter %s: ", filter->name);
    return g_steal_pointer(&reading);
}

gchar *filter_version(const FilterConfig *filter, GError **error)
{
    g_auto(Run) run = run_new(VERSION_SECONDS);
    run.argv[0] = filter->command;
    run.argv[1] = "--version";
    run.input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (run.input < 0) {
        sj_fail_errno(error, passing(SJ_ERROR_IO), "cannot open /dev/null");
        return NULL;
    }
    if (!run_program(&run, error)) {
        g_prefix_error(error, "filter %s: ", filter->name);
        return NULL;
    }
    g_autofree gchar *why = how_it_failed(&run);
    g_autofree gchar *version = g_strndup(run.output->str, run.output->len);
    g_strchomp(version);
    g_autofree gchar *clean = clean_line(version);
    if (why == NULL &&
        (version[0] == '\0' || strlen(version) > MAX_VERSION || strcmp(version, clean) != 0))
        why = g_strdup_printf("did not print one line of at most %d bytes", MAX_VERSION);
    if (why != NULL) {
        sj_fail(error, SJ_ERROR_CONFIG, "filter %s: %s --version: %s", filter->name,
                filter->command, why);
        return NULL;
    }
    return g_steal_pointer(&version);
}

static Run run_new(guint seconds)
{
    return (Run){.input = -1,
                 .outdir = -1,
                 .seconds = seconds,
                 .pidfd = -1,
                 .out = -1,
                 .err = -1,
                 .output = g_string_new(NULL),
                 .said = g_string_new(NULL)};
}

static void run_clear(Run *run)
{
    close_fd(&run->input);
    close_fd(&run->outdir);
    close_fd(&run->pidfd);
    close_fd(&run->out);
    close_fd(&run->err);
    g_string_free(run->output, TRUE);
    g_string_free(run->said, TRUE);
    g_free(run->limit);
}

/* The file is opened again, so that the filter has an offset of its own, at 0. */
static gboolean run_open(Run *run, int fd, const gchar *outdir, GError **error)
{
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode))
        return sj_fail(error, SJ_ERROR_IO, "what it should read is not a regular file");
    g_autofree gchar *path = g_strdup_printf("/proc/self/fd/%d", fd);
    run->input = open(path, O_RDONLY | O_CLOEXEC);
    if (run->input < 0)
        return sj_fail_errno(error, passing(SJ_ERROR_IO), "cannot open the file again");
    run->outdir = open(outdir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (run->outdir < 0)
        return sj_fail_errno(error, passing(SJ_ERROR_IO), "cannot open %s", outdir);
    return TRUE;
}

/* TRUE: it ran and is gone, with `output`, `said` and `status` or `limit` to tell. */
static gboolean run_program(Run *run, GError **error)
{
    if (!start(run, error))
        return FALSE;
    watch(run);
    finish(run);
    return TRUE;
}

static gboolean start(Run *run, GError **error)
{
    /* Its stdout, its stderr, and what kept it from starting. */
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    gboolean made = TRUE;
    for (guint i = 0; i < 3 && made; i++)
        made = pipe2(pipes[i], O_CLOEXEC) == 0;
    pid_t host = getpid();
    run->pid = made ? fork() : -1;
    if (run->pid == 0)
        child_start(run, host, (const int[]){run->input, pipes[0][1], pipes[1][1], pipes[2][1]});
    int cause = errno;
    for (guint i = 0; i < 3; i++)
        close_fd(&pipes[i][1]);
    run->out = pipes[0][0];
    run->err = pipes[1][0];
    auto_fd failed = pipes[2][0];

    errno = cause;
    if (run->pid < 0)
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot make a process");
    ssize_t got;
    while ((got = read(failed, &cause, sizeof(cause))) < 0 && errno == EINTR)
        ;
    if (got < 0)
        cause = errno;
    if (got == 0) {
        fcntl(run->out, F_SETFL, O_NONBLOCK);
        fcntl(run->err, F_SETFL, O_NONBLOCK);
        run->pidfd = pidfd_open(run->pid, 0);
        if (run->pidfd >= 0)
            return TRUE;
        cause = errno;
    }
    finish(run);
    errno = cause;
    return sj_fail_errno(error, passing(SJ_ERROR_CONFIG), "cannot start %s", run->argv[0]);
}

/* In the child: nothing but system calls (the host may have threads). What a filter is born with,
 * in order; the first step that fails, or the start itself, is told to the host by its errno.
 * GIVEN: descriptors 0, 1 and 2, and the one to tell. */
static _Noreturn void child_start(const Run *run, pid_t host, const int given[4])
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC", NULL};
    int tell = fcntl(given[3], F_DUPFD_CLOEXEC, 3);
    umask(077);
    child_signals();
    if (child_descriptors(given) && setsid() >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
        getppid() == host && chdir("/") == 0)
        execve(run->argv[0], (char *const *)run->argv, (char *const *)environment);
    int cause = errno;
    _exit(write(tell, &cause, sizeof(cause)) == sizeof(cause) ? 127 : 126);
}

static void child_signals(void)
{
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moved away from 0, 1 and 2 first: the host may have been started with these closed. */
static gboolean child_descriptors(const int given[3])
{
    int moved[3];
    for (int i = 0; i < 3; i++)
        if ((moved[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3)) < 0)
            return FALSE;
    for (int i = 0; i < 3; i++)
        if (dup2(moved[i], i) < 0)
            return FALSE;
    return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static void watch(Run *run)
{
    gint64 now = g_get_monotonic_time();
    gint64 deadline = now + (gint64)run->seconds * G_USEC_PER_SEC;
    gint64 measuring = run->outdir >= 0 ? now + MEASURE_EVERY : G_MAXINT64;
    struct pollfd wait[] = {{.fd = run->pidfd, .events = POLLIN},
                            {.fd = run->out, .events = POLLIN},
                            {.fd = run->err, .events = POLLIN}};
    while (run->limit == NULL) {
        gint64 next = MIN(deadline, measuring);
        int ready = poll(wait, G_N_ELEMENTS(wait), (int)((MAX(next - now, 0) + 999) / 1000));
        now = g_get_monotonic_time();
        if (ready > 0) {
            if (wait[1].revents != 0 && !take_output(run))
                wait[1].fd = -1;
            if (wait[2].revents != 0 && !take_said(run))
                wait[2].fd = -1;
            if (wait[0].revents != 0)
                return;
        }
        if (now >= measuring) {
            measure(run);
            measuring = now + MEASURE_EVERY;
        }
        if (now >= deadline && run->limit == NULL)
            run->limit = g_strdup_printf("still running after %u s", run->seconds);
    }
}

/* Kills what there still is of it, and takes what it left in the pipes: a child that holds them
 * open is not waited for. */
static void finish(Run *run)
{
    kill(-run->pid, SIGKILL);
    kill(run->pid, SIGKILL);
    while (waitpid(run->pid, &run->status, 0) < 0 && errno == EINTR)
        ;
    for (guint i = 0; i < 64 && run->limit == NULL && take_output(run); i++)
        ;
    for (guint i = 0; i < 64 && take_said(run); i++)
        ;
    if (run->outdir >= 0 && run->limit == NULL)
        measure(run);
}

/* One read; FALSE: there is nothing more. */
static gboolean take_output(Run *run)
{
    gchar block[65536];
    ssize_t got = read(run->out, block, sizeof(block));
    if (got <= 0)
        return FALSE;
    g_string_append_len(run->output, block, got);
    if (run->output->len > MAX_OUTPUT)
        run->limit = g_strdup_printf("wrote more than %d MiB", MAX_OUTPUT >> 20);
    return TRUE;
}

static gboolean take_said(Run *run)
{
    gchar block[65536];
    ssize_t got = read(run->err, block, sizeof(block));
    if (got <= 0)
        return FALSE;
    g_string_append_len(run->said, block, got);
    if (run->said->len > MAX_SAID)
        g_string_erase(run->said, 0, (gssize)(run->said->len - MAX_SAID));
    return TRUE;
}

typedef struct {
    guint files;
    guint64 bytes;
    gboolean hidden; /* something that cannot be looked into */
} Left;

static void measure_directory(int parent, const gchar *name, guint depth, Left *left)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    if (directory == NULL) {
        left->hidden = left->hidden || errno != ENOENT;
        close_fd(&fd);
        return;
    }
    struct dirent *entry;
    while (left->files <= MAX_LEFT_FILES && left->bytes <= MAX_LEFT_BYTES &&
           (entry = readdir(directory)) != NULL) {
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        left->files++;
        /* The larger of length and blocks: a sparse file is copied at its full length. */
        left->bytes += MAX((guint64)about.st_blocks * 512, (guint64)about.st_size);
        if (S_ISDIR(about.st_mode) && depth >= MAX_LEFT_DEPTH)
            left->hidden = TRUE;
        else if (S_ISDIR(about.st_mode))
            measure_directory(fd, entry->d_name, depth + 1, left);
    }
    closedir(directory);
}

static void measure(Run *run)
{
    Left left = {0};
    measure_directory(run->outdir, ".", 0, &left);
    if (left.files > MAX_LEFT_FILES)
        run->limit = g_strdup_printf("left more than %d files", MAX_LEFT_FILES);
    else if (left.bytes > MAX_LEFT_BYTES)
        run->limit = g_strdup_printf("left more than %d MiB", (int)(MAX_LEFT_BYTES >> 20));
    else if (left.hidden)
        run->limit = g_strdup("left directories that cannot be looked through");
}

/* NULL: it ended as a filter may, and what it said counts. */
static gchar *how_it_failed(const Run *run)
{
    /* 65 is about a file: of --version it means nothing. */
    gboolean reads = run->outdir >= 0;
    g_autofree gchar *what = NULL;
    if (run->limit != NULL)
        what = g_strdup(run->limit);
    else if (WIFSIGNALED(run->status))
        what = g_strdup_printf("killed by signal %d", WTERMSIG(run->status));
    else if (WEXITSTATUS(run->status) == 0 || (WEXITSTATUS(run->status) == 65 && reads))
        return NULL;
    else
        what = g_strdup_printf("ended with status %d", WEXITSTATUS(run->status));

    g_autofree gchar *said = g_strchomp(g_strndup(run->said->str, run->said->len));
    const gchar *last = strrchr(said, '\n');
    g_autofree gchar *line = clean_line_short(last != NULL ? last + 1 : said, MAX_WORDS);
    return line[0] == '\0' ? g_steal_pointer(&what) : g_strdup_printf("%s: %s", what, line);
}

/* Of errno: SJ_ERROR_LATER for what may be over the next time. */
static SjError passing(SjError otherwise)
{
    switch (errno) {
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ETXTBSY:
        return SJ_ERROR_LATER;
    default:
        return otherwise;
    }
}
