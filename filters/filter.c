/* The harness of the C filters: command line, parameters, and the lines they print. */
#include "filter.h"

#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_line(const Filter *filter, json_t *line)
{
    g_autofree char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (text == NULL) {
        fprintf(stderr, "a line could not be written as JSON\n");
        exit(FILTER_FAULT);
    }
    if (!filter->rehearsal)
        puts(text);
}

/* JSON strings are UTF-8: what is not becomes U+FFFD, so that no fact is lost for a byte. */
static json_t *json_text(const gchar *text)
{
    g_autofree gchar *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

void filter_fact(Filter *filter, const gchar *name, guint form, json_t *value)
{
    json_t *line = json_pack("{s:s, s:o}", "fact", name, "value", value);
    if (form > 0)
        json_object_set_new(line, "form", json_integer(form));
    print_line(filter, line);
}

void filter_fact_text(Filter *filter, const gchar *name, guint form, const gchar *text)
{
    filter_fact(filter, name, form, json_text(text));
}

void filter_note(Filter *filter, const gchar *name, const gchar *detail)
{
    json_t *line = json_pack("{s:s}", "note", name);
    if (detail != NULL)
        json_object_set_new(line, "detail", json_text(detail));
    print_line(filter, line);
}

int filter_file_create(Filter *filter)
{
    g_autofree gchar *path = g_strdup_printf("%s/%u", filter->outdir, filter->files + 1);
    int fd = filter->rehearsal ? memfd_create("file", MFD_CLOEXEC)
                               : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        fprintf(stderr, "cannot create %s: %s\n", path, strerror(errno));
    else if (!filter->rehearsal)
        filter->files++;
    return fd;
}

gboolean filter_file_write(const Filter *filter, int fd, const void *bytes, gsize size)
{
    const guint8 *at = bytes;
    while (size > 0) {
        ssize_t written = write(fd, at, size);
        if (written <= 0) {
            fprintf(stderr, "cannot write file %u to %s: %s\n", filter->files, filter->outdir,
                    strerror(errno));
            return FALSE;
        }
        at += written;
        size -= (gsize)written;
    }
    return TRUE;
}

void filter_file_announce(Filter *filter, const gchar *name, const gchar *kind, gboolean picture)
{
    g_autofree gchar *number = g_strdup_printf("%u", filter->files);
    json_t *line =
        json_pack("{s:s, s:o, s:s}", "file", number, "name", json_text(name), "kind", kind);
    if (picture)
        json_object_set_new(line, "inline", json_true());
    print_line(filter, line);
}

void filter_rendition_announce(Filter *filter, const gchar *kind)
{
    g_autofree gchar *number = g_strdup_printf("%u", filter->files);
    print_line(filter, json_pack("{s:s, s:s, s:s, s:b}", "file", number, "name", "", "kind", kind,
                                 "rendition", 1));
}

GBytes *filter_bytes(Filter *filter)
{
    g_autoptr(GError) error = NULL;
    GMappedFile *map = g_mapped_file_new_from_fd(filter->fd, FALSE, &error);
    if (map == NULL) {
        fprintf(stderr, "cannot map the file: %s\n", error->message);
        return NULL;
    }
    GBytes *bytes = g_mapped_file_get_bytes(map);
    g_mapped_file_unref(map);
    return bytes;
}

/* What the command line says. */
typedef struct {
    gboolean server;
    const char *params, *file, *outdir; /* file: NULL when it serves */
} Arguments;

/* One program and where it reads and writes. */
typedef struct {
    const FilterProgram *program;
    Filter filter;
} Run;

static gboolean take_arguments(int argc, char **argv, Arguments *arguments);
static int usage(const char *program);
static json_t *load_params(const char *path);
static void rehearse(const Run *run);
static int read_file(gpointer data);

int filter_main(int argc, char **argv, const FilterProgram *program)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(program->version);
        return 0;
    }
    Arguments arguments = {0};
    if (!take_arguments(argc, argv, &arguments))
        return usage(argv[0]);

    static char buffer[64 * 1024]; /* without one of ours, glibc takes 4 KiB for a pipe */
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    json_t *params = arguments.params != NULL ? load_params(arguments.params) : NULL;
    static Run run; /* what `prepare` makes lives as long as the program */
    run = (Run){program, {.fd = STDIN_FILENO, .outdir = arguments.outdir, .params = params}};
    if ((arguments.params != NULL && params == NULL) ||
        (program->prepare != NULL && !program->prepare(&run.filter)))
        return FILTER_FAULT;
    int status = FILTER_FAULT;
    if (arguments.server) {
        if (program->sample != NULL)
            rehearse(&run);
        status = serve(read_file, &run);
    } else {
        if (strcmp(arguments.file, "-") != 0)
            run.filter.fd = open(arguments.file, O_RDONLY | O_CLOEXEC);
        if (run.filter.fd < 0)
            fprintf(stderr, "cannot open %s: %s\n", arguments.file, strerror(errno));
        else
            status = read_file(&run);
    }
    json_decref(params);
    return status;
}

static gboolean take_arguments(int argc, char **argv, Arguments *arguments)
{
    int next = 1;
    if (next < argc && strcmp(argv[next], "--server") == 0) {
        arguments->server = TRUE;
        next++;
    }
    if (next + 1 < argc && strcmp(argv[next], "--params") == 0) {
        arguments->params = argv[next + 1];
        next += 2;
    }
    if (!arguments->server && next < argc)
        arguments->file = argv[next++];
    if (next + 1 != argc)
        return FALSE;
    arguments->outdir = argv[next];
    return TRUE;
}

static int usage(const char *program)
{
    fprintf(stderr,
            "usage: %s [--params PARAMS.json] FILE OUTDIR\n"
            "       FILE may be - for descriptor 0, a regular file open for reading\n"
            "       %s --server [--params PARAMS.json] OUTDIR\n"
            "       %s --version\n",
            program, program, program);
    return 64;
}

static json_t *load_params(const char *path)
{
    json_error_t error;
    json_t *params = json_load_file(path, 0, &error);
    if (params == NULL)
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
    return params;
}

/* What goes wrong here goes wrong with the first file again, and is told then. */
static void rehearse(const Run *run)
{
    const char *sample = run->program->sample;
    Filter filter = run->filter;
    filter.rehearsal = TRUE;
    filter.fd = filter_file_create(&filter);
    gsize length = strlen(sample);
    if (filter.fd >= 0 && write(filter.fd, sample, length) == (ssize_t)length &&
        lseek(filter.fd, 0, SEEK_SET) == 0)
        run->program->read(&filter);
    if (filter.fd >= 0)
        close(filter.fd);
}

/* A Run: the status to end with, all that was printed being out. */
static int read_file(gpointer data)
{
    Run *run = data;
    struct stat about;
    if (fstat(run->filter.fd, &about) < 0 || !S_ISREG(about.st_mode)) {
        fprintf(stderr, "what it should read is not a regular file\n");
        return FILTER_FAULT;
    }
    lseek(run->filter.fd, 0, SEEK_SET);
    FilterStatus status = run->program->read(&run->filter);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "cannot write to stdout: %s\n", strerror(errno));
        return FILTER_FAULT;
    }
    return (int)status;
}
