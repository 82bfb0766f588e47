/* How much of a message gmime can be given: fewer headers and parts than a stranger can write. What
 * a provider found out stands at the end of the headers, so the middle is left out. */
#include "bounds.h"

#include <string.h>

#define TOP_LIMIT    (512 * 1024) /* of the headers */
#define BOTTOM_LIMIT (256 * 1024)
#define FIELD_LIMIT  (16 * 1024)       /* of the field in which they are cut */
#define DASHES_LIMIT 20000             /* lines that may be boundaries */
#define PART_LIMIT   (64 * 1024)       /* headers of a part */
#define PARTS_LIMIT  (2 * 1024 * 1024) /* … of all of them */

static gsize next_line(const guint8 *data, gsize size, gsize at)
{
    const guint8 *end = memchr(data + at, '\n', size - at);
    return end != NULL ? (gsize)(end - data) + 1 : size;
}

static gboolean is_blank(const guint8 *data, gsize at, gsize next)
{
    return at == next || data[at] == '\n' || (data[at] == '\r' && next - at == 2);
}

static gboolean is_folded(const guint8 *line)
{
    return *line == ' ' || *line == '\t';
}

/* Leaves out the middle of the headers, which end at END. */
static void reduce_headers(Bounds *bounds, const guint8 *data, gsize start, gsize end)
{
    gsize field = start;
    for (gsize at = start; at <= start + TOP_LIMIT && at < end; at = next_line(data, end, at))
        if (!is_folded(data + at))
            field = at;
    gsize bottom = next_line(data, end, end - BOTTOM_LIMIT);
    while (bottom < end && is_folded(data + bottom))
        bottom = next_line(data, end, bottom);
    bounds->kept = MIN(MIN(field + FIELD_LIMIT, next_line(data, end, field)), bottom);
    bounds->goes_on = bottom;
    bounds->in_line = bounds->kept > start && data[bounds->kept - 1] != '\n';
    bounds->reduced = TRUE;
}

static gsize end_of_headers(const guint8 *data, gsize size, gsize start)
{
    gsize at = start;
    while (at < size) {
        gsize next = next_line(data, size, at);
        if (is_blank(data, at, next))
            break;
        at = next;
    }
    return at;
}

/* A line of a part's headers: folded, or with a colon behind its name. */
static gboolean is_header(const guint8 *data, gsize at, gsize next)
{
    if (is_folded(data + at))
        return TRUE;
    while (at < next && data[at] > ' ' && data[at] < 0x7f && data[at] != ':')
        at++;
    return at < next && data[at] == ':';
}

/* The next line that begins with -, which Base64 has none of. */
static gsize next_dash(const guint8 *data, gsize size, gsize at)
{
    const guint8 *dash;
    while ((dash = memchr(data + at, '-', size - at)) != NULL) {
        gsize found = (gsize)(dash - data);
        if (found == 0 || data[found - 1] == '\n')
            return found;
        at = found + 1;
    }
    return size;
}

/* Where the parts are too many. */
static gsize end_of_parts(const guint8 *data, gsize size, gsize start)
{
    guint dashes = 0;
    gsize all = 0, one = 0;
    gboolean headers = FALSE;
    for (gsize at = next_dash(data, size, start); at < size;) {
        gsize next = next_line(data, size, at);
        if (next - at > 2 && data[at] == '-' && data[at + 1] == '-') {
            headers = TRUE;
            one = 0;
            if (++dashes > DASHES_LIMIT)
                return at;
        } else if (headers && is_header(data, at, next)) {
            one += next - at;
            all += next - at;
            if (one > PART_LIMIT || all > PARTS_LIMIT)
                return at;
        } else {
            headers = FALSE;
        }
        at = headers ? next : next_dash(data, size, next);
    }
    return size;
}

Bounds bounds_of(const guint8 *data, gsize size, gsize start)
{
    gsize end = end_of_headers(data, size, start);
    Bounds bounds = {end, end, end_of_parts(data, size, end), FALSE, FALSE};
    bounds.reduced = bounds.end < size;
    if (end - start > TOP_LIMIT + BOTTOM_LIMIT)
        reduce_headers(&bounds, data, start, end);
    return bounds;
}

GMimeStream *bounds_stream(GMimeStream *whole, gsize start, const Bounds *bounds)
{
    gsize top = bounds->kept - start;
    char *goes_on = GMIME_STREAM_MMAP(whole)->map + bounds->goes_on;
    if (bounds->kept != bounds->goes_on)
        memmove(goes_on - top, GMIME_STREAM_MMAP(whole)->map + start, top);
    if (bounds->in_line)
        goes_on[-1] = '\n';
    return g_mime_stream_substream(whole, (gint64)(bounds->goes_on - top), (gint64)bounds->end);
}
