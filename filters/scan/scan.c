/* scan: whether a picture or PDF can be read, how many pages it has, and how large they are on
 * paper. */
#include "scan.h"

#include <leptonica/allheaders.h>
#include <string.h>

/* Of a document's pages as many are described; all are counted. */
#define PAGES_DESCRIBED 200

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

void scan_page(Scan *scan, double width_mm, double height_mm)
{
    if (++scan->pages > PAGES_DESCRIBED)
        return;
    json_t *page = json_pack("{s:i}", "page", (int)scan->pages);
    if (width_mm >= 1 && height_mm >= 1 && width_mm < 10000 && height_mm < 10000) {
        json_object_set_new(page, "width_mm", json_integer((json_int_t)(width_mm + 0.5)));
        json_object_set_new(page, "height_mm", json_integer((json_int_t)(height_mm + 0.5)));
    }
    filter_fact(scan->filter, "scan.page", 0, page);
}

int main(int argc, char **argv)
{
    setMsgSeverity(L_SEVERITY_NONE);
    return filter_main(argc, argv, "scan 1", read_scan);
}
