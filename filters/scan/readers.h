/* The readers of scanned documents. Each reports its pages in order and returns NULL, or the note
 * that says why the file cannot be read. */
#pragma once

#include "page.h"

/* Once, before all others; FALSE: our own trouble, said on stderr. */
gboolean pdf_prepare(void);

/* A PDF, or of a JPEG, PNG, TIFF, BMP or GIF. */
const gchar *pdf_read(Scan *scan, GBytes *bytes);
const gchar *picture_read(Scan *scan, const guint8 *data, gsize size);
