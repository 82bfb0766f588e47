/* What a file is, by its bytes alone: its beginning and its container's own word first, then
 * libmagic. */
#include "detect.h"

#include "mail.h"
#include "ooxml.h"

#include <errno.h>
#include <magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define UNKNOWN "application/octet-stream"

static magic_t magic; /* loaded by detect_prepare */

static gboolean starts_with(const guint8 *data, gsize size, gsize at, const char *mark);
static gboolean is_encrypted_ooxml(const guint8 *data, gsize size);
static gboolean is_heic(const guint8 *data, gsize size);
static const gchar *by_magic(const guint8 *data, gsize size);

gboolean detect_prepare(void)
{
    magic = magic_open(MAGIC_MIME_TYPE);
    if (magic != NULL && magic_load(magic, NULL) == 0)
        return TRUE;
    fprintf(stderr, "cannot load libmagic's database: %s\n",
            magic != NULL ? magic_error(magic) : "out of memory");
    return FALSE;
}

const gchar *detect_kind(const guint8 *data, gsize size)
{
    if (size == 0)
        return "inode/x-empty";
    if (starts_with(data, size, 0, "PK\x03\x04") || starts_with(data, size, 0, "PK\x05\x06")) {
        const gchar *office = ooxml_kind(data, size);
        const gchar *kind = office != NULL ? office : by_magic(data, size);
        return strcmp(kind, UNKNOWN) == 0 ? "application/zip" : kind;
    }
    if (is_encrypted_ooxml(data, size))
        return "application/x-ole-encrypted-ooxml";
    if (is_mail(data, size))
        return "message/rfc822";
    if (is_heic(data, size))
        return "image/heic";
    const gchar *kind = ooxml_flat_kind(data, size);
    if (kind == NULL)
        kind = by_magic(data, size);
    /* Readers of PDF take a file whose mark is anywhere in its first KiB; some scanners' gateways
     * put a line before it. */
    if (strcmp(kind, UNKNOWN) == 0 && memmem(data, MIN(size, 1024), "%PDF-", 5) != NULL)
        return "application/pdf";
    return kind;
}

const gchar *detect_file(int fd)
{
    struct stat about;
    void *data = MAP_FAILED;
    if (fstat(fd, &about) == 0) {
        if (about.st_size == 0)
            return detect_kind(NULL, 0);
        data = mmap(NULL, (gsize)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
    }
    if (data == MAP_FAILED) {
        fprintf(stderr, "cannot map a file that was written: %s\n", g_strerror(errno));
        return NULL;
    }
    const gchar *kind = detect_kind(data, (gsize)about.st_size);
    munmap(data, (gsize)about.st_size);
    return kind;
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

/* On some damaged files libmagic gives up with an error: nothing is known of them, no fault. */
static const gchar *by_magic(const guint8 *data, gsize size)
{
    const gchar *answer = magic_buffer(magic, data, size);
    if (answer == NULL)
        return UNKNOWN;
    for (gsize i = 0; i < G_N_ELEMENTS(other_names); i++) {
        const char *name = other_names[i].magic;
        gsize length = strlen(name);
        if (name[length - 1] == '*' ? strncmp(answer, name, length - 1) == 0
                                    : strcmp(answer, name) == 0)
            return other_names[i].kind;
    }
    return answer;
}
