/* Pages of a PDF, by poppler. */
#include "readers.h"

#include <poppler.h>
#include <string.h>

#define PAGES_LIMIT  2000
#define MM_PER_POINT (25.4 / 72)

static const gchar *read_pages(Scan *scan, PopplerDocument *document);

const gchar *pdf_read(Scan *scan, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    PopplerDocument *document = poppler_document_new_from_bytes(bytes, NULL, &error);
    if (document == NULL)
        return g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? "scan.encrypted"
                                                                              : "scan.corrupt_file";
    /* poppler mends what it can; a file without its end is cut all the same. */
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    gboolean whole = memmem(data, size, "%%EOF", 5) != NULL;
    const gchar *note = whole ? read_pages(scan, document) : "scan.corrupt_file";
    g_object_unref(document);
    return note;
}

static const gchar *read_pages(Scan *scan, PopplerDocument *document)
{
    int pages = poppler_document_get_n_pages(document);
    if (pages < 1)
        return "scan.corrupt_file";
    if (pages > PAGES_LIMIT)
        return "scan.too_large";
    for (int i = 0; i < pages; i++) {
        PopplerPage *page = poppler_document_get_page(document, i);
        if (page == NULL)
            return "scan.corrupt_file";
        double width = 0, height = 0;
        poppler_page_get_size(page, &width, &height);
        g_object_unref(page);
        scan_page(scan, width * MM_PER_POINT, height * MM_PER_POINT);
    }
    return NULL;
}
