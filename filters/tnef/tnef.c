/* tnef: the files in winmail.dat, into which Outlook packs all attachments of a mail ([MS-OXTNEF]).
 *
 * Not by libytnef. At its version 2.0 it gives all of a file up at a name of more than 100 bytes, a
 * text of 100 KB, a forwarded mail of 512 KB, an attachment of 50 MiB or of 0 bytes, a wrong
 * checksum, and an amount of money; and it prints what it thinks of that to standard output. */
#include "detect/detect.h"
#include "filter.h"
#include "mapi.h"

#include <string.h>
#include <unistd.h>

#define COUNT_LIMIT   1000
#define BYTES_LIMIT   (256 * 1024 * 1024)
#define NAME_LIMIT    2048        /* bytes as they are in the file; Windows takes 520 */
#define SMALL_PICTURE (64 * 1024) /* logos and signatures; as in mime, but not encoded */

#define INTERFACE 16 /* bytes, before each object */

/* Attributes, and the levels that they are of. */
enum {
    LEVEL_MESSAGE = 1,
    LEVEL_ATTACHMENT = 2,
    OEM_CODEPAGE = 0x00069007,
    ATTACH_RENDERING = 0x00069002, /* the first one of an attachment */
    ATTACH_TITLE = 0x00018010,
    ATTACH_DATA = 0x0006800f,
    ATTACH_PROPERTIES = 0x00069005,
};

/* Properties of attachments. */
enum {
    DISPLAY_NAME = 0x3001, /* of a mail its subject */
    DATA = 0x3701,
    LONG_FILENAME = 0x3707,
    HIDDEN = 0x7ffe,
};

typedef enum { NO_NAME, FROM_DISPLAY_NAME, FROM_TITLE, FROM_LONG_FILENAME } NameSource;

typedef struct {
    gboolean begun, has_content, damaged, hidden;
    Span content;
    NameSource source;
    gboolean wide; /* the name is UTF-16, else of the code page */
    Span name;
} Attachment;

typedef struct {
    Filter *filter;
    guint codepage;
    guint left, given_up;
    guint64 bytes;
    Attachment attachment; /* whose attributes are being read */
} Reader;

typedef struct {
    guint level, id;
    Span content;
    gboolean intact;
} Attribute;

static gboolean next_attribute(Span *rest, Attribute *attribute);
static FilterStatus read_attributes(Reader *reader, Span rest);
static FilterStatus finish_attachment(Reader *reader);
static void read_attachment(Attachment *attachment, const Attribute *attribute);
static void read_properties(Attachment *attachment, Span list);
static void take_name(Attachment *attachment, NameSource source, Span name, gboolean wide);
static gchar *name_of(const Reader *reader);
static gboolean leave(Reader *reader, const gchar *name);
static void give_up(Reader *reader, const gchar *note, const gchar *name);

static FilterStatus read_tnef(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    Reader reader = {.filter = filter};
    Span rest = span_of(data, size);
    if (span_number(&rest, 4) != 0x223e9f78) {
        filter_note(filter, "tnef.corrupt_file", NULL);
        return FILTER_UNREADABLE;
    }
    span_take(&rest, 2); /* a key, which means nothing */
    FilterStatus status = read_attributes(&reader, rest);
    if (status != FILTER_READ)
        return status;
    return reader.left == 0 && reader.given_up > 0 ? FILTER_UNREADABLE : FILTER_READ;
}

static FilterStatus read_attributes(Reader *reader, Span rest)
{
    FilterStatus status = FILTER_READ;
    gboolean whole = TRUE;
    while (status == FILTER_READ && whole && span_left(&rest) > 0) {
        Attribute attribute;
        whole = next_attribute(&rest, &attribute);
        if (!whole)
            reader->attachment.damaged = TRUE;
        else if (attribute.level == LEVEL_MESSAGE && attribute.id == OEM_CODEPAGE)
            reader->codepage = (guint)span_number(&attribute.content, 4);
        else if (attribute.level == LEVEL_ATTACHMENT) {
            if (attribute.id == ATTACH_RENDERING)
                status = finish_attachment(reader);
            read_attachment(&reader->attachment, &attribute);
        }
    }
    if (status == FILTER_READ)
        status = finish_attachment(reader);
    /* What else was behind that is not known. */
    if (status == FILTER_READ && !whole)
        give_up(reader, "tnef.corrupt_file", NULL);
    return status;
}

/* FALSE: the rest is none. */
static gboolean next_attribute(Span *rest, Attribute *attribute)
{
    attribute->level = (guint)span_number(rest, 1);
    attribute->id = (guint)span_number(rest, 4);
    guint64 length = span_number(rest, 4);
    gboolean known = attribute->level == LEVEL_MESSAGE || attribute->level == LEVEL_ATTACHMENT;
    if (!known || span_left(rest) < 2 || length > span_left(rest) - 2)
        return FALSE;
    attribute->content = span_take(rest, length);
    guint16 sum = 0;
    for (const guint8 *at = attribute->content.at; at < attribute->content.end; at++)
        sum = (guint16)(sum + *at);
    attribute->intact = span_number(rest, 2) == sum;
    return TRUE;
}

static void read_attachment(Attachment *attachment, const Attribute *attribute)
{
    attachment->begun = TRUE;
    if (!attribute->intact)
        attachment->damaged = TRUE;
    else if (attribute->id == ATTACH_TITLE)
        take_name(attachment, FROM_TITLE, attribute->content, FALSE);
    else if (attribute->id == ATTACH_PROPERTIES)
        read_properties(attachment, attribute->content);
    else if (attribute->id == ATTACH_DATA) {
        attachment->has_content = TRUE;
        attachment->content = attribute->content;
    }
}

static void read_properties(Attachment *attachment, Span list)
{
    Properties properties = properties_open(list);
    Property property;
    while (properties_next(&properties, &property)) {
        gboolean wide = property.type == PROPERTY_UNICODE;
        if (property.id == DATA && property.value.at == NULL) {
            attachment->damaged = TRUE;
        } else if (property.id == DATA && !attachment->has_content) {
            if (property.type == PROPERTY_OBJECT)
                span_take(&property.value, INTERFACE);
            attachment->has_content = TRUE;
            attachment->content = property.value;
        } else if (property.id == HIDDEN && property.type == PROPERTY_BOOLEAN) {
            attachment->hidden = span_number(&property.value, 2) != 0;
        } else if (wide || property.type == PROPERTY_STRING8) {
            if (property.id == LONG_FILENAME)
                take_name(attachment, FROM_LONG_FILENAME, property.value, wide);
            else if (property.id == DISPLAY_NAME)
                take_name(attachment, FROM_DISPLAY_NAME, property.value, wide);
        }
    }
    if (properties.left > 0)
        attachment->damaged = TRUE;
}

static void take_name(Attachment *attachment, NameSource source, Span name, gboolean wide)
{
    Span text = name;
    if (source <= attachment->source || span_number(&text, wide ? 2 : 1) == 0)
        return;
    attachment->source = source;
    attachment->name = span_take(&name, NAME_LIMIT);
    attachment->wide = wide;
}

/* Leaves what the attributes read so far were about, and begins anew. */
static FilterStatus finish_attachment(Reader *reader)
{
    Attachment *attachment = &reader->attachment;
    if (!attachment->begun)
        return FILTER_READ;
    reader->bytes += span_left(&attachment->content);
    if (reader->left + reader->given_up == COUNT_LIMIT || reader->bytes > BYTES_LIMIT) {
        filter_note(reader->filter, "tnef.too_large", NULL);
        return FILTER_UNREADABLE;
    }
    g_autofree gchar *name = name_of(reader);
    if (!attachment->has_content)
        /* Without damage it is a link to a file that the sender has. */
        give_up(reader, attachment->damaged ? "tnef.corrupt_file" : "tnef.unsupported", name);
    else if (!leave(reader, name))
        return FILTER_FAULT;
    *attachment = (Attachment){0};
    return FILTER_READ;
}

static gchar *convert(Span text, const gchar *from)
{
    return g_convert_with_fallback((const gchar *)text.at, (gssize)span_left(&text), "UTF-8", from,
                                   "\xef\xbf\xbd", NULL, NULL, NULL);
}

/* Of the code page that the sender's system has beside Unicode. */
static gchar *decode(Span text, guint codepage)
{
    const guint8 *end = memchr(text.at, '\0', span_left(&text));
    if (end != NULL)
        text.end = end;
    if (g_utf8_validate_len((const gchar *)text.at, span_left(&text), NULL))
        return g_strndup((const gchar *)text.at, span_left(&text));
    g_autofree gchar *charset = g_strdup_printf("CP%u", codepage);
    gchar *decoded = codepage != 0 && codepage != 936 ? convert(text, charset) : NULL;
    return decoded != NULL ? decoded : convert(text, "GB18030");
}

static gchar *decode_wide(Span text)
{
    for (const guint8 *at = text.at; at + 1 < text.end; at += 2)
        if (at[0] == 0 && at[1] == 0)
            text.end = at;
    return convert(text, "UTF-16LE");
}

static gchar *name_of(const Reader *reader)
{
    const Attachment *attachment = &reader->attachment;
    if (attachment->source == NO_NAME)
        return g_strdup("");
    gchar *name = attachment->wide ? decode_wide(attachment->name)
                                   : decode(attachment->name, reader->codepage);
    return name != NULL ? name : g_strdup("");
}

/* A forwarded mail is TNEF again, and left as a file to be read like this one. */
static gboolean leave(Reader *reader, const gchar *name)
{
    const Attachment *attachment = &reader->attachment;
    gsize size = span_left(&attachment->content);
    int fd = filter_file_create(reader->filter);
    if (fd < 0)
        return FALSE;
    gboolean written = filter_file_write(reader->filter, fd, attachment->content.at, size);
    if (close(fd) != 0 || !written)
        return FALSE;
    const gchar *kind = detect_kind(attachment->content.at, size);
    gboolean picture =
        attachment->hidden && size < SMALL_PICTURE && g_str_has_prefix(kind, "image/");
    filter_file_announce(reader->filter, name, kind, picture);
    reader->left++;
    return TRUE;
}

static void give_up(Reader *reader, const gchar *note, const gchar *name)
{
    filter_note(reader->filter, note, name);
    reader->given_up++;
}

static gboolean prepare(G_GNUC_UNUSED Filter *filter)
{
    return detect_prepare();
}

int main(int argc, char **argv)
{
    return filter_main(
        argc, argv, &(FilterProgram){.version = "tnef 1", .prepare = prepare, .read = read_tnef});
}
