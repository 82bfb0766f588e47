/* kind: what a file is, by its bytes alone; the first filter that every file meets, since its
 * answer says which others may read it. */
#include "filter.h"
#include "mail.h"
#include "ooxml.h"

#include <magic.h>
#include <stdio.h>
#include <string.h>

static gboolean media_type(const guint8 *data, gsize size, gchar **type);
static gchar *kind_of(const guint8 *data, gsize size, const gchar *magic);

static FilterStatus read_kind(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    g_autofree gchar *kind = NULL;
    if (size == 0) {
        kind = g_strdup("inode/x-empty");
    } else {
        g_autofree gchar *magic = NULL;
        if (!media_type(data, size, &magic))
            return FILTER_FAULT;
        kind = kind_of(data, size, magic);
    }
    filter_fact_text(filter, "file.kind", 0, kind);
    return FILTER_READ;
}

static gboolean media_type(const guint8 *data, gsize size, gchar **type)
{
    magic_t magic = magic_open(MAGIC_MIME_TYPE);
    if (magic == NULL || magic_load(magic, NULL) != 0) {
        fprintf(stderr, "cannot load libmagic's database: %s\n",
                magic != NULL ? magic_error(magic) : "out of memory");
        if (magic != NULL)
            magic_close(magic);
        return FALSE;
    }
    /* On some damaged files libmagic gives up with an error: nothing is known of them, no fault. */
    const char *answer = magic_buffer(magic, data, size);
    *type = g_strdup(answer != NULL ? answer : "application/octet-stream");
    magic_close(magic);
    return TRUE;
}

static gboolean starts_with(const guint8 *data, gsize size, gsize at, const char *mark)
{
    gsize length = strlen(mark);
    return size >= at + length && memcmp(data + at, mark, length) == 0;
}

/* A directory entry of an OLE file is 128 bytes: the name in UTF-16LE, its length at 64, 2 for a
 * stream at 66. Office puts the whole encrypted zip into one stream of this name
 * ([MS-OFFCRYPTO] 2.3.4.4). */
static gboolean is_encrypted_ooxml(const guint8 *data, gsize size)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0\0";
    if (!starts_with(data, size, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
        return FALSE;
    for (gsize at = 512; at + 128 <= size; at += 128)
        if (memcmp(data + at, name, sizeof name) == 0 && data[at + 64] == 34 && data[at + 66] == 2)
            return TRUE;
    return FALSE;
}

/* A picture by HEVC: its own brand in the ftyp box, or the general one with HEVC among the
 * compatible. Phones write both. */
static gboolean is_heic(const guint8 *data, gsize size)
{
    static const char *const hevc[] = {"heic", "heix", "heim", "heis"};
    if (!starts_with(data, size, 4, "ftyp"))
        return FALSE;
    gsize box = (gsize)data[0] << 24 | (gsize)data[1] << 16 | (gsize)data[2] << 8 | data[3];
    for (gsize at = 8; at + 4 <= MIN(MIN(box, size), 256); at += 4)
        for (gsize i = 0; i < G_N_ELEMENTS(hevc); i++)
            if (at != 12 && starts_with(data, size, at, hevc[i]))
                return TRUE;
    return starts_with(data, size, 8, "mif1");
}

/* libmagic's names for what the registry or the rest of the world calls otherwise; a star ends a
 * prefix. */
static const struct {
    const char *magic, *kind;
} other_names[] = {
    {"application/x-rar", "application/vnd.rar"},
    {"application/x-rar-compressed", "application/vnd.rar"},
    {"application/x-gzip", "application/gzip"},
    {"application/x-zip-compressed", "application/zip"},
    {"application/x-zip", "application/zip"},
    {"application/x-empty", "inode/x-empty"},
    {"application/CDFV2*", "application/x-ole-storage"},
    {"application/encrypted", "application/x-ole-storage"},
    {"image/x-ms-bmp", "image/bmp"},
    {"image/x-bmp", "image/bmp"},
    {"text/rtf", "application/rtf"},
};

static const gchar *usual_name(const gchar *magic)
{
    for (gsize i = 0; i < G_N_ELEMENTS(other_names); i++) {
        const char *name = other_names[i].magic;
        gsize length = strlen(name);
        if (name[length - 1] == '*' ? strncmp(magic, name, length - 1) == 0
                                    : strcmp(magic, name) == 0)
            return other_names[i].kind;
    }
    return magic;
}

static gchar *kind_of(const guint8 *data, gsize size, const gchar *magic)
{
    const gchar *kind = usual_name(magic);
    gboolean unknown = strcmp(kind, "application/octet-stream") == 0;
    if (starts_with(data, size, 0, "PK\x03\x04") || starts_with(data, size, 0, "PK\x05\x06")) {
        const gchar *office = ooxml_kind(data, size);
        return g_strdup(office != NULL ? office : unknown ? "application/zip" : kind);
    }
    if (is_encrypted_ooxml(data, size))
        return g_strdup("application/x-ole-encrypted-ooxml");
    if (is_mail(data, size))
        return g_strdup("message/rfc822");
    if (is_heic(data, size))
        return g_strdup("image/heic");
    /* Readers of PDF take a file whose mark is anywhere in its first KiB; some scanners' gateways
     * put a line before it. */
    if (unknown && memmem(data, MIN(size, 1024), "%PDF-", 5) != NULL)
        return g_strdup("application/pdf");
    return g_strdup(kind);
}

int main(int argc, char **argv)
{
    return filter_main(argc, argv, &(FilterProgram){.version = "kind 1", .read = read_kind});
}
