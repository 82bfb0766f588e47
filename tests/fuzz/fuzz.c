/* The libFuzzer target of every filter: an input is read as the filter reads a file, and what it
 * says is made and thrown away. The filter's own main() is linked as filter_entry(), and its call
 * of filter_main() comes here (see the Makefile), so nothing in a filter knows of this. */
#include "fuzz.h"

#include "filter.h"

#include <err.h>
#include <sanitizer/lsan_interface.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *__asan_default_options(void);
int filter_entry(int argc, char **argv);
int __wrap_filter_main(int argc, char **argv, const FilterProgram *given);

static FilterProgram program;
static Filter filter = {.outdir = "/", .rehearsal = TRUE};

/* The quarantine counts as memory of the input that is read. */
const char *__asan_default_options(void)
{
    return "detect_leaks=1:quarantine_size_mb=32:allocator_may_return_null=1";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return filter_entry(*argc, *argv);
}

/* GLib's own way to be fatal is a signal of which libFuzzer knows nothing. */
static void abort_when_critical(const gchar *domain, GLogLevelFlags level, const gchar *message,
                                gpointer data)
{
    g_log_default_handler(domain, level, message, data);
    if ((level & G_LOG_LEVEL_CRITICAL) != 0)
        abort();
}

/* In place of the harness's; the campaign lies beside the target. What is made here is no leak;
 * what reading a file leaves behind is one. */
int __wrap_filter_main(G_GNUC_UNUSED int argc, char **argv, const FilterProgram *given)
{
    __lsan_disable();
    program = *given;
    g_autofree gchar *directory = g_path_get_dirname(argv[0]);
    g_autofree gchar *params = g_build_filename(directory, "params.json", NULL);
    json_error_t error;
    filter.params = json_load_file(params, 0, &error);
    if (filter.params == NULL)
        errx(1, "%s: %s (make fuzz makes it)", params, error.text);
    if (program.prepare != NULL && !program.prepare(&filter))
        errx(1, "%s cannot be prepared", program.version);
    g_log_set_default_handler(abort_when_critical, NULL);
    __lsan_enable();
    return 0;
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) file =
        fuzz_file != NULL ? fuzz_file(data, size) : g_bytes_new_static(data, size);
    gsize length;
    const void *content = g_bytes_get_data(file, &length);
    Filter reading = filter;
    reading.fd = memfd_create("input", MFD_CLOEXEC);
    if (reading.fd < 0 || write(reading.fd, content, length) != (ssize_t)length ||
        lseek(reading.fd, 0, SEEK_SET) != 0)
        err(1, "cannot make a file in memory");
    FilterStatus status = program.read(&reading);
    close(reading.fd);
    if (status != FILTER_READ && status != FILTER_UNREADABLE)
        abort(); /* no file is our own trouble */
    return 0;
}
