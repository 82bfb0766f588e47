/* mime: a mail's headers, text and marks as facts, and everything that it carries as files. */
#include "detect/detect.h"
#include "filter.h"
#include "headers.h"
#include "html.h"
#include "links.h"
#include "marks.h"
#include "parts.h"
#include "sample.h"
#include "text.h"
#include "transit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BODY_FACT_LIMIT  (64 * 1024)
#define HEADERLESS_LIMIT (1024 * 1024)
/* Lines before the headers, of mbox or of a program that adds its own. */
#define STRAY_LINES 8

static GMimeMessage *parse(int fd, const guint8 *data, gsize size);
static GMimeMessage *parse_from(int fd, gsize start);
static gboolean has_transit(GMimeMessage *message);
static FilterStatus read_message(Filter *filter, GMimeMessage *message);
static FilterStatus read_headerless(Filter *filter, const guint8 *data, gsize size);
static void read_bodies(Filter *filter, const Parts *parts, gboolean forward);
static void read_segment(const Segment *segment, gboolean forward, GString *body, json_t *links);
static gboolean is_forward(const gchar *subject);
static void body_fact(Filter *filter, const gchar *text);

static FilterStatus read_mail(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    if (!headers_are_sane(data, size)) {
        filter_note(filter, "mail.corrupt_file", NULL);
        return FILTER_UNREADABLE;
    }
    GMimeMessage *message = parse(filter->fd, data, size);
    if (message == NULL)
        return read_headerless(filter, data, size);
    FilterStatus status = read_message(filter, message);
    g_object_unref(message);
    return status;
}

/* gmime finds no message where the first line is no header, so it gets the rest then, which may
 * have other headers. */
static GMimeMessage *parse(int fd, const guint8 *data, gsize size)
{
    gsize start = 0;
    for (guint stray = 0; start < size && stray <= STRAY_LINES; stray++) {
        if (!headers_are_sane(data + start, size - start))
            return NULL;
        GMimeMessage *message = parse_from(fd, start);
        if (message != NULL && (stray == 0 || has_transit(message)))
            return message;
        g_clear_object(&message);
        const guint8 *end = memchr(data + start, '\n', size - start);
        start = end != NULL ? (gsize)(end - data) + 1 : size;
    }
    return NULL;
}

/* The parts stay where they are in the file. */
static GMimeMessage *parse_from(int fd, gsize start)
{
    GMimeStream *stream =
        g_mime_stream_mmap_new_with_bounds(dup(fd), PROT_READ, MAP_PRIVATE, (gint64)start, -1);
    if (stream == NULL)
        g_error("cannot map the file: %s", g_strerror(errno));
    g_mime_stream_reset(stream);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

static gboolean has_transit(GMimeMessage *message)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    return g_mime_header_list_contains(list, "From") ||
           g_mime_header_list_contains(list, "Received");
}

static FilterStatus read_message(Filter *filter, GMimeMessage *message)
{
    g_auto(Sender) sender = {0};
    sender_read(&sender, message);
    headers_facts(filter, message, &sender);
    transit_facts(filter, message, &sender);
    Marks marks = marks_facts(filter, message, &sender);

    g_auto(Parts) parts = {0};
    parts_read(&parts, message);
    g_autofree gchar *subject = headers_subject(message);
    read_bodies(filter, &parts, subject != NULL && is_forward(subject));
    if (marks.bounce) {
        g_autofree gchar *returned = parts_returned(&parts);
        if (returned != NULL)
            filter_fact_text(filter, "mail.bounce_of", 0, returned);
    }
    if (parts.too_many)
        filter_note(filter, "mail.too_large", subject);
    if (parts.too_deep)
        filter_note(filter, "mail.too_deep", subject);
    if (parts.damaged)
        filter_note(filter, "mail.corrupt_file", subject);
    return parts_leave(&parts, filter) ? FILTER_READ : FILTER_FAULT;
}

/* A mail that is empty, or begins with its text. */
static FilterStatus read_headerless(Filter *filter, const guint8 *data, gsize size)
{
    g_autofree gchar *text = text_decode(data, MIN(size, HEADERLESS_LIMIT), NULL);
    filter_fact(filter, "mail.against", 0, json_true());
    body_fact(filter, text);
    return FILTER_READ;
}

static gboolean is_blank(const gchar *text)
{
    return text == NULL || text[strspn(text, " \r\n")] == '\0';
}

/* Lines end with \n; no control characters, and blanks that break like others. */
static gchar *clean_text(const gchar *text)
{
    GString *clean = g_string_sized_new(strlen(text));
    for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == 0xa0 || c == '\t')
            g_string_append_c(clean, ' ');
        else if (c == '\n' || !g_unichar_iscntrl(c))
            g_string_append_unichar(clean, c);
    }
    return g_string_free(clean, FALSE);
}

/* What is forwarded stands below the same line as what is answered. */
static gboolean is_forward(const gchar *subject)
{
    const GRegex *mark = text_pattern("^\\s*(?:fwd?|转发)\\s*[:：]", G_REGEX_CASELESS);
    return g_regex_match(mark, subject, 0, NULL);
}

static void read_bodies(Filter *filter, const Parts *parts, gboolean forward)
{
    g_autoptr(GString) body = g_string_new(NULL);
    json_t *links = json_array();
    for (guint i = 0; i < parts->segments->len; i++) {
        const Segment *segment = parts->segments->pdata[i];
        read_segment(segment, forward, body, links);
    }
    body_fact(filter, body->str);
    if (json_array_size(links) > 0)
        filter_fact(filter, "mail.links", 0, json_incref(links));
    json_decref(links);
}

/* Appends to BODY what the sender wrote, to LINKS the files that he only points to. */
static void read_segment(const Segment *segment, gboolean forward, GString *body, json_t *links)
{
    g_autoptr(GPtrArray) anchors = g_ptr_array_new_with_free_func((GDestroyNotify)anchor_free);
    g_autofree gchar *page = segment->html != NULL ? html_text(segment->html, anchors) : NULL;
    g_autofree gchar *plain = segment->plain != NULL ? clean_text(segment->plain) : NULL;
    gsize known = json_array_size(links);
    if (page != NULL)
        links_find(links, page, forward ? strlen(page) : links_history(page), anchors);

    gboolean shown = page != NULL && is_blank(plain);
    g_autofree gchar *text = shown ? clean_text(page) : g_strdup(plain != NULL ? plain : "");
    gsize end = forward ? strlen(text) : links_history(text);
    if (json_array_size(links) == known)
        links_find(links, text, end, NULL);
    text[end] = '\0';
    g_strstrip(text);
    if (body->len > 0 && *text != '\0')
        g_string_append_c(body, '\n');
    g_string_append(body, text);
}

static void body_fact(Filter *filter, const gchar *text)
{
    g_autofree gchar *clean = g_strstrip(clean_text(text));
    g_autoptr(GString) body = g_string_new(clean);
    text_cut(body, BODY_FACT_LIMIT);
    if (body->len > 0)
        filter_fact_text(filter, "mail.body", 0, body->str);
}

static gboolean prepare(G_GNUC_UNUSED Filter *filter)
{
    text_prepare();
    parts_init();
    return detect_prepare();
}

int main(int argc, char **argv)
{
    return filter_main(
        argc, argv,
        &(FilterProgram){
            .version = "mime 3", .prepare = prepare, .sample = mime_sample, .read = read_mail});
}
