/* office: old and foreign word documents (.doc, .wps, .rtf, .odt) become docx, by LibreOffice; what
 * stands in them is for the filter docx to read. */
#include "filter.h"
#include "kit.h"
#include "ole.h"
#include "zip-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In OUTDIR, all that LibreOffice writes but the document. */
#define WORK   "office"
#define SOURCE WORK "/source"

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

#define FIRST_DAY (1 << 5 | 1) /* 1980-01-01, as a zip has it */

/* Of all parts of an OpenDocument file, unpacked. */
#define UNPACKED_MAX ((guint64)128 << 20)

static const gchar *what_is_wrong(GBytes *bytes);
static gboolean write_source(const Filter *filter, GBytes *bytes);
static gboolean forget_when(const gchar *path);
static FilterStatus report(Filter *filter, KitResult result, const gchar *why);

static FilterStatus unreadable(Filter *filter, const gchar *note, const gchar *detail)
{
    filter_note(filter, note, detail);
    return FILTER_UNREADABLE;
}

static FilterStatus read_office(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    const gchar *wrong = what_is_wrong(bytes);
    if (wrong != NULL)
        return unreadable(filter, wrong, NULL);
    if (!write_source(filter, bytes))
        return FILTER_FAULT;
    int target = filter_file_create(filter);
    if (target < 0)
        return FILTER_FAULT;
    close(target);
    /* The directories above may be closed to us, so that OUTDIR has no path of its own. */
    g_autofree gchar *outdir = g_path_is_absolute(filter->outdir)
                                   ? g_strdup(filter->outdir)
                                   : g_build_filename(KIT_HERE, filter->outdir, NULL);
    g_autofree gchar *name = g_strdup_printf("%u", filter->files), *why = NULL;
    KitResult result = kit_convert(outdir, WORK, SOURCE, name, &why);
    g_autofree gchar *path = g_build_filename(filter->outdir, name, NULL);
    if (result == KIT_CONVERTED && !forget_when(path))
        return FILTER_FAULT;
    return report(filter, result, why);
}

static gboolean starts_with(const gchar *data, gsize size, const char *mark)
{
    return size >= strlen(mark) && memcmp(data, mark, strlen(mark)) == 0;
}

static const gchar *check_package(const gchar *data, gsize size);
static gboolean has_password(const gchar *data, gsize size);
static gboolean is_cut_off(const gchar *data, gsize size);

/* What LibreOffice does not tell, or passes over without a word: the note, or NULL. What it refuses
 * beside that may be damaged, or more than it understands or has memory for. */
static const gchar *what_is_wrong(GBytes *bytes)
{
    gsize size;
    const gchar *data = g_bytes_get_data(bytes, &size);
    if (starts_with(data, size, "PK\x03\x04"))
        return check_package(data, size);
    if (is_cut_off(data, size))
        return "office.corrupt_file";
    if (has_password(data, size))
        return "office.encrypted";
    /* What was deleted under tracking is text to it when it reads HTML. */
    gboolean page = !starts_with(data, size, "\xd0\xcf") && !starts_with(data, size, "{\\rtf");
    return page && memmem(data, size, "<del", 4) != NULL ? "office.unsupported" : NULL;
}

/* It mends a broken zip and leaves out what it does not find. */
static const gchar *check_package(const gchar *data, gsize size)
{
    g_autoptr(zip_t) zip = zip_open_memory(data, size);
    guint64 unpacked = 0;
    for (zip_int64_t i = 0; zip != NULL && i < zip_get_num_entries(zip, 0); i++) {
        g_autoptr(zip_file_t) part = zip_fopen_index(zip, (zip_uint64_t)i, 0);
        gchar block[65536];
        zip_int64_t got = part != NULL ? 1 : -1;
        while (got > 0 && (got = zip_fread(part, block, sizeof block)) > 0)
            if ((unpacked += (guint64)got) > UNPACKED_MAX)
                return "office.zip_bomb";
        if (got < 0)
            return "office.corrupt_file";
    }
    return zip != NULL ? NULL : "office.corrupt_file";
}

/* Of a .doc: fEncrypted ([MS-DOC] 2.5.2). It asks for a password only where it knows how the
 * document is encrypted. */
static gboolean has_password(const gchar *data, gsize size)
{
    const guint8 *head = ole_stream((const guint8 *)data, size, "WordDocument", 12);
    return head != NULL && (head[11] & 1) != 0;
}

/* An RTF ends with the group that it began with; behind it there may be NULs. */
static gboolean is_cut_off(const gchar *data, gsize size)
{
    if (!starts_with(data, size, "{\\rtf"))
        return ole_is_cut_off((const guint8 *)data, size);
    while (size > 0 && (data[size - 1] == '\0' || g_ascii_isspace(data[size - 1])))
        size--;
    return data[size - 1] != '}';
}

/* It reads files with a path, and this one may have none. */
static gboolean write_source(const Filter *filter, GBytes *bytes)
{
    g_autofree gchar *work = g_build_filename(filter->outdir, WORK, NULL);
    g_autofree gchar *path = g_build_filename(filter->outdir, SOURCE, NULL);
    g_autoptr(GError) error = NULL;
    gsize size;
    const gchar *data = g_bytes_get_data(bytes, &size);
    if (mkdir(work, 0700) == 0 &&
        g_file_set_contents_full(path, data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, &error))
        return TRUE;
    fprintf(stderr, "cannot write %s: %s\n", path,
            error != NULL ? error->message : strerror(errno));
    return FALSE;
}

/* The same document shall become the same bytes, whenever it is converted: so it is one file in the
 * spool, and one that a killed run left is named again by the next. */
static gboolean forget_when(const gchar *path)
{
    g_autoptr(zip_t) zip = zip_open(path, 0, NULL);
    gboolean done = zip != NULL;
    for (zip_int64_t i = 0; done && i < zip_get_num_entries(zip, 0); i++)
        done = zip_file_set_dostime(zip, (zip_uint64_t)i, 0, FIRST_DAY, 0) == 0;
    if (done && zip_close(zip) == 0) {
        zip = NULL;
        return TRUE;
    }
    fprintf(stderr, "what LibreOffice wrote is no zip that can be changed: %s\n",
            zip != NULL ? zip_strerror(zip) : "it cannot be opened");
    return FALSE;
}

static FilterStatus report(Filter *filter, KitResult result, const gchar *why)
{
    switch (result) {
    case KIT_CONVERTED:
        filter_rendition_announce(filter, DOCX);
        return FILTER_READ;
    case KIT_ENCRYPTED:
        return unreadable(filter, "office.encrypted", NULL);
    case KIT_REFUSED:
        return unreadable(filter, "office.refused", NULL);
    case KIT_NO_TEXT:
        return unreadable(filter, "office.unsupported", NULL);
    case KIT_MISSING:
        return unreadable(filter, "office.unavailable", why);
    case KIT_FAULT:
        break;
    }
    fprintf(stderr, "%s\n", why != NULL ? why : "LibreOffice failed");
    return FILTER_FAULT;
}

/* LibreOffice's threads do not outlive main() in peace. */
int main(int argc, char **argv)
{
    g_autofree gchar *office = kit_version();
    g_autofree gchar *version =
        g_strdup_printf("office 1, %s", office != NULL ? office : "no LibreOffice");
    int status = filter_main(argc, argv, &(FilterProgram){.version = version, .read = read_office});
    fflush(stdout);
    _exit(status);
}
