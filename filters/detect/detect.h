/* What a file is, by its bytes alone, for the filter kind and for those that find files in others:
 * the answer says which filters may read it. */
#pragma once

#include <glib.h>

/* Once, before all others; FALSE: our own trouble, said on stderr. */
gboolean detect_prepare(void);

/* The media type (docs/shoujian-filter.7, file.kind) of the SIZE bytes of DATA. It is valid until
 * the next is asked for. */
const gchar *detect_kind(const guint8 *data, gsize size);
/* The same of a file that was just written, FD being open for reading, too; NULL: our own trouble,
 * said on stderr. */
const gchar *detect_file(int fd);
