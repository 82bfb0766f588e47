/* The text of an HTML body as a reader sees it, its links, and what its elements say; by the events
 * of libxml2's parser, which takes what mail clients write for HTML. A tree of small elements would
 * need sixty times their bytes. */
#include "html.h"

#include "provider.h"
#include "text.h"

#include <libxml/HTMLparser.h>
#include <string.h>

/* Beyond this a body is pictures written into it. */
#define HTML_LIMIT    (8 * 1024 * 1024)
#define TEXT_LIMIT    (1024 * 1024)
#define ANCHORS_LIMIT 1000
#define LABEL_LIMIT   1024

/* Elements of which the outermost counts. */
enum { HIDDEN, OLDER, AREA, FILE_, NAME, LINK, ROOMS };

typedef struct {
    guint depth; /* 0: there is none */
    gsize start;
    Anchor *anchor;
} Room;

typedef struct {
    Page *page;
    htmlParserCtxt *parser;
    guint depth;
    Room rooms[ROOMS];
} Reader;

static void on_start(void *data, const xmlChar *name, const xmlChar **attributes);
static void on_end(void *data, const xmlChar *name);
static void on_text(void *data, const xmlChar *text, int length);

void page_begin(Page *page, const gchar *text)
{
    *page = (Page){g_string_new(text), g_ptr_array_new_with_free_func((GDestroyNotify)anchor_free),
                   g_array_new(FALSE, FALSE, sizeof(Span)), G_MAXSIZE, G_MAXSIZE};
}

void page_read(Page *page, const gchar *html)
{
    page_begin(page, "");
    Reader reader = {.page = page, .parser = htmlNewParserCtxt()};
    if (reader.parser == NULL)
        g_error("no memory for a parser of HTML");
    *reader.parser->sax = (xmlSAXHandler){.startElement = on_start,
                                          .endElement = on_end,
                                          .characters = on_text,
                                          .cdataBlock = on_text};
    reader.parser->userData = &reader;
    xmlDoc *none = htmlCtxtReadMemory(
        reader.parser, html, (int)MIN(strlen(html), HTML_LIMIT), NULL, "UTF-8",
        HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    xmlFreeDoc(none);
    htmlFreeParserCtxt(reader.parser);
}

void page_clear(Page *page)
{
    if (page->text != NULL)
        g_string_free(page->text, TRUE);
    g_clear_pointer(&page->anchors, g_ptr_array_unref);
    g_clear_pointer(&page->quotes, g_array_unref);
}

Anchor *anchor_new(gsize start)
{
    Anchor *anchor = g_new0(Anchor, 1);
    anchor->start = anchor->end = start;
    return anchor;
}

void anchor_free(Anchor *anchor)
{
    g_free(anchor->url);
    g_free(anchor->name);
    g_free(anchor->size);
    g_free(anchor->expires);
    g_free(anchor);
}

static gboolean is_one_of(const gchar *name, const char *const *names)
{
    return g_strv_contains((const gchar *const *)names, name);
}

static gboolean is_block(const gchar *name)
{
    static const char *const names[] = {"p",          "div", "tr", "li", "ul", "ol", "table",
                                        "blockquote", "h1",  "h2", "h3", "h4", "h5", "h6",
                                        "pre",        "hr",  "dl", "dt", "dd", NULL};
    return is_one_of(name, names);
}

static void end_line(GString *text)
{
    while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
}

static void append_words(GString *text, const gchar *words, gsize length)
{
    for (const gchar *at = words; at < words + length; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == 0xa0 || (c < 0x80 && g_ascii_isspace((gchar)c))) {
            if (text->len > 0 && !strchr(" \n", text->str[text->len - 1]))
                g_string_append_c(text, ' ');
        } else {
            g_string_append_unichar(text, c);
        }
    }
}

static void on_text(void *data, const xmlChar *text, int length)
{
    Reader *reader = data;
    if (reader->rooms[HIDDEN].depth == 0)
        append_words(reader->page->text, (const gchar *)text, (gsize)length);
    if (reader->page->text->len > TEXT_LIMIT)
        xmlStopParser(reader->parser);
}

static const gchar *attribute(const xmlChar **attributes, const char *name)
{
    for (guint i = 0; attributes != NULL && attributes[i] != NULL; i += 2)
        if (strcmp((const char *)attributes[i], name) == 0)
            return (const gchar *)attributes[i + 1];
    return NULL;
}

/* The first of NAMES that says something, or NULL. */
static gchar *one_attribute(const xmlChar **attributes, const char *const *names)
{
    for (guint i = 0; names[i] != NULL; i++) {
        const gchar *value = attribute(attributes, names[i]);
        if (value != NULL && *value != '\0')
            return g_strstrip(g_strdup(value));
    }
    return NULL;
}

/* Bytes as the providers show them. */
static gchar *size_text(const gchar *value)
{
    gchar *end = NULL;
    gdouble bytes = (gdouble)g_ascii_strtoull(value, &end, 10);
    if (end == value || *end != '\0')
        return g_strdup(value);
    guint unit = 0;
    for (; bytes >= 1024 && unit < 4; unit++)
        bytes /= 1024;
    return unit == 0 ? g_strdup_printf("%.0fB", bytes)
                     : g_strdup_printf("%.2f%c", bytes, "BKMGT"[unit]);
}

/* Seconds or milliseconds since 1970 as a date in China, where the sender reads it. */
static gchar *date_text(const gchar *value)
{
    gchar *end = NULL;
    gint64 moment = g_ascii_strtoll(value, &end, 10);
    if (end == value || *end != '\0')
        return g_strdup(value);
    if (moment <= 0)
        return g_strdup("无限期");
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(8 * 3600);
    g_autoptr(GDateTime) date =
        g_date_time_new_from_unix_utc(moment > 100000000000 ? moment / 1000 : moment);
    g_autoptr(GDateTime) there = date != NULL ? g_date_time_to_timezone(date, zone) : NULL;
    return there != NULL ? g_date_time_format(there, "%Y-%m-%d %H:%M") : NULL;
}

static gchar *capture(const gchar *text, const char *pattern)
{
    g_autoptr(GMatchInfo) match = NULL;
    return text != NULL && g_regex_match(text_pattern(pattern, 0), text, 0, &match)
               ? g_match_info_fetch(match, 1)
               : NULL;
}

static void set(gchar **field, gchar *value)
{
    if (*field == NULL && value != NULL && *value != '\0')
        *field = value;
    else
        g_free(value);
}

static void set_name(Anchor *anchor, gchar *name)
{
    set(&anchor->name, is_file_name(name) ? g_steal_pointer(&name) : NULL);
    g_free(name);
}

/* QQ's names of online documents are Base64 of GB18030. */
static gchar *encoded_name(const gchar *value)
{
    gsize size = 0;
    g_autofree guchar *bytes = value != NULL ? g_base64_decode(value, &size) : NULL;
    return bytes != NULL ? text_decode(bytes, size, "gb18030") : NULL;
}

/* What the providers write into attributes of their own. */
static void read_attributes(Anchor *anchor, const xmlChar **attributes)
{
    static const char *const names[] = {"filename", "file-name", "download", NULL};
    static const char *const sizes[] = {"filesize", "file-size", "qqmail_editattach_size", NULL};
    static const char *const dates[] = {"expiretime", "expired", NULL};
    g_autofree gchar *size = one_attribute(attributes, sizes);
    g_autofree gchar *date = one_attribute(attributes, dates);
    g_autofree gchar *from_link = capture(anchor->url, "[?&]expired=([0-9]{9,15})(?:&|$)");
    g_autofree gchar *alt = capture(attribute(attributes, "alt"), "\\(([0-9]{1,15})\\)");
    const gchar *title = attribute(attributes, "title");
    set(&anchor->name, encoded_name(attribute(attributes, "qqmail_editattach_name")));
    set_name(anchor, one_attribute(attributes, names));
    set(&anchor->size, size != NULL ? size_text(size) : alt != NULL ? size_text(alt) : NULL);
    set(&anchor->size, capture(title, "文件大小[:：]\\s?([0-9.]+ ?[KMGT]?i?B?)"));
    set(&anchor->expires, date != NULL        ? date_text(date)
                          : from_link != NULL ? date_text(from_link)
                                              : NULL);
    set(&anchor->expires, capture(title, "到期时间[:：]\\s?([^\\s][^\\n]{0,40})"));
}

static Anchor *add_anchor(Reader *reader)
{
    GPtrArray *anchors = reader->page->anchors;
    if (anchors->len >= ANCHORS_LIMIT)
        return NULL;
    Anchor *anchor = anchor_new(reader->page->text->len);
    anchor->in_area = reader->rooms[AREA].depth != 0;
    g_ptr_array_add(anchors, anchor);
    return anchor;
}

/* FALSE: there is one around it. */
static gboolean enter(Reader *reader, guint kind, Anchor *anchor)
{
    Room *room = &reader->rooms[kind];
    if (room->depth != 0)
        return FALSE;
    *room = (Room){reader->depth, reader->page->text->len, anchor};
    return TRUE;
}

/* All that stands in the element of a file is about that file. QQ Mail keeps the address in an
 * attribute of its own, too. */
static void read_link(Reader *reader, const gchar *name, const xmlChar **attributes, Mark mark)
{
    static const char *const urls[] = {"downloadlink", NULL}, *const hrefs[] = {"href", NULL};
    Anchor *file = reader->rooms[FILE_].anchor;
    gchar *url = one_attribute(attributes, urls);
    if (strcmp(name, "a") == 0)
        set(&url, one_attribute(attributes, hrefs));
    if (mark == MARK_FILE && reader->rooms[FILE_].depth == 0) {
        file = add_anchor(reader);
        enter(reader, FILE_, file);
        if (file != NULL)
            file->file = TRUE;
    }
    Anchor *anchor = file != NULL ? file : url != NULL ? add_anchor(reader) : NULL;
    gboolean known = url != NULL && provider_address(url) != ADDRESS_OTHER;
    if (anchor != NULL && known && anchor->url != NULL &&
        provider_address(anchor->url) == ADDRESS_OTHER)
        g_clear_pointer(&anchor->url, g_free);
    if (anchor != NULL) {
        set(&anchor->url, g_steal_pointer(&url));
        read_attributes(anchor, attributes);
        if (strcmp(name, "a") == 0)
            enter(reader, LINK, anchor);
    }
    g_free(url);
}

static void on_start(void *data, const xmlChar *element, const xmlChar **attributes)
{
    static const char *const hidden[] = {"style", "script", "title", "template", NULL},
                             *const cells[] = {"td", "th", NULL};
    Reader *reader = data;
    Page *page = reader->page;
    const gchar *name = (const gchar *)element, *id = attribute(attributes, "id"),
                *class = attribute(attributes, "class");
    reader->depth++;
    if (is_block(name))
        end_line(page->text);
    else if (strcmp(name, "br") == 0)
        g_string_append_c(page->text, '\n');
    else if (is_one_of(name, cells))
        append_words(page->text, " ", 1);

    if (is_one_of(name, hidden))
        enter(reader, HIDDEN, NULL);
    Quote quote = history_element(name, id, class, attribute(attributes, "type"));
    if (quote == QUOTE_OLDER)
        enter(reader, OLDER, NULL);
    else if (quote == QUOTE_FORWARD && reader->rooms[OLDER].depth == 0)
        page->forward = MIN(page->forward, page->text->len);
    Mark mark = id != NULL || class != NULL ? provider_mark(id, class) : MARK_NONE;
    if (mark == MARK_AREA)
        enter(reader, AREA, NULL);
    else if (mark == MARK_NAME)
        enter(reader, NAME, reader->rooms[FILE_].anchor);
    read_link(reader, name, attributes, mark);
}

static gchar *text_since(const Page *page, gsize start)
{
    return start < page->text->len && page->text->len - start <= LABEL_LIMIT
               ? g_strstrip(g_strdup(page->text->str + start))
               : NULL;
}

static void leave(Reader *reader, guint kind)
{
    Page *page = reader->page;
    Room room = reader->rooms[kind];
    reader->rooms[kind] = (Room){0};
    gsize end = page->text->len;
    switch (kind) {
    case OLDER:
        if (end > room.start)
            g_array_append_val(page->quotes, ((Span){room.start, end}));
        break;
    case AREA:
        /* 163 leaves an empty one in mails without such files. */
        if (end > room.start &&
            page->text->str[room.start + strspn(page->text->str + room.start, " \n")] != '\0')
            page->area = MIN(page->area, room.start);
        break;
    case NAME:
        if (room.anchor != NULL)
            set(&room.anchor->name, text_since(page, room.start));
        break;
    case LINK:
        /* Without an attribute, what the reader sees is the name. */
        if (room.anchor != NULL)
            set_name(room.anchor, text_since(page, room.start));
        G_GNUC_FALLTHROUGH;
    case FILE_:
        if (room.anchor != NULL)
            room.anchor->end = MAX(room.anchor->end, end);
        break;
    default:
        break;
    }
}

static void on_end(void *data, const xmlChar *name)
{
    Reader *reader = data;
    for (guint kind = ROOMS; kind-- > 0;)
        if (reader->rooms[kind].depth == reader->depth && reader->depth > 0)
            leave(reader, kind);
    if (is_block((const gchar *)name))
        end_line(reader->page->text);
    if (reader->depth > 0)
        reader->depth--;
}
