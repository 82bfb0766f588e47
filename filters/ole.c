/* A look at the directory of an OLE file. */
#include "ole.h"

#include <string.h>

enum {
    HEADER = 512,
    SECTOR_SHIFT = 30, /* in the header; 9 or 12 */
    TABLE = 76,        /* in the header: the first sectors of the table of sectors */
    TABLE_LENGTH = 109,
    ENTRY = 128,
    NAME_SIZE = 64, /* in an entry; before it the name, UTF-16LE with a 0 */
    KIND = 66,
    FIRST_SECTOR = 116,
    STREAM = 2, /* a kind */
};

static gboolean is_entry(const guint8 *entry, const char *name)
{
    gsize length = strlen(name);
    if (entry[KIND] != STREAM || entry[NAME_SIZE] != 2 * (length + 1))
        return FALSE;
    for (gsize i = 0; i <= length; i++)
        if (entry[2 * i] != (guint8)name[i] || entry[2 * i + 1] != 0)
            return FALSE;
    return TRUE;
}

static guint32 number(const guint8 *bytes)
{
    return (guint32)bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 |
           (guint32)bytes[3] << 24;
}

static gboolean is_ole(const guint8 *data, gsize size)
{
    return size >= HEADER && memcmp(data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0 &&
           (data[SECTOR_SHIFT] == 9 || data[SECTOR_SHIFT] == 12);
}

/* The header takes the place of the sector before the first. */
static gsize start_of(const guint8 *data, gsize sector)
{
    return (sector + 1) << data[SECTOR_SHIFT];
}

/* The directory's sectors are wherever the file has them, so each place for an entry is looked
 * at. */
const guint8 *ole_stream(const guint8 *data, gsize size, const char *name, gsize length)
{
    if (!is_ole(data, size))
        return NULL;
    for (gsize at = HEADER; at + ENTRY <= size; at += ENTRY) {
        if (!is_entry(data + at, name))
            continue;
        if (length == 0)
            return data + at;
        gsize start = start_of(data, number(data + at + FIRST_SECTOR));
        return start < size && length <= size - start ? data + start : NULL;
    }
    return NULL;
}

/* An entry of the table is 4 bytes; one that is free has all bits set, and so has a place of the
 * table that is not used. */
gboolean ole_is_cut_off(const guint8 *data, gsize size)
{
    if (!is_ole(data, size))
        return FALSE;
    gsize length = (gsize)1 << data[SECTOR_SHIFT], entries = length / 4;
    for (gsize t = 0; t < TABLE_LENGTH; t++) {
        guint32 sector = number(data + TABLE + 4 * t);
        if (sector == G_MAXUINT32)
            continue;
        gsize table = start_of(data, sector);
        if (table > size || length > size - table)
            return TRUE;
        for (gsize i = 0; i < entries; i++)
            if (number(data + table + 4 * i) != G_MAXUINT32 &&
                start_of(data, t * entries + i) >= size)
                return TRUE;
    }
    return FALSE;
}
