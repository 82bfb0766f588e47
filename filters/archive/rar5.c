/* Whether a rar of version 5 has a password: libarchive 3.6 takes what is encrypted for packed
 * data. */
#include "readers.h"
#include "span.h"

#include <string.h>

/* RAR 5.0 archive format: types and flags of blocks, and of the records behind a file's header. */
enum { BLOCK_FILE = 2, BLOCK_ENCRYPTION = 4, HAS_EXTRA = 1, HAS_DATA = 2, RECORD_ENCRYPTION = 1 };

/* Seven bits a byte, the lowest first; what goes on past the end or 63 bits is 0. */
static guint64 take_number(Span *span)
{
    guint64 number = 0;
    for (guint shift = 0; span->at < span->end && shift < 63; shift += 7) {
        guint8 byte = *span->at++;
        number |= (guint64)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    return 0;
}

static gboolean has_encryption_record(Span extra)
{
    while (extra.at < extra.end) {
        guint64 size = take_number(&extra);
        Span record = span_take(&extra, size);
        if (take_number(&record) == RECORD_ENCRYPTION)
            return TRUE;
    }
    return FALSE;
}

gboolean rar5_is_encrypted(GBytes *bytes)
{
    static const char mark[] = "Rar!\x1a\x07\x01";
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    if (size < sizeof mark || memcmp(data, mark, sizeof mark) != 0)
        return FALSE;
    Span rest = {data + sizeof mark, data + size};
    while (rest.at < rest.end) {
        span_take(&rest, 4); /* CRC32 */
        guint64 length = take_number(&rest);
        Span header = span_take(&rest, length);
        guint64 type = take_number(&header);
        guint64 flags = take_number(&header);
        guint64 extra = flags & HAS_EXTRA ? take_number(&header) : 0;
        guint64 packed = flags & HAS_DATA ? take_number(&header) : 0;
        gsize left = span_left(&header);
        span_take(&header, left - MIN(extra, left));
        if (type == BLOCK_ENCRYPTION || (type == BLOCK_FILE && has_encryption_record(header)))
            return TRUE;
        span_take(&rest, packed);
    }
    return FALSE;
}
