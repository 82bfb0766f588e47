/* scan: whether a picture or PDF can be read, how many pages it has, and how large they are on
 * paper. */
#include "readers.h"

#include <leptonica/allheaders.h>
#include <string.h>

static FilterStatus read_scan(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    Scan scan = {.filter = filter};
    const gchar *note;
    /* Readers of PDF take a file whose mark is anywhere in its first KiB. */
    if (size > 0 && memmem(data, MIN(size, 1024), "%PDF-", 5) != NULL)
        note = pdf_read(&scan, bytes);
    else
        note = picture_read(&scan, data, size);
    if (note != NULL) {
        filter_note(filter, note, NULL);
        return FILTER_UNREADABLE;
    }
    filter_fact(filter, "scan.pages", 0, json_integer(scan.pages));
    return FILTER_READ;
}

static gboolean prepare(G_GNUC_UNUSED Filter *filter)
{
    setMsgSeverity(L_SEVERITY_NONE);
    return pdf_prepare();
}

int main(int argc, char **argv)
{
    return filter_main(
        argc, argv, &(FilterProgram){.version = "scan 1", .prepare = prepare, .read = read_scan});
}
