/* mime: a mail's headers, text and marks as facts, and everything that it carries as files. */
#include "bounds.h"
#include "detect/detect.h"
#include "filter.h"
#include "headers.h"
#include "history.h"
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
#define TEXT_LIMIT       (1024 * 1024)
#define HEADERLESS_LIMIT (1024 * 1024)
/* Lines before the headers, of mbox or of a program that adds its own. */
#define STRAY_LINES 8

/* What the texts of a mail say. */
typedef struct {
    GString *own;    /* what its sender wrote */
    json_t *links;   /* the files that he only points to */
    gchar *returned; /* a Message-ID that is named in the whole of it, or NULL */
} Bodies;

static void bodies_clear(Bodies *bodies)
{
    if (bodies->own != NULL)
        g_string_free(bodies->own, TRUE);
    json_decref(bodies->links);
    g_free(bodies->returned);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bodies, bodies_clear)

static GMimeMessage *parse(int fd, const guint8 *data, gsize size, gboolean *reduced);
static GMimeMessage *parse_from(int fd, gsize start, const Bounds *bounds);
static gboolean has_transit(GMimeMessage *message);
static FilterStatus read_message(Filter *filter, GMimeMessage *message, gboolean reduced);
static FilterStatus read_headerless(Filter *filter, const guint8 *data, gsize size);
static void read_bodies(Bodies *bodies, const Parts *parts, gboolean forward);
static void read_segment(Bodies *bodies, const Segment *segment, gboolean forward,
                         GHashTable *names);
static void body_fact(Filter *filter, const gchar *text);
static gchar *returned_id(GMimeMessage *message, const Parts *parts, const gchar *in_text);

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
    gboolean reduced = FALSE;
    GMimeMessage *message = parse(filter->fd, data, size, &reduced);
    if (message == NULL)
        return read_headerless(filter, data, size);
    FilterStatus status = read_message(filter, message, reduced);
    g_object_unref(message);
    return status;
}

/* gmime finds no message where the first line is no header, so it gets the rest then, which may
 * have other headers. REDUCED: it did not get all of them, or not all parts. */
static GMimeMessage *parse(int fd, const guint8 *data, gsize size, gboolean *reduced)
{
    gsize start = 0;
    for (guint stray = 0; start < size && stray <= STRAY_LINES; stray++) {
        if (!headers_are_sane(data + start, size - start))
            return NULL;
        Bounds bounds = bounds_of(data, size, start);
        GMimeMessage *message = parse_from(fd, start, &bounds);
        *reduced = bounds.reduced;
        if (message != NULL && (stray == 0 || has_transit(message)))
            return message;
        g_clear_object(&message);
        const guint8 *end = memchr(data + start, '\n', size - start);
        start = end != NULL ? (gsize)(end - data) + 1 : size;
    }
    return NULL;
}

/* The parts stay where they are in the file. */
static GMimeMessage *parse_from(int fd, gsize start, const Bounds *bounds)
{
    GMimeStream *whole = g_mime_stream_mmap_new(dup(fd), PROT_READ | PROT_WRITE, MAP_PRIVATE);
    if (whole == NULL)
        g_error("cannot map the file: %s", g_strerror(errno));
    GMimeStream *stream = bounds_stream(whole, start, bounds);
    g_object_unref(whole);
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

static FilterStatus read_message(Filter *filter, GMimeMessage *message, gboolean reduced)
{
    g_auto(Sender) sender = {0};
    sender_read(&sender, message);
    headers_facts(filter, message, &sender);
    transit_facts(filter, message, &sender);

    g_auto(Parts) parts = {0};
    parts_read(&parts, message);
    g_autofree gchar *subject = headers_subject(message);
    g_auto(Bodies) bodies = {0};
    read_bodies(&bodies, &parts, subject != NULL && history_is_forward(subject));
    body_fact(filter, bodies.own->str);
    if (json_array_size(bodies.links) > 0)
        filter_fact(filter, "mail.links", 0, json_incref(bodies.links));
    gboolean has_files = parts.files->len > 0 || json_array_size(bodies.links) > 0;
    if (marks_facts(filter, message, &sender, bodies.own->str, has_files)) {
        g_autofree gchar *returned = returned_id(message, &parts, bodies.returned);
        if (returned != NULL)
            filter_fact_text(filter, "mail.bounce_of", 0, returned);
    }
    if (parts.too_many || reduced)
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
    GString *clean = g_string_new(NULL);
    for (const gchar *at = text; *at != '\0' && clean->len < TEXT_LIMIT;
         at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == 0xa0 || c == '\t')
            g_string_append_c(clean, ' ');
        else if (c == '\n' || !text_is_unseen(c))
            g_string_append_unichar(clean, c);
    }
    return g_string_free(clean, FALSE);
}

static void read_bodies(Bodies *bodies, const Parts *parts, gboolean forward)
{
    *bodies = (Bodies){g_string_new(NULL), json_array(), NULL};
    g_autoptr(GHashTable) names = parts_names(parts);
    for (guint i = 0; i < parts->segments->len; i++)
        read_segment(bodies, parts->segments->pdata[i], forward, names);
}

/* A daemon's text often quotes the headers of what came back. */
static void find_returned(Bodies *bodies, const gchar *text)
{
    const GRegex *pattern = text_pattern(
        "message-id ?[:：]\\s?(<[!-;=?-~]{1,450}@[!-;=?-~]{1,450}>)", G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    if (bodies->returned == NULL && g_regex_match(pattern, text, 0, &match))
        bodies->returned = g_match_info_fetch(match, 1);
}

/* Finds the files that PAGE speaks of, and the text that is its sender's own. */
static gchar *read_page(Bodies *bodies, const Page *page, gboolean forward, gboolean links,
                        GHashTable *names)
{
    const gchar *text = page->text->str;
    g_autoptr(GArray) history = history_find(text, page->quotes, forward ? 0 : page->forward);
    if (links)
        links_find(bodies->links, page, history, names);
    find_returned(bodies, text);
    return history_without(text, history);
}

/* Text and HTML of a segment say the same; the HTML knows more of files, the text is easier to
 * read. */
static void read_segment(Bodies *bodies, const Segment *segment, gboolean forward,
                         GHashTable *names)
{
    g_autofree gchar *shown = NULL, *own = NULL;
    gsize known = json_array_size(bodies->links);
    if (segment->html != NULL) {
        g_auto(Page) page = {0};
        page_read(&page, segment->html);
        shown = read_page(bodies, &page, forward, TRUE, names);
    }
    if (segment->plain != NULL) {
        g_autofree gchar *plain = clean_text(segment->plain);
        g_auto(Page) page = {0};
        links_page(&page, plain);
        own = read_page(bodies, &page, forward, json_array_size(bodies->links) == known, names);
        if (segment->html != NULL && is_blank(plain))
            g_clear_pointer(&own, g_free);
    }
    g_autofree gchar *text = clean_text(own != NULL ? own : shown != NULL ? shown : "");
    g_strstrip(text);
    if (bodies->own->len > BODY_FACT_LIMIT)
        return;
    if (bodies->own->len > 0 && *text != '\0')
        g_string_append_c(bodies->own, '\n');
    g_string_append(bodies->own, text);
}

/* The Message-ID of the mail that came back, by what says it best; NULL. */
static gchar *returned_id(GMimeMessage *message, const Parts *parts, const gchar *in_text)
{
    gchar *id = parts_returned(parts);
    if (id == NULL)
        id = headers_last_id(message, "In-Reply-To");
    if (id == NULL)
        id = headers_last_id(message, "References");
    return id != NULL ? id : g_strdup(in_text);
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
            .version = "mime 4", .prepare = prepare, .sample = mime_sample, .read = read_mail});
}
