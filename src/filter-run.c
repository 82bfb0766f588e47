/* One run of a filter: what it prints and leaves is taken up to a limit, and not believed here. */
#include "filter-run.h"

#include "clean-line.h"
#include "descriptor.h"
#include "error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_OUTPUT = 4 * 1024 * 1024,
    MAX_LEFT_FILES = 2000,
    MAX_LEFT_DEPTH = 16, /* we take no directories, but LibreOffice works in them (9 deep) */
    MAX_SAID = 4096,     /* of stderr, its end */
    MAX_WORDS = 200,     /* characters of it that a diagnostic quotes */
    VERSION_SECONDS = 5,
    MEASURE_EVERY = G_USEC_PER_SEC / 10,
};
static const guint64 MAX_LEFT_BYTES = 512 * 1024 * 1024;
/* With less on the disk, a fault may be for want of it, and no fault of the file. */
static const guint64 SPACE_NEEDED = 16 * 1024 * 1024;

struct FilterRun {
    FilterRoom *room;
    const FilterConfig *filter;
    gboolean reads; /* a file; else it says its version */
    guint seconds;
    gint64 deadline, measuring;

    Process process;      /* none: a child of the server */
    FilterServer *server; /* the room's; NULL: a process of its own */
    int out, err;
    gboolean out_ended, err_ended;
    GString *output;
    GString *said; /* the end of its stderr */
    int status;
    gchar *limit; /* what it did beyond a limit */
    GError *lost; /* its server died */
};

static FilterRun *run_new(FilterRoom *room, const FilterConfig *filter, gboolean reads);
static gboolean run_start(FilterRun *run, int input, GError **error);
static gboolean start_program(FilterRun *run, int input, int out, int err, GError **error);
static gboolean ask_server(FilterRun *run, int input, int out, int err, GError **error);
static gboolean lose_server(FilterRun *run, GError **error);
static void run_end(FilterRun *run);
static gboolean take_output(FilterRun *run);
static gboolean take_said(FilterRun *run);
static void measure(FilterRun *run);

/* The file is opened again, so that the filter has an offset of its own, at 0. */
FilterRun *filter_run_file(FilterRoom *room, const FilterConfig *filter, int fd, GError **error)
{
    g_autoptr(FilterRun) run = run_new(room, filter, TRUE);
    struct stat about;
    g_autofree gchar *path = g_strdup_printf("/proc/self/fd/%d", fd);
    auto_fd input = -1;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode))
        sj_fail(error, SJ_ERROR_IO, "what it should read is not a regular file");
    else if ((input = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        sj_fail_errno(error, sj_passing(errno, SJ_ERROR_IO), "cannot open the file again");
    if (input >= 0 && run_start(run, input, error))
        return g_steal_pointer(&run);
    g_prefix_error(error, "filter %s: ", filter->name);
    return NULL;
}

FilterRun *filter_run_version(FilterRoom *room, const FilterConfig *filter, GError **error)
{
    g_autoptr(FilterRun) run = run_new(room, filter, FALSE);
    auto_fd input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0)
        sj_fail_errno(error, sj_passing(errno, SJ_ERROR_IO), "cannot open /dev/null");
    else if (run_start(run, input, error))
        return g_steal_pointer(&run);
    g_prefix_error(error, "filter %s: ", filter->name);
    return NULL;
}

static FilterRun *run_new(FilterRoom *room, const FilterConfig *filter, gboolean reads)
{
    FilterRun *run = g_new0(FilterRun, 1);
    *run = (FilterRun){.room = room,
                       .filter = filter,
                       .reads = reads,
                       .seconds = reads ? filter->timeout : VERSION_SECONDS,
                       .process = PROCESS_NONE,
                       .out = -1,
                       .err = -1,
                       .output = g_string_new(NULL),
                       .said = g_string_new(NULL)};
    return run;
}

void filter_run_free(FilterRun *run)
{
    if (run == NULL)
        return;
    process_end(&run->process);
    if (run->server != NULL)
        filter_room_end_server(run->room, run->filter);
    close_fd(&run->out);
    close_fd(&run->err);
    g_string_free(run->output, TRUE);
    g_string_free(run->said, TRUE);
    g_free(run->limit);
    g_clear_error(&run->lost);
    g_free(run);
}

static gboolean run_start(FilterRun *run, int input, GError **error)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    gboolean made = pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
    run->out = out[0];
    run->err = err[0];
    gboolean started = FALSE;
    if (!made)
        sj_fail_errno(error, SJ_ERROR_LATER, "cannot make a pipe");
    else if (fcntl(run->out, F_SETFL, O_NONBLOCK) < 0 || fcntl(run->err, F_SETFL, O_NONBLOCK) < 0)
        sj_fail_errno(error, SJ_ERROR_IO, "cannot use a pipe");
    else
        started = start_program(run, input, out[1], err[1], error);
    close_fd(&out[1]);
    close_fd(&err[1]);
    gint64 now = g_get_monotonic_time();
    run->deadline = now + (gint64)run->seconds * G_USEC_PER_SEC;
    run->measuring = run->reads ? now + MEASURE_EVERY : G_MAXINT64;
    return started;
}

static gboolean start_program(FilterRun *run, int input, int out, int err, GError **error)
{
    const gchar *reads[] = {run->filter->command, "--params", ROOM_PARAMS, "-", ROOM_OUTDIR, NULL};
    const gchar *says[] = {run->filter->command, "--version", NULL};
    if (run->reads && run->filter->serves)
        return ask_server(run, input, out, err, error);
    Birth birth = {filter_room_cage(run->room, run->filter, error),
                   run->reads ? reads : says,
                   {input, out, err, -1}};
    return birth.cage != NULL && process_start(&run->process, &birth, error);
}

/* A server that died since it read its last file is no fault of this one. */
static gboolean ask_server(FilterRun *run, int input, int out, int err, GError **error)
{
    for (guint tries = 2; tries > 0; tries--) {
        run->server = filter_room_server(run->room, run->filter, error);
        if (run->server == NULL)
            return FALSE;
        if (filter_server_ask(run->server, input, out, err))
            return TRUE;
        lose_server(run, tries == 1 ? error : NULL);
    }
    return FALSE;
}

/* Always FALSE. */
static gboolean lose_server(FilterRun *run, GError **error)
{
    g_autofree gchar *said = filter_server_said(run->server);
    filter_room_end_server(run->room, run->filter);
    run->server = NULL;
    return sj_fail(error, SJ_ERROR_LATER, "its server has ended%s%s", said[0] != '\0' ? ": " : "",
                   said);
}

void filter_run_wait(const FilterRun *run, struct pollfd events[RUN_EVENTS])
{
    int end = run->server != NULL ? run->server->socket : run->process.pidfd;
    events[0] = (struct pollfd){.fd = end, .events = POLLIN};
    events[1] = (struct pollfd){.fd = run->out_ended ? -1 : run->out, .events = POLLIN};
    events[2] = (struct pollfd){.fd = run->err_ended ? -1 : run->err, .events = POLLIN};
}

gint64 filter_run_next(const FilterRun *run)
{
    return MIN(run->deadline, run->measuring);
}

gboolean filter_run_take(FilterRun *run, const struct pollfd events[RUN_EVENTS], gint64 now)
{
    gboolean ended = events[0].revents != 0;
    if (events[1].revents != 0)
        run->out_ended = !take_output(run);
    if (events[2].revents != 0)
        run->err_ended = !take_said(run);
    if (!ended && now >= run->measuring) {
        measure(run);
        run->measuring = now + MEASURE_EVERY;
    }
    if (!ended && now >= run->deadline && run->limit == NULL)
        run->limit = g_strdup_printf("still running after %u s", run->seconds);
    if (!ended && run->limit == NULL)
        return FALSE;
    run_end(run);
    return TRUE;
}

/* Kills what there still is of it, and takes what it left in the pipes: a child that holds them
 * open is not waited for. A server goes with a child that was killed: what this may have learnt of
 * their memory is worth nothing to the next. */
static void run_end(FilterRun *run)
{
    if (run->server == NULL)
        run->status = process_end(&run->process);
    else if (run->limit != NULL)
        filter_room_end_server(run->room, run->filter);
    else if (!filter_server_answer(run->server, &run->status))
        lose_server(run, &run->lost);
    else if (WIFSIGNALED(run->status))
        filter_room_end_server(run->room, run->filter);
    run->server = NULL;
    while (run->limit == NULL && take_output(run))
        ;
    for (guint i = 0; i < 64 && take_said(run); i++)
        ;
    if (run->reads && run->limit == NULL)
        measure(run);
}

/* One read; FALSE: there is nothing more. */
static gboolean take_output(FilterRun *run)
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

static gboolean take_said(FilterRun *run)
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
        /* The larger of length and blocks: a sparse file is read back at its full length. */
        left->bytes += MAX((guint64)about.st_blocks * 512, (guint64)about.st_size);
        if (S_ISDIR(about.st_mode) && depth >= MAX_LEFT_DEPTH)
            left->hidden = TRUE;
        else if (S_ISDIR(about.st_mode))
            measure_directory(fd, entry->d_name, depth + 1, left);
    }
    closedir(directory);
}

static void measure(FilterRun *run)
{
    Left left = {0};
    measure_directory(run->room->outdir, ".", 0, &left);
    if (left.files > MAX_LEFT_FILES)
        run->limit = g_strdup_printf("left more than %d files", MAX_LEFT_FILES);
    else if (left.bytes > MAX_LEFT_BYTES)
        run->limit = g_strdup_printf("left more than %d MiB", (int)(MAX_LEFT_BYTES >> 20));
    else if (left.hidden)
        run->limit = g_strdup("left directories that cannot be looked through");
}

gchar *filter_run_failure(const FilterRun *run)
{
    /* 65 is about a file: of --version it means nothing. */
    g_autofree gchar *what = NULL;
    if (run->limit != NULL)
        what = g_strdup(run->limit);
    else if (WIFSIGNALED(run->status))
        what = g_strdup_printf("killed by signal %d", WTERMSIG(run->status));
    else if (WEXITSTATUS(run->status) == 0 || (WEXITSTATUS(run->status) == 65 && run->reads))
        return NULL;
    else
        what = g_strdup_printf("ended with status %d", WEXITSTATUS(run->status));

    g_autofree gchar *said = g_strchomp(g_strndup(run->said->str, run->said->len));
    const gchar *last = strrchr(said, '\n');
    g_autofree gchar *line = clean_line_short(last != NULL ? last + 1 : said, MAX_WORDS);
    return line[0] == '\0' ? g_steal_pointer(&what) : g_strdup_printf("%s: %s", what, line);
}

const GString *filter_run_output(const FilterRun *run)
{
    return run->output;
}

Reading *filter_run_reading(FilterRun *run, GError **error)
{
    g_autoptr(Reading) reading = NULL;
    g_autofree gchar *why = filter_run_failure(run);
    ReadingStatus status = WEXITSTATUS(run->status) == 0 ? READING_READ : READING_UNREADABLE;
    if (run->lost != NULL)
        g_propagate_error(error, g_steal_pointer(&run->lost));
    else if (why != NULL && spool_check_space(run->room->spool, SPACE_NEEDED, error))
        reading = reading_fault(why);
    else if (why == NULL)
        reading = reading_take(status, run->output->str, run->output->len, run->room->outdir,
                               run->room->spool, error);
    if (!filter_room_clean(run->room, reading != NULL ? error : NULL))
        g_clear_pointer(&reading, reading_free);
    if (reading == NULL)
        g_prefix_error(error, "filter %s: ", run->filter->name);
    return g_steal_pointer(&reading);
}
