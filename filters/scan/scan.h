/* The readers of scanned documents. Each reports its pages in order and returns NULL, or the note
 * that says why the file cannot be read. */
#pragma once

#include "filter.h"

typedef struct {
    Filter *filter;
    guint pages; /* so far */
} Scan;

/* A PDF, or of a JPEG, PNG, TIFF, BMP or GIF. */
const gchar *pdf_read(Scan *scan, GBytes *bytes);
const gchar *picture_read(Scan *scan, const guint8 *data, gsize size);

/* One more page; its size on paper, 0 where the file does not say. */
void scan_page(Scan *scan, double width_mm, double height_mm);
