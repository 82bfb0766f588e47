/* The text of an HTML body as a reader sees it, and its links; by libxml2's parser, which takes
 * what mail clients write for HTML. */
#include "html.h"

#include <libxml/HTMLparser.h>
#include <string.h>

/* Beyond this a body is pictures written into it. */
#define HTML_LIMIT    (8 * 1024 * 1024)
#define TEXT_LIMIT    (1024 * 1024)
#define ANCHORS_LIMIT 1000
#define LABEL_LIMIT   1024

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

typedef struct {
    GString *text;
    GPtrArray *anchors;
} Reader;

static void enter(Reader *reader, xmlNode *node);
static void leave(Reader *reader, const xmlNode *node);

/* libxml2 nests no deeper than 256, but nothing here depends on it. */
gchar *html_text(const gchar *html, GPtrArray *anchors)
{
    Reader reader = {g_string_new(NULL), anchors};
    g_autoptr(xmlDoc) document =
        htmlReadMemory(html, (int)MIN(strlen(html), HTML_LIMIT), NULL, "UTF-8",
                       HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                           HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    xmlNode *root = document != NULL ? xmlDocGetRootElement(document) : NULL;
    xmlNode *node = root;
    while (node != NULL && reader.text->len < TEXT_LIMIT) {
        enter(&reader, node);
        if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            continue;
        }
        leave(&reader, node);
        while (node != root && node->next == NULL) {
            node = node->parent;
            leave(&reader, node);
        }
        node = node != root ? node->next : NULL;
    }
    return g_string_free(reader.text, FALSE);
}

static gboolean is_one_of(const xmlNode *node, const char *const *names)
{
    return node->type == XML_ELEMENT_NODE &&
           g_strv_contains((const gchar *const *)names, (const gchar *)node->name);
}

static gboolean is_hidden(const xmlNode *node)
{
    static const char *const names[] = {"style", "script", "title", "template", NULL};
    return is_one_of(node, names);
}

static gboolean is_block(const xmlNode *node)
{
    static const char *const names[] = {"p",          "div", "tr", "li", "ul", "ol", "table",
                                        "blockquote", "h1",  "h2", "h3", "h4", "h5", "h6",
                                        "pre",        "hr",  "dl", "dt", "dd", NULL};
    return is_one_of(node, names);
}

static void end_line(GString *text)
{
    while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
}

static void append_words(GString *text, const gchar *words)
{
    for (const gchar *at = words; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == 0xa0 || (c < 0x80 && g_ascii_isspace((gchar)c))) {
            if (text->len > 0 && !strchr(" \n", text->str[text->len - 1]))
                g_string_append_c(text, ' ');
        } else {
            g_string_append_unichar(text, c);
        }
    }
}

static void append_attribute(GString *out, const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
    if (value != NULL && out->len == 0)
        g_string_append(out, (const gchar *)value);
    xmlFree(value);
}

/* QQ Mail keeps the address of an oversize file in an attribute of its own, too. */
static void add_anchor(Reader *reader, xmlNode *node)
{
    g_autoptr(GString) url = g_string_new(NULL);
    if (strcmp((const char *)node->name, "a") == 0)
        append_attribute(url, node, "href");
    append_attribute(url, node, "downloadlink");
    if (url->len == 0 || reader->anchors->len >= ANCHORS_LIMIT)
        return;
    g_autoptr(GString) name = g_string_new(NULL);
    append_attribute(name, node, "filename");
    append_attribute(name, node, "download");
    Anchor *anchor = g_new0(Anchor, 1);
    anchor->url = g_strstrip(g_strdup(url->str));
    anchor->name = name->len > 0 ? g_strstrip(g_strdup(name->str)) : NULL;
    anchor->at = reader->text->len;
    g_ptr_array_add(reader->anchors, anchor);
    node->_private = anchor;
}

/* Without an attribute, what the reader sees is the name. */
static void label_anchor(Reader *reader, const xmlNode *node)
{
    Anchor *anchor = node->_private;
    if (anchor->name == NULL && anchor->at < reader->text->len &&
        reader->text->len - anchor->at <= LABEL_LIMIT)
        anchor->name = g_strstrip(g_strdup(reader->text->str + anchor->at));
}

void anchor_free(Anchor *anchor)
{
    g_free(anchor->url);
    g_free(anchor->name);
    g_free(anchor);
}

static void enter(Reader *reader, xmlNode *node)
{
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        if (node->content != NULL && !is_hidden(node->parent))
            append_words(reader->text, (const gchar *)node->content);
        return;
    }
    if (node->type != XML_ELEMENT_NODE)
        return;
    add_anchor(reader, node);
    static const char *const breaks[] = {"br", NULL}, *const cells[] = {"td", "th", NULL};
    if (is_one_of(node, breaks))
        g_string_append_c(reader->text, '\n');
    else if (is_one_of(node, cells))
        append_words(reader->text, " ");
    else if (is_block(node))
        end_line(reader->text);
}

static void leave(Reader *reader, const xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE && node->_private != NULL)
        label_anchor(reader, node);
    if (is_block(node))
        end_line(reader->text);
}
