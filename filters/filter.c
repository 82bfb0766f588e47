/* The harness of the C filters: command line, parameters, and the lines they print. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_line(json_t *line)
{
    g_autofree char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (text == NULL) {
        fprintf(stderr, "a line could not be written as JSON\n");
        exit(FILTER_FAULT);
    }
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
    (void)filter;
    json_t *line = json_pack("{s:s, s:o}", "fact", name, "value", value);
    if (form > 0)
        json_object_set_new(line, "form", json_integer(form));
    print_line(line);
}

void filter_fact_text(Filter *filter, const gchar *name, guint form, const gchar *text)
{
    filter_fact(filter, name, form, json_text(text));
}

void filter_note(Filter *filter, const gchar *name, const gchar *detail)
{
    (void)filter;
    json_t *line = json_pack("{s:s}", "note", name);
    if (detail != NULL)
        json_object_set_new(line, "detail", json_text(detail));
    print_line(line);
}

int filter_file_create(Filter *filter)
{
    g_autofree gchar *path = g_strdup_printf("%s/%u", filter->outdir, filter->files + 1);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        fprintf(stderr, "cannot create %s: %s\n", path, strerror(errno));
    else
        filter->files++;
    return fd;
}

void filter_file_announce(Filter *filter, const gchar *name, json_t *extra)
{
    g_autofree gchar *number = g_strdup_printf("%u", filter->files);
    json_t *line = json_pack("{s:s, s:o}", "file", number, "name", json_text(name));
    if (extra != NULL) {
        json_object_update_missing(line, extra);
        json_decref(extra);
    }
    print_line(line);
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

static int usage(const char *program)
{
    fprintf(stderr,
            "usage: %s [--params PARAMS.json] FILE OUTDIR\n"
            "       FILE may be - for descriptor 0, a regular file open for reading\n"
            "       %s --version\n",
            program, program);
    return 64;
}

int filter_main(int argc, char **argv, const char *version, FilterStatus (*read)(Filter *filter))
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(version);
        return 0;
    }
    const char *params = NULL;
    int next = 1;
    if (argc > 2 && strcmp(argv[1], "--params") == 0) {
        params = argv[2];
        next = 3;
    }
    if (argc - next != 2)
        return usage(argv[0]);

    Filter filter = {.outdir = argv[next + 1]};
    json_t *loaded = NULL;
    if (params != NULL) {
        json_error_t error;
        loaded = json_load_file(params, 0, &error);
        if (loaded == NULL) {
            fprintf(stderr, "%s:%d: %s\n", params, error.line, error.text);
            return FILTER_FAULT;
        }
        filter.params = loaded;
    }
    filter.fd =
        strcmp(argv[next], "-") == 0 ? STDIN_FILENO : open(argv[next], O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (filter.fd < 0 || fstat(filter.fd, &about) < 0) {
        fprintf(stderr, "cannot open %s: %s\n", argv[next], strerror(errno));
        return FILTER_FAULT;
    }
    if (!S_ISREG(about.st_mode)) {
        fprintf(stderr, "%s is not a regular file\n", argv[next]);
        return FILTER_FAULT;
    }
    lseek(filter.fd, 0, SEEK_SET);
    FilterStatus status = read(&filter);
    json_decref(loaded);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "cannot write to stdout: %s\n", strerror(errno));
        return FILTER_FAULT;
    }
    return (int)status;
}
