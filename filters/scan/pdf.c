/* Pages of a PDF, by poppler. */
#include "readers.h"

#include <poppler.h>
#include <stdio.h>
#include <string.h>

#define PAGES_LIMIT  2000
#define MM_PER_POINT (25.4 / 72)

static gboolean has_end(const guint8 *data, gsize size);
static const gchar *read_pages(Scan *scan, PopplerDocument *document);

/* The smallest whole PDF. The numbers of xref are where the objects begin. */
static const char sample[] = "%PDF-1.4\n"
                             "1 0 obj\n"
                             "<</Type/Catalog/Pages 2 0 R>>\n"
                             "endobj\n"
                             "2 0 obj\n"
                             "<</Type/Pages/Kids[3 0 R]/Count 1>>\n"
                             "endobj\n"
                             "3 0 obj\n"
                             "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>\n"
                             "endobj\n"
                             "xref\n"
                             "0 4\n"
                             "0000000000 65535 f \n"
                             "0000000009 00000 n \n"
                             "0000000054 00000 n \n"
                             "0000000105 00000 n \n"
                             "trailer\n"
                             "<</Root 1 0 R/Size 4>>\n"
                             "startxref\n"
                             "170\n"
                             "%%EOF\n";

/* poppler makes its tables for the first document, and forgets them with the last. */
gboolean pdf_prepare(void)
{
    static PopplerDocument *kept;
    g_autoptr(GBytes) bytes = g_bytes_new_static(sample, sizeof sample - 1);
    g_autoptr(GError) error = NULL;
    kept = poppler_document_new_from_bytes(bytes, NULL, &error);
    if (kept == NULL)
        fprintf(stderr, "poppler reads no PDF: %s\n", error->message);
    return kept != NULL;
}

const gchar *pdf_read(Scan *scan, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    PopplerDocument *document = poppler_document_new_from_bytes(bytes, NULL, &error);
    if (document == NULL)
        return g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? "scan.encrypted"
                                                                              : "scan.corrupt_file";
    /* poppler mends what it can; a file without its end is cut all the same. */
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    gboolean whole = has_end(data, size);
    const gchar *note = whole ? read_pages(scan, document) : "scan.corrupt_file";
    g_object_unref(document);
    return note;
}

/* Nearly always it is where it belongs. */
static gboolean has_end(const guint8 *data, gsize size)
{
    gsize tail = MIN(size, 1024);
    return memmem(data + size - tail, tail, "%%EOF", 5) != NULL ||
           memmem(data, size, "%%EOF", 5) != NULL;
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
