/* The pages of a scanned document, as facts. */
#include "page.h"

/* Of a document's pages as many are described; all are counted. */
#define PAGES_DESCRIBED 200

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
