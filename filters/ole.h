/* OLE files ([MS-CFB]), which Word wrote until 2007 and WPS still does: whether one holds a stream,
 * how that begins, and whether the file's end is there. */
#pragma once

#include <glib.h>

/* Where the stream NAME (ASCII) of the file in the SIZE bytes of DATA begins, for LENGTH bytes at
 * least; NULL: this is no OLE file, has no such stream, or is cut off before. LENGTH 0 only asks
 * for the stream; what is returned then means nothing else. Not for streams below 4096 bytes, which
 * lie elsewhere. */
const guint8 *ole_stream(const guint8 *data, gsize size, const char *name, gsize length);
/* Whether its own table tells of sectors behind its end. FALSE for what is no OLE file. */
gboolean ole_is_cut_off(const guint8 *data, gsize size);
