/* The tree of a message: what is its text, and what are its files, with the names that their
 * senders gave them (RFC 2183, 2231, and RFC 2047 where it does not belong). */
#include "parts.h"

#include "detect/detect.h"
#include "headers.h"
#include "rfc2047.h"
#include "text.h"

#include <string.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#define PARTS_LIMIT 1000
#define DEPTH_LIMIT 20
#define BODY_LIMIT  (8 * 1024 * 1024)
#define PEEK_LIMIT  (64 * 1024)
#define PIECE_SIZE  (16 * 1024) /* is touched anew in each process */

#define SMALL_PICTURE (96 * 1024) /* encoded */
#define META_LIMIT    4096        /* bytes before the charset that HTML says itself */
#define SHOWN_LIMIT   10000       /* pictures that the HTML shows */

typedef struct {
    Parts *parts;
    Segment *alternative; /* the segment that multipart/alternative fills; NULL outside */
    guint depth;
} Place;

static void walk(GMimeObject *object, Place place);
static void walk_multipart(GMimeMultipart *multipart, Place place);
static gboolean is_body(GMimePart *part, const gchar *name);
static void add_text(GMimePart *part, Place place);
static gchar *file_name(GMimePart *part);
static gchar *message_name(GMimePart *part);
static gboolean is_message(GMimePart *part);
static GHashTable *shown_pictures(const Parts *parts);
static gboolean is_picture_of_text(GHashTable *shown, GMimePart *part, const gchar *kind);
static const gchar *leave_content(Filter *filter, GMimePart *part, gboolean *cut);
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

static void leaf_free(Leaf *leaf)
{
    g_free(leaf->name);
    g_free(leaf);
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
                     .files = g_ptr_array_new_with_free_func((GDestroyNotify)leaf_free)};
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
    g_autofree gchar *name = file_name(part);
    if (is_body(part, name)) {
        add_text(part, place);
        return;
    }
    Leaf *leaf = g_new(Leaf, 1);
    *leaf = (Leaf){part, g_steal_pointer(&name)};
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
    place.depth++;
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count && !place.parts->too_many; i++)
        walk(g_mime_multipart_get_part(multipart, i), place);

    /* Without its boundary there is only what would stand before the first. */
    const char *before = count == 0 ? g_mime_multipart_get_prologue(multipart) : NULL;
    if (before != NULL && before[strspn(before, " \t\r\n")] != '\0') {
        place.parts->damaged = TRUE;
        new_segment(place.parts)->plain =
            text_decode((const guint8 *)before, strnlen(before, BODY_LIMIT), NULL);
    }
}

static GMimeContentType *content_type(GMimePart *part)
{
    return g_mime_object_get_content_type(GMIME_OBJECT(part));
}

static gchar *parameters(GMimePart *part, const char *name, gchar **charset)
{
    GMimeHeader *header =
        g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(part)), name);
    const gchar *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
    *charset = NULL;
    return raw != NULL ? header_parameters(raw, charset) : NULL;
}

static gboolean is_attachment(GMimePart *part)
{
    GMimeContentDisposition *disposition =
        g_mime_object_get_content_disposition(GMIME_OBJECT(part));
    return disposition != NULL && g_mime_content_disposition_is_attachment(disposition);
}

static gboolean is_body(GMimePart *part, const gchar *name)
{
    GMimeContentType *type = content_type(part);
    return (g_mime_content_type_is_type(type, "text", "plain") ||
            g_mime_content_type_is_type(type, "text", "html")) &&
           !is_attachment(part) && *name == '\0';
}

/* What takes a piece of it; FALSE: no more. */
typedef gboolean (*Take)(const char *piece, gsize size, gpointer data);

/* How many characters of ENCODED belong to Base64. */
static gsize count_base64(const char *encoded, gsize size)
{
    gsize count = 0;
    for (gsize i = 0; i < size; i++)
        count += g_ascii_isalnum(encoded[i]) || encoded[i] == '+' || encoded[i] == '/' ||
                 encoded[i] == '=';
    return count;
}

/* Gives TAKE the decoded content, piece by piece; *cut: its end is missing. Base64 whose padding
 * was left out is padded, since gmime drops what is not a whole group. */
static gboolean decode_content(GMimePart *part, Take take, gpointer data, gboolean *cut)
{
    *cut = FALSE;
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *raw = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
    if (raw == NULL)
        return TRUE;
    GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(content);
    gsize length = (gsize)MAX(g_mime_stream_length(raw), 0);
    /* Between pieces of uuencoded lines that end with \r\n, gmime loses its place, and all the
     * rest. */
    gsize most = encoding == GMIME_CONTENT_ENCODING_UUENCODE ? length : MIN(length, PIECE_SIZE);
    most = MAX(most, 4);
    g_autofree char *encoded = g_malloc(most);
    GMimeFilter *decoder = g_mime_filter_basic_new(encoding, FALSE);
    g_mime_stream_reset(raw);
    gboolean more = TRUE, ended = FALSE, base64 = encoding == GMIME_CONTENT_ENCODING_BASE64;
    gsize letters = 0;
    while (more && !ended) {
        char *piece = NULL;
        gsize size = 0, before = 0;
        ssize_t got = g_mime_stream_read(raw, encoded, most);
        if (got <= 0 && base64 && letters % 4 != 0) {
            *cut = letters % 4 == 1;
            got = (ssize_t)(4 - letters % 4);
            memcpy(encoded, "===", (gsize)got);
            base64 = FALSE;
        }
        ended = got <= 0;
        if (base64 && !ended)
            letters += count_base64(encoded, (gsize)got);
        (ended ? g_mime_filter_complete : g_mime_filter_filter)(
            decoder, encoded, ended ? 0 : (gsize)got, 0, &piece, &size, &before);
        more = size == 0 || take(piece, size, data);
    }
    g_object_unref(decoder);
    return more;
}

typedef struct {
    GByteArray *bytes;
    gsize limit;
} Beginning;

static gboolean take_beginning(const char *piece, gsize size, gpointer data)
{
    const Beginning *beginning = data;
    gsize room = beginning->limit - beginning->bytes->len;
    g_byte_array_append(beginning->bytes, (const guint8 *)piece, (guint)MIN(size, room));
    return size < room;
}

/* … as far as LIMIT. */
static GByteArray *read_content(GMimePart *part, gsize limit)
{
    Beginning beginning = {g_byte_array_new(), limit};
    gboolean cut;
    decode_content(part, take_beginning, &beginning, &cut);
    return beginning.bytes;
}

/* What HTML says of its charset, where its part says nothing; NULL. */
static gchar *meta_charset(const GByteArray *html)
{
    g_autofree gchar *start = g_strndup((const gchar *)html->data, MIN(html->len, META_LIMIT));
    for (gchar *c = start; *c != '\0'; c++)
        *c = (guchar)*c < 0x80 ? *c : '?';
    const GRegex *pattern = text_pattern(
        "<meta\\b[^>]{0,200}?\\bcharset\\s*=\\s*[\"']?([A-Za-z0-9_.:-]{1,40})", G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    return g_regex_match(pattern, start, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

static void add_text(GMimePart *part, Place place)
{
    g_autoptr(GByteArray) bytes = read_content(part, BODY_LIMIT);
    const char *charset = g_mime_content_type_get_parameter(content_type(part), "charset");
    gboolean html = g_mime_content_type_is_type(content_type(part), "text", "html");
    g_autofree gchar *meta = html && charset == NULL && bytes->len > 0 ? meta_charset(bytes) : NULL;
    gchar *text = text_decode(bytes->data, bytes->len, charset != NULL ? charset : meta);
    Segment *segment = place.alternative != NULL ? place.alternative : new_segment(place.parts);
    gchar **shape = html ? &segment->html : &segment->plain;
    if (*shape != NULL)
        shape = html ? &new_segment(place.parts)->html : &new_segment(place.parts)->plain;
    *shape = text;
}

gboolean parts_leave(const Parts *parts, Filter *filter)
{
    g_autoptr(GHashTable) shown = shown_pictures(parts);
    for (guint i = 0; i < parts->files->len; i++) {
        const Leaf *leaf = parts->files->pdata[i];
        gboolean cut;
        const gchar *kind = leave_content(filter, leaf->part, &cut);
        if (kind == NULL)
            return FALSE;
        g_autofree gchar *name = *leaf->name == '\0' && is_message(leaf->part)
                                     ? message_name(leaf->part)
                                     : g_strdup(leaf->name);
        filter_file_announce(filter, name, kind, is_picture_of_text(shown, leaf->part, kind));
        if (cut)
            filter_note(filter, "mail.corrupt_file", name);
    }
    return TRUE;
}

typedef struct {
    const Filter *filter;
    int fd;
} Target;

static gboolean write_piece(const char *piece, gsize size, gpointer data)
{
    const Target *target = data;
    return filter_file_write(target->filter, target->fd, piece, size);
}

/* Its content as a file; the kind of that, or NULL, said on stderr. */
static const gchar *leave_content(Filter *filter, GMimePart *part, gboolean *cut)
{
    int fd = filter_file_create(filter);
    if (fd < 0)
        return NULL;
    Target target = {filter, fd};
    const gchar *kind = decode_content(part, write_piece, &target, cut) ? detect_file(fd) : NULL;
    close(fd);
    return kind;
}

/* Adds what PARAMS say of KEY to NAMES: first what is written by RFC 2231, then the other. */
static void add_names(GPtrArray *names, GMimeParamList *params, const char *key,
                      const gchar *charset)
{
    static const gboolean extended[] = {TRUE, FALSE};
    for (gsize way = 0; way < G_N_ELEMENTS(extended); way++)
        for (int i = 0; i < g_mime_param_list_length(params); i++) {
            GMimeParam *param = g_mime_param_list_get_parameter_at(params, i);
            gboolean is =
                g_mime_param_get_encoding_method(param) == GMIME_PARAM_ENCODING_METHOD_RFC2231;
            const gchar *value = g_mime_param_get_value(param);
            if (is != extended[way] || value == NULL ||
                g_ascii_strcasecmp(g_mime_param_get_name(param), key) != 0)
                continue;
            /* Where the pieces of a long name (name*0=, RFC 2231) are encoded words, gmime leaves
             * these. */
            g_autofree gchar *text = is ? rfc2231_text(value, charset) : g_strdup(value);
            g_autofree gchar *words = rfc2047_join(text);
            g_autofree gchar *decoded = g_mime_utils_header_decode_text(NULL, words);
            g_autofree gchar *name = text_line(decoded);
            if (*name != '\0')
                g_ptr_array_add(names, g_steal_pointer(&name));
        }
}

/* Endings of what people send; not a list of what is read. */
static gboolean has_known_ending(const gchar *name)
{
    static const char *const endings[] = {
        "doc", "docx", "docm", "dot", "dotx", "wps", "wpt",  "rtf",  "odt",  "pdf", "ofd",
        "xls", "xlsx", "et",   "ppt", "pptx", "dps", "csv",  "txt",  "xml",  "htm", "html",
        "jpg", "jpeg", "png",  "bmp", "gif",  "tif", "tiff", "heic", "webp", "zip", "rar",
        "7z",  "tar",  "gz",   "tgz", "bz2",  "xz",  "eml",  "msg",  "dat",  "mht", NULL};
    const gchar *dot = strrchr(name, '.');
    g_autofree gchar *ending = g_ascii_strdown(dot != NULL ? dot + 1 : "", -1);
    return g_strv_contains(endings, ending);
}

/* Of filename*, filename, name*, name the first that has a known ending, else the first that there
 * is: where they differ, one of them was cut or decoded wrongly on its way. "" when there is none.
 * gmime has parsed them already, but from bytes of unknown charset. */
static gchar *file_name(GMimePart *part)
{
    GMimeParserOptions *options = text_parser_options();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree gchar *charset = NULL, *other = NULL;
    g_autofree gchar *disposition = parameters(part, "Content-Disposition", &charset);
    if (disposition != NULL) {
        GMimeContentDisposition *parsed = g_mime_content_disposition_parse(options, disposition);
        add_names(names, g_mime_content_disposition_get_parameters(parsed), "filename", charset);
        g_object_unref(parsed);
    }
    g_autofree gchar *type = parameters(part, "Content-Type", &other);
    if (type != NULL) {
        GMimeContentType *parsed = g_mime_content_type_parse(options, type);
        add_names(names, g_mime_content_type_get_parameters(parsed), "name", other);
        g_object_unref(parsed);
    }
    g_mime_parser_options_free(options);
    for (guint i = 0; i < names->len; i++)
        if (has_known_ending(names->pdata[i]))
            return g_strdup(names->pdata[i]);
    return g_strdup(names->len > 0 ? names->pdata[0] : "");
}

GHashTable *parts_names(const Parts *parts)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < parts->files->len; i++) {
        const Leaf *leaf = parts->files->pdata[i];
        g_hash_table_add(names, g_utf8_strdown(leaf->name, -1));
    }
    return names;
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

/* The Content-IDs that the HTML shows where they stand: a set. */
static GHashTable *shown_pictures(const Parts *parts)
{
    GHashTable *shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < parts->segments->len; i++) {
        const gchar *at = ((const Segment *)parts->segments->pdata[i])->html;
        while (at != NULL && (at = strstr(at, "cid:")) != NULL &&
               g_hash_table_size(shown) < SHOWN_LIMIT) {
            at += strlen("cid:");
            gsize length = strcspn(at, "\"'<> \t\r\n)");
            g_autofree gchar *id = g_strndup(at, MIN(length, 1000));
            gchar *plain = g_uri_unescape_string(id, NULL);
            g_hash_table_add(shown, plain != NULL ? plain : g_strdup(id));
            at += length;
        }
    }
    return shown;
}

/* One that the HTML shows, small enough for a logo, and not sent as an attachment. Clients put it
 * beside the HTML (multipart/related) or beside the files, and call it application/octet-stream. */
static gboolean is_picture_of_text(GHashTable *shown, GMimePart *part, const gchar *kind)
{
    const char *id = g_mime_object_get_content_id(GMIME_OBJECT(part));
    return id != NULL && g_hash_table_contains(shown, id) && !is_attachment(part) &&
           is_small(part) && g_str_has_prefix(kind, "image/");
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
