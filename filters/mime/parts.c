/* The tree of a message: what is its text, and what are its files, with the names that their
 * senders gave them (RFC 2183, 2231, and RFC 2047 where it does not belong). */
#include "parts.h"

#include "detect/detect.h"
#include "headers.h"
#include "rfc2047.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#define PARTS_LIMIT 200
#define DEPTH_LIMIT 20
#define BODY_LIMIT  (8 * 1024 * 1024)
#define PEEK_LIMIT  (64 * 1024)

#define SMALL_PICTURE (96 * 1024) /* encoded */

typedef struct {
    Parts *parts;
    Segment *alternative; /* the segment that multipart/alternative fills; NULL outside */
    gboolean related;
    guint depth;
} Place;

static void walk(GMimeObject *object, Place place);
static void walk_multipart(GMimeMultipart *multipart, Place place);
static gboolean is_body(GMimePart *part);
static void add_text(GMimePart *part, Place place);
static gchar *file_name(GMimePart *part);
static gchar *message_name(GMimePart *part);
static gboolean is_message(GMimePart *part);
static gboolean is_picture_of_text(const Parts *parts, const Leaf *leaf);
static const gchar *leave_content(Filter *filter, GMimePart *part);
static GMimeMessage *peek_message(GMimePart *part);

void parts_init(void)
{
    static const char *const messages[] = {"rfc822", "rfc2822", "global", "news"};
    /* gmime loses the entries that are replaced here. */
#ifdef __SANITIZE_ADDRESS__
    __lsan_disable();
#endif
    g_mime_init();
#ifdef __SANITIZE_ADDRESS__
    __lsan_enable();
#endif
    for (gsize i = 0; i < G_N_ELEMENTS(messages); i++)
        g_mime_object_register_type("message", messages[i], GMIME_TYPE_PART);
}

static void segment_free(Segment *segment)
{
    g_free(segment->plain);
    g_free(segment->html);
    g_free(segment);
}

void parts_read(Parts *parts, GMimeMessage *message)
{
    *parts = (Parts){.segments = g_ptr_array_new_with_free_func((GDestroyNotify)segment_free),
                     .files = g_ptr_array_new_with_free_func(g_free)};
    GMimeObject *top = g_mime_message_get_mime_part(message);
    if (top != NULL)
        walk(top, (Place){.parts = parts});
}

void parts_clear(Parts *parts)
{
    g_clear_pointer(&parts->segments, g_ptr_array_unref);
    g_clear_pointer(&parts->files, g_ptr_array_unref);
}

static void walk(GMimeObject *object, Place place)
{
    Parts *parts = place.parts;
    if (GMIME_IS_MULTIPART(object)) {
        if (place.depth >= DEPTH_LIMIT)
            parts->too_deep = TRUE;
        else
            walk_multipart(GMIME_MULTIPART(object), place);
        return;
    }
    if (!GMIME_IS_PART(object))
        return;
    if (++parts->parts > PARTS_LIMIT) {
        parts->too_many = TRUE;
        return;
    }
    GMimePart *part = GMIME_PART(object);
    if (is_body(part)) {
        add_text(part, place);
        return;
    }
    Leaf *leaf = g_new(Leaf, 1);
    *leaf = (Leaf){part, place.related};
    g_ptr_array_add(parts->files, leaf);
}

static Segment *new_segment(Parts *parts)
{
    Segment *segment = g_new0(Segment, 1);
    g_ptr_array_add(parts->segments, segment);
    return segment;
}

static void walk_multipart(GMimeMultipart *multipart, Place place)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(multipart));
    if (place.alternative == NULL && g_mime_content_type_is_type(type, "multipart", "alternative"))
        place.alternative = new_segment(place.parts);
    place.related = place.related || g_mime_content_type_is_type(type, "multipart", "related");
    place.depth++;
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && !place.parts->too_many; i++)
        walk(g_mime_multipart_get_part(multipart, i), place);

    /* Without its boundary there is only what would stand before the first. */
    const char *before = count == 0 ? g_mime_multipart_get_prologue(multipart) : NULL;
    if (before != NULL && before[strspn(before, " \t\r\n")] != '\0') {
        place.parts->damaged = TRUE;
        new_segment(place.parts)->plain = text_decode((const guint8 *)before, strlen(before), NULL);
    }
}

static GMimeContentType *content_type(GMimePart *part)
{
    return g_mime_object_get_content_type(GMIME_OBJECT(part));
}

static gchar *raw_header(GMimePart *part, const char *name)
{
    GMimeHeader *header =
        g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(part)), name);
    const gchar *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
    return raw != NULL ? header_text(raw) : NULL;
}

static gboolean is_attachment(GMimePart *part)
{
    GMimeContentDisposition *disposition =
        g_mime_object_get_content_disposition(GMIME_OBJECT(part));
    return disposition != NULL && g_mime_content_disposition_is_attachment(disposition);
}

static gboolean is_body(GMimePart *part)
{
    GMimeContentType *type = content_type(part);
    if ((!g_mime_content_type_is_type(type, "text", "plain") &&
         !g_mime_content_type_is_type(type, "text", "html")) ||
        is_attachment(part))
        return FALSE;
    g_autofree gchar *name = file_name(part);
    return *name == '\0';
}

/* Its decoded content; NULL when it has none. */
static GMimeStream *open_content(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *raw = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
    if (raw == NULL)
        return NULL;
    g_mime_stream_reset(raw);
    GMimeStream *stream = g_mime_stream_filter_new(raw);
    GMimeFilter *decoder =
        g_mime_filter_basic_new(g_mime_data_wrapper_get_encoding(content), FALSE);
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(stream), decoder);
    g_object_unref(decoder);
    return stream;
}

/* Fills PIECE as far as there is something; less than SIZE at the end. */
static gsize read_piece(GMimeStream *stream, guint8 *piece, gsize size)
{
    gsize filled = 0;
    ssize_t got = 0;
    while (filled < size &&
           (got = g_mime_stream_read(stream, (char *)piece + filled, size - filled)) > 0)
        filled += (gsize)got;
    return filled;
}

/* … as far as LIMIT. */
static GByteArray *read_content(GMimePart *part, gsize limit)
{
    GByteArray *bytes = g_byte_array_new();
    GMimeStream *stream = open_content(part);
    guint8 piece[8192];
    gsize got = stream != NULL ? sizeof piece : 0;
    while (got == sizeof piece && bytes->len < limit) {
        got = read_piece(stream, piece, MIN(sizeof piece, limit - bytes->len));
        g_byte_array_append(bytes, piece, (guint)got);
    }
    g_clear_object(&stream);
    return bytes;
}

static void add_text(GMimePart *part, Place place)
{
    g_autoptr(GByteArray) bytes = read_content(part, BODY_LIMIT);
    const char *charset = g_mime_content_type_get_parameter(content_type(part), "charset");
    gchar *text = text_decode(bytes->data, bytes->len, charset);
    Segment *segment = place.alternative != NULL ? place.alternative : new_segment(place.parts);
    gboolean html = g_mime_content_type_is_type(content_type(part), "text", "html");
    gchar **shape = html ? &segment->html : &segment->plain;
    if (*shape != NULL)
        shape = html ? &new_segment(place.parts)->html : &new_segment(place.parts)->plain;
    *shape = text;
}

gboolean parts_leave(const Parts *parts, Filter *filter)
{
    for (guint i = 0; i < parts->files->len; i++) {
        const Leaf *leaf = parts->files->pdata[i];
        const gchar *kind = leave_content(filter, leaf->part);
        if (kind == NULL)
            return FALSE;
        g_autofree gchar *name = file_name(leaf->part);
        if (*name == '\0' && is_message(leaf->part)) {
            g_free(name);
            name = message_name(leaf->part);
        }
        filter_file_announce(filter, name, kind, is_picture_of_text(parts, leaf));
    }
    return TRUE;
}

static gboolean write_content(GMimePart *part, int fd)
{
    static guint8 piece[256 * 1024];
    GMimeStream *stream = open_content(part);
    gsize got = stream != NULL ? sizeof piece : 0;
    gboolean written = TRUE;
    while (got == sizeof piece && written) {
        got = read_piece(stream, piece, sizeof piece);
        for (gsize done = 0; done < got && written;) {
            ssize_t more = write(fd, piece + done, got - done);
            written = more > 0;
            done += written ? (gsize)more : 0;
        }
    }
    g_clear_object(&stream);
    return written;
}

/* Its content as a file; the kind of that, or NULL, said on stderr. */
static const gchar *leave_content(Filter *filter, GMimePart *part)
{
    int fd = filter_file_create(filter);
    if (fd < 0)
        return NULL;
    const gchar *kind = NULL;
    if (write_content(part, fd))
        kind = detect_file(fd);
    else
        fprintf(stderr, "cannot write file %u to %s: %s\n", filter->files, filter->outdir,
                strerror(errno));
    close(fd);
    return kind;
}

/* PARAMS' value of NAME, that of RFC 2231 when EXTENDED. */
static const gchar *find_value(GMimeParamList *params, const char *name, gboolean extended)
{
    for (int i = 0; i < g_mime_param_list_length(params); i++) {
        GMimeParam *param = g_mime_param_list_get_parameter_at(params, i);
        gboolean is =
            g_mime_param_get_encoding_method(param) == GMIME_PARAM_ENCODING_METHOD_RFC2231;
        const gchar *value = g_mime_param_get_value(param);
        if (is == extended && value != NULL && *value != '\0' &&
            g_ascii_strcasecmp(g_mime_param_get_name(param), name) == 0)
            return value;
    }
    return NULL;
}

static gchar *find_name(GMimeParamList *params, const char *key)
{
    const gchar *value = find_value(params, key, TRUE);
    if (value == NULL)
        value = find_value(params, key, FALSE);
    if (value == NULL)
        return NULL;
    /* Where the pieces of a long name (name*0=, RFC 2231) are encoded words, gmime leaves these. */
    g_autofree gchar *words = rfc2047_join(value);
    g_autofree gchar *name = g_mime_utils_header_decode_text(NULL, words);
    return text_line(name);
}

/* filename*, filename, name*, name; "" when there is none. gmime has parsed them already, but from
 * bytes of unknown charset. */
static gchar *file_name(GMimePart *part)
{
    GMimeParserOptions *options = text_parser_options();
    gchar *name = NULL;
    g_autofree gchar *disposition = raw_header(part, "Content-Disposition");
    if (disposition != NULL) {
        GMimeContentDisposition *parsed = g_mime_content_disposition_parse(options, disposition);
        name = find_name(g_mime_content_disposition_get_parameters(parsed), "filename");
        g_object_unref(parsed);
    }
    g_autofree gchar *type = name == NULL ? raw_header(part, "Content-Type") : NULL;
    if (type != NULL) {
        GMimeContentType *parsed = g_mime_content_type_parse(options, type);
        name = find_name(g_mime_content_type_get_parameters(parsed), "name");
        g_object_unref(parsed);
    }
    g_mime_parser_options_free(options);
    return name != NULL ? name : g_strdup("");
}

static gboolean is_message(GMimePart *part)
{
    GMimeContentType *type = content_type(part);
    return g_mime_content_type_is_type(type, "message", "rfc822") ||
           g_mime_content_type_is_type(type, "message", "rfc2822") ||
           g_mime_content_type_is_type(type, "message", "global") ||
           g_mime_content_type_is_type(type, "message", "news");
}

/* Outlook forwards mails without a name. */
static gchar *message_name(GMimePart *part)
{
    GMimeMessage *message = peek_message(part);
    g_autofree gchar *subject = message != NULL ? headers_subject(message) : NULL;
    g_clear_object(&message);
    return g_strdup_printf("%s.eml", subject != NULL && *subject != '\0' ? subject : "message");
}

/* The headers at its beginning; NULL when there are none. */
static GMimeMessage *peek_message(GMimePart *part)
{
    g_autoptr(GByteArray) bytes = read_content(part, PEEK_LIMIT);
    if (bytes->len == 0 || !headers_are_sane(bytes->data, bytes->len))
        return NULL;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer((const char *)bytes->data, bytes->len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* Logos and signatures are small; a photograph pasted into the text may be the stamped page. */
static gboolean is_small(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    return content == NULL ||
           g_mime_stream_length(g_mime_data_wrapper_get_stream(content)) < SMALL_PICTURE;
}

/* One that the HTML shows where it stands. */
static gboolean is_picture_of_text(const Parts *parts, const Leaf *leaf)
{
    const char *id = g_mime_object_get_content_id(GMIME_OBJECT(leaf->part));
    if (!leaf->related || id == NULL || *id == '\0' || is_attachment(leaf->part) ||
        !is_small(leaf->part))
        return FALSE;
    g_autofree gchar *reference = g_strdup_printf("cid:%s", id);
    g_autofree gchar *escaped = g_uri_escape_string(id, "@", FALSE);
    g_autofree gchar *reference_escaped = g_strdup_printf("cid:%s", escaped);
    for (guint i = 0; i < parts->segments->len; i++) {
        const gchar *html = ((const Segment *)parts->segments->pdata[i])->html;
        if (html != NULL &&
            (strstr(html, reference) != NULL || strstr(html, reference_escaped) != NULL))
            return TRUE;
    }
    return FALSE;
}

gchar *parts_returned(const Parts *parts)
{
    for (guint i = 0; i < parts->files->len; i++) {
        GMimePart *part = ((const Leaf *)parts->files->pdata[i])->part;
        if (!is_message(part) &&
            !g_mime_content_type_is_type(content_type(part), "text", "rfc822-headers"))
            continue;
        GMimeMessage *message = peek_message(part);
        gchar *id = message != NULL ? headers_message_id(message) : NULL;
        g_clear_object(&message);
        if (id != NULL)
            return id;
    }
    return NULL;
}
