/* The pages of a scanned document, as facts. */
#pragma once

#include "filter.h"

typedef struct {
    Filter *filter;
    guint pages; /* so far */
} Scan;

/* One more page; its size on paper, 0 where the file does not say. */
void scan_page(Scan *scan, double width_mm, double height_mm);
