/* What `make bench` measures of the filter mime: mails read one after the other by the program's
 * own host, cage and spool, without what the program does with a reading. */
#include "config.h"
#include "filter.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void read_mail(FilterPool *pool, const FilterConfig *mime, const gchar *path)
{
    g_autoptr(GError) error = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err(1, "%s", path);
    g_autoptr(Reading) reading = filter_pool_read(pool, mime, fd, &error);
    close(fd);
    if (reading == NULL || reading->status != READING_READ)
        errx(1, "%s: %s", path, reading != NULL ? reading->why : error->message);
    g_autofree SpoolFile **files = g_new(SpoolFile *, reading->files->len);
    for (guint i = 0; i < reading->files->len; i++)
        files[i] = ((const LeftFile *)reading->files->pdata[i])->file;
    if (!spool_commit(files, reading->files->len, &error))
        errx(1, "%s: %s", path, error->message);
}

/* CONFIG SPOOL MAILS…: prints the CPU seconds of the filter's processes, and the bytes that one of
 * them held at most. */
int main(int argc, char **argv)
{
    if (argc < 3)
        errx(64, "usage: %s CONFIG SPOOL MAIL…", argv[0]);
    g_autoptr(GError) error = NULL;
    g_autofree gchar *programs = g_path_get_dirname(argv[0]);
    g_autoptr(Config) config = config_load(argv[1], programs, &error);
    g_autoptr(Spool) spool = config != NULL ? spool_open(argv[2], &error) : NULL;
    FilterPool *pool = spool != NULL ? filter_pool_new(config, "{}", spool, &error) : NULL;
    if (pool == NULL)
        errx(1, "%s", error->message);
    for (int i = 3; i < argc; i++)
        read_mail(pool, config_filter(config, "mime"), argv[i]);
    filter_pool_free(pool); /* which waits for its servers */
    struct rusage filters;
    getrusage(RUSAGE_CHILDREN, &filters);
    printf("%.6f %ld\n",
           (double)(filters.ru_utime.tv_sec + filters.ru_stime.tv_sec) +
               (double)(filters.ru_utime.tv_usec + filters.ru_stime.tv_usec) / 1e6,
           filters.ru_maxrss * 1024);
    return 0;
}
