/* What a file is, by its bytes alone: its beginning and its container's own word first, then
 * libmagic. */
#include "detect.h"

#include "mail.h"
#include "ole.h"
#include "ooxml.h"

#include <errno.h>
#include <magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define UNKNOWN        "application/octet-stream"
#define TEXT_BEGINNING ((gsize)4096)

static magic_t magic; /* loaded by detect_prepare */

static const gchar *by_beginning(const guint8 *data, gsize size);
static gboolean starts_with(const guint8 *data, gsize size, gsize at, const char *mark);
static gboolean is_heic(const guint8 *data, gsize size);
static const gchar *by_magic(const guint8 *data, gsize size);
static const gchar *word_as_text(const guint8 *data, gsize size, const gchar *kind);

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
    const gchar *plain = by_beginning(data, size);
    if (plain != NULL)
        return plain;
    if (starts_with(data, size, 0, "PK\x03\x04") || starts_with(data, size, 0, "PK\x05\x06")) {
        const gchar *office = ooxml_kind(data, size);
        const gchar *kind = office != NULL ? office : by_magic(data, size);
        return strcmp(kind, UNKNOWN) == 0 ? "application/zip" : kind;
    }
    /* Office puts the whole encrypted zip into one stream ([MS-OFFCRYPTO] 2.3.4.4). */
    if (ole_stream(data, size, "EncryptedPackage", 0) != NULL)
        return "application/x-ole-encrypted-ooxml";
    /* Of documents by WPS, or with a password, libmagic says only that they are OLE files. */
    if (ole_stream(data, size, "WordDocument", 0) != NULL)
        return "application/msword";
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
    const gchar *word = word_as_text(data, size, kind);
    return word != NULL ? word : kind;
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

/* What comes most, and where libmagic would say the same a tenth of a millisecond later. */
static const gchar *by_beginning(const guint8 *data, gsize size)
{
    static const struct {
        const char *mark, *kind;
    } beginnings[] = {
        {"%PDF-", "application/pdf"},
        {"\xff\xd8\xff\xe0", "image/jpeg"},
        {"\xff\xd8\xff\xe1", "image/jpeg"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(beginnings); i++)
        if (starts_with(data, size, 0, beginnings[i].mark))
            return beginnings[i].kind;
    return NULL;
}

static gboolean starts_with(const guint8 *data, gsize size, gsize at, const char *mark)
{
    gsize length = strlen(mark);
    return size >= at + length && memcmp(data + at, mark, length) == 0;
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

/* Word, WPS and programs that make files for them also write documents as texts, and name them
 * .doc: what libmagic calls each, and what stands near its beginning. */
static const gchar *word_as_text(const guint8 *data, gsize size, const gchar *kind)
{
    static const struct {
        const char *text, *start, *words, *kind;
    } forms[] = {
        {"text/html", "", "urn:schemas-microsoft-com:office:word", "application/x-word-html"},
        {"text/xml", "", "<w:wordDocument", "application/x-word-2003-xml"},
        {"text/plain", "MIME-Version:", "multipart/related", "application/x-mimearchive"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
        if (strcmp(kind, forms[i].text) == 0 && starts_with(data, size, 0, forms[i].start) &&
            memmem(data, MIN(size, TEXT_BEGINNING), forms[i].words, strlen(forms[i].words)) != NULL)
            return forms[i].kind;
    return NULL;
}
