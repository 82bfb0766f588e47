/* From the XML of the main part to the light tree: one walk over all elements, and one table that
 * says what an element contributes. An element that is not in the table contributes what its
 * children do. */
#include "document.h"
#include "symbol.h"

#include <string.h>

enum {
    TABLES_MAX = 8, /* tables in tables; what is deeper belongs to the cell around it */
    SPAN_MAX = 1000,
};

/* Where the walk stands. Going down, a handler changes a copy. */
typedef struct {
    Document *document;
    GPtrArray *blocks; /* where paragraphs and tables go */
    Text *paragraph;   /* where text goes; NULL between paragraphs */
    Table *table;
    Row *row;
    guint tables;
    gboolean muted;     /* the structure counts, the text does not */
    guint emphasis;     /* of the run */
    gchar *symbol_font; /* of the run, or NULL */
} Walk;

static void walk_children(const Walk *walk, const xmlNode *node);

/* Transitional and strict documents (ECMA-376 part 1 and 4) differ in the names of their
 * namespaces. */
typedef enum { SPACE_OTHER, SPACE_WORD, SPACE_WORD_2010, SPACE_MATH, SPACE_COMPATIBILITY } Space;

static Space space_of(const xmlNode *node)
{
    static const struct {
        const char *uri;
        Space space;
    } spaces[] = {
        {"http://schemas.openxmlformats.org/wordprocessingml/2006/main", SPACE_WORD},
        {"http://purl.oclc.org/ooxml/wordprocessingml/main", SPACE_WORD},
        {"http://schemas.microsoft.com/office/word/2010/wordml", SPACE_WORD_2010},
        {"http://schemas.openxmlformats.org/officeDocument/2006/math", SPACE_MATH},
        {"http://purl.oclc.org/ooxml/officeDocument/math", SPACE_MATH},
        {"http://schemas.openxmlformats.org/markup-compatibility/2006", SPACE_COMPATIBILITY},
    };
    if (node->ns == NULL || node->ns->href == NULL)
        return SPACE_OTHER;
    for (gsize i = 0; i < G_N_ELEMENTS(spaces); i++)
        if (strcmp((const char *)node->ns->href, spaces[i].uri) == 0)
            return spaces[i].space;
    return SPACE_OTHER;
}

static gboolean is(const xmlNode *node, Space space, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0 &&
           space_of(node) == space;
}

/* The first child of that name, or NULL; NODE may be NULL. */
static const xmlNode *child(const xmlNode *node, Space space, const char *name)
{
    for (node = node != NULL ? node->children : NULL; node != NULL; node = node->next)
        if (is(node, space, name))
            return node;
    return NULL;
}

/* Attributes of these vocabularies are in the namespace of their element. */
static gchar *attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNsProp(node, BAD_CAST name, node->ns != NULL ? node->ns->href : NULL);
    gchar *copy = g_strdup((const gchar *)value);
    xmlFree(value);
    return copy;
}

/* Whether NODE has a child NAME that is not switched off (ECMA-376 part 1,
 * 17.17.4 and 22.9.2.7). */
static gboolean has(const xmlNode *node, Space space, const char *name)
{
    const xmlNode *property = child(node, space, name);
    if (property == NULL)
        return FALSE;
    g_autofree gchar *value = attribute(property, "val");
    static const char *const off[] = {"0", "false", "off", "none", NULL};
    return value == NULL || !g_strv_contains(off, value);
}

static guint number(const xmlNode *properties, const char *name, guint otherwise)
{
    const xmlNode *property = child(properties, SPACE_WORD, name);
    g_autofree gchar *value = property != NULL ? attribute(property, "val") : NULL;
    guint64 result;
    if (value == NULL || !g_ascii_string_to_unsigned(value, 10, 0, SPAN_MAX, &result, NULL))
        return otherwise;
    return (guint)result;
}

static void add(const Walk *walk, const gchar *piece, gsize length)
{
    Document *document = walk->document;
    if (walk->paragraph == NULL || walk->muted)
        return;
    text_append(walk->paragraph, piece, length, walk->emphasis);
    document->bytes += length;
    for (const gchar *c = piece; c < piece + length; c = g_utf8_next_char(c))
        if (!g_unichar_isspace(g_utf8_get_char(c)))
            document->chars++;
}

static void add_character(const Walk *walk, gunichar character)
{
    gchar utf8[6];
    add(walk, utf8, (gsize)g_unichar_to_utf8(character, utf8));
}

static void skip(const Walk *walk, const xmlNode *node)
{
    (void)walk;
    (void)node;
}

static void mark_changed(const Walk *walk)
{
    if (walk->table != NULL)
        walk->table->changed = TRUE;
}

static void removed(const Walk *walk, const xmlNode *node)
{
    (void)node;
    mark_changed(walk);
}

static void inserted(const Walk *walk, const xmlNode *node)
{
    mark_changed(walk);
    walk_children(walk, node);
}

/* Whether the thing with these PROPERTIES was deleted or moved away; notes a change of any kind. */
static gboolean is_removed(const Walk *walk, const xmlNode *properties)
{
    static const char *const away[] = {"del", "moveFrom", "cellDel"};
    static const char *const here[] = {"ins", "moveTo", "cellIns"};
    for (gsize i = 0; i < G_N_ELEMENTS(away); i++)
        if (child(properties, SPACE_WORD, away[i]) != NULL) {
            mark_changed(walk);
            return TRUE;
        }
    for (gsize i = 0; i < G_N_ELEMENTS(here); i++)
        if (child(properties, SPACE_WORD, here[i]) != NULL)
            mark_changed(walk);
    return FALSE;
}

static void paragraph(const Walk *walk, const xmlNode *node)
{
    Walk inner = *walk;
    Block *block = blocks_add_paragraph(walk->blocks);
    inner.paragraph = block->text;
    walk_children(&inner, node);
    const xmlNode *properties = child(node, SPACE_WORD, "pPr");
    block->continues = is_removed(walk, child(properties, SPACE_WORD, "rPr"));
}

/* The font that gives the codes of this run a meaning of their own. */
static gchar *symbol_font(const xmlNode *properties)
{
    const xmlNode *fonts = child(properties, SPACE_WORD, "rFonts");
    static const char *const scripts[] = {"ascii", "hAnsi"};
    for (gsize i = 0; fonts != NULL && i < G_N_ELEMENTS(scripts); i++) {
        g_autofree gchar *font = attribute(fonts, scripts[i]);
        if (symbol_is_font(font))
            return g_steal_pointer(&font);
    }
    return NULL;
}

static void run(const Walk *walk, const xmlNode *node)
{
    const xmlNode *properties = child(node, SPACE_WORD, "rPr");
    if (has(properties, SPACE_WORD, "vanish"))
        return;
    g_autofree gchar *font = symbol_font(properties);
    Walk inner = *walk;
    inner.symbol_font = font;
    inner.emphasis = (has(properties, SPACE_WORD, "b") ? EMPHASIS_BOLD : 0U) |
                     (has(properties, SPACE_WORD, "u") ? EMPHASIS_UNDERLINE : 0U) |
                     (has(properties, SPACE_WORD, "highlight") ? EMPHASIS_HIGHLIGHT : 0U);
    walk_children(&inner, node);
}

/* A character of the private use area without its font is most often one of Wingdings' boxes. */
static gunichar visible(const Walk *walk, gunichar character)
{
    gboolean private_use = character >= 0xf000 && character <= 0xf0ff;
    if (walk->symbol_font == NULL && !private_use)
        return character;
    const gchar *font = walk->symbol_font != NULL ? walk->symbol_font : "Wingdings";
    gunichar known = symbol_character(font, character);
    if (known != 0)
        return known;
    return private_use ? 0xfffd : character;
}

/* Without xml:space="preserve" the white space at both ends is not part of the text. */
static void text(const Walk *walk, const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    xmlChar *space = xmlGetNsProp(node, BAD_CAST "space", XML_XML_NAMESPACE);
    gchar *piece = (gchar *)content;
    if (piece != NULL && (space == NULL || strcmp((const char *)space, "preserve") != 0))
        piece = g_strstrip(piece);
    for (const gchar *c = piece; c != NULL && *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        add_character(walk, character < 0x20 ? ' ' : visible(walk, character));
    }
    xmlFree(content);
    xmlFree(space);
}

static void tabulator(const Walk *walk, const xmlNode *node)
{
    (void)node;
    add(walk, "\t", 1);
}

static void line_break(const Walk *walk, const xmlNode *node)
{
    (void)node;
    add(walk, "\n", 1);
}

static void hyphen(const Walk *walk, const xmlNode *node)
{
    (void)node;
    add(walk, "-", 1);
}

static void symbol(const Walk *walk, const xmlNode *node)
{
    g_autofree gchar *font = attribute(node, "font");
    g_autofree gchar *code = attribute(node, "char");
    guint64 number;
    if (code == NULL || !g_ascii_string_to_unsigned(code, 16, 0x20, 0xffff, &number, NULL))
        return;
    gunichar character = symbol_character(font, (gunichar)number);
    if (character == 0 && !symbol_is_font(font) && (number < 0xd800 || number > 0xf8ff))
        character = (gunichar)number;
    add_character(walk, character != 0 ? character : 0xfffd);
}

static void add_check_box(const Walk *walk, gboolean checked)
{
    add_character(walk, checked ? 0x2611 : 0x2610);
}

/* The check box of old form fields is nothing but a property of the field's beginning. */
static void field_character(const Walk *walk, const xmlNode *node)
{
    const xmlNode *data = child(node, SPACE_WORD, "ffData");
    const xmlNode *box = child(data, SPACE_WORD, "checkBox");
    if (box == NULL)
        return;
    gboolean stated = child(box, SPACE_WORD, "checked") != NULL;
    add_check_box(walk, has(box, SPACE_WORD, stated ? "checked" : "default"));
}

/* Content controls are transparent at every level (run, paragraph, cell, row). One that shows its
 * placeholder says nothing; a check box of a run counts by its state,
 * whatever glyph stands for it. */
static void content_control(const Walk *walk, const xmlNode *node)
{
    const xmlNode *properties = child(node, SPACE_WORD, "sdtPr");
    const xmlNode *box = child(properties, SPACE_WORD_2010, "checkbox");
    if (box != NULL && walk->paragraph != NULL) {
        add_check_box(walk, has(box, SPACE_WORD_2010, "checked"));
        return;
    }
    Walk inner = *walk;
    inner.muted = walk->muted || has(properties, SPACE_WORD, "showingPlcHdr");
    walk_children(&inner, node);
}

static void table(const Walk *walk, const xmlNode *node)
{
    Walk inner = *walk;
    inner.tables++;
    inner.row = NULL;
    inner.table = inner.tables <= TABLES_MAX ? blocks_add_table(walk->blocks) : NULL;
    walk_children(&inner, node);
    if (walk->table != NULL && inner.table != NULL && inner.table->changed)
        walk->table->changed = TRUE;
}

static void row(const Walk *walk, const xmlNode *node)
{
    const xmlNode *properties = child(node, SPACE_WORD, "trPr");
    if (is_removed(walk, properties))
        return;
    Walk inner = *walk;
    if (walk->table != NULL)
        inner.row = table_add_row(walk->table, number(properties, "gridBefore", 0));
    walk_children(&inner, node);
}

static Merge vertical_merge(const xmlNode *properties)
{
    const xmlNode *merge = child(properties, SPACE_WORD, "vMerge");
    if (merge == NULL)
        return MERGE_NONE;
    g_autofree gchar *value = attribute(merge, "val");
    return g_strcmp0(value, "restart") == 0 ? MERGE_START : MERGE_CONTINUE;
}

static void cell(const Walk *walk, const xmlNode *node)
{
    const xmlNode *properties = child(node, SPACE_WORD, "tcPr");
    if (is_removed(walk, properties))
        return;
    Walk inner = *walk;
    inner.paragraph = NULL;
    if (walk->row != NULL) {
        guint span = MAX(number(properties, "gridSpan", 1), 1);
        inner.blocks = table_add_cell(walk->table, span, vertical_merge(properties))->blocks;
        inner.row = NULL;
    }
    walk_children(&inner, node);
}

/* What stands in a text box follows the paragraph that it is anchored to. */
static void text_box(const Walk *walk, const xmlNode *node)
{
    Walk inner = *walk;
    inner.paragraph = NULL;
    inner.row = NULL;
    inner.symbol_font = NULL;
    inner.emphasis = 0;
    walk_children(&inner, node);
}

static void picture(const Walk *walk, const xmlNode *node)
{
    walk->document->pictures++;
    walk_children(walk, node);
}

/* The same thing for newer and older programs (ECMA-376 part 3, 10.2): the first that says
 * something. */
static void alternatives(const Walk *walk, const xmlNode *node)
{
    gsize before = walk->document->bytes;
    for (node = node->children; node != NULL && walk->document->bytes == before; node = node->next)
        if (is(node, SPACE_COMPATIBILITY, "Choice") || is(node, SPACE_COMPATIBILITY, "Fallback"))
            walk_children(walk, node);
}

static const struct {
    Space space;
    const char *name;
    void (*contribute)(const Walk *walk, const xmlNode *node);
} elements[] = {
    {SPACE_WORD, "t", text},
    {SPACE_MATH, "t", text},
    {SPACE_WORD, "r", run},
    {SPACE_WORD, "p", paragraph},
    {SPACE_WORD, "tbl", table},
    {SPACE_WORD, "tr", row},
    {SPACE_WORD, "tc", cell},
    {SPACE_WORD, "tab", tabulator},
    {SPACE_WORD, "ptab", tabulator},
    {SPACE_WORD, "br", line_break},
    {SPACE_WORD, "cr", line_break},
    {SPACE_WORD, "noBreakHyphen", hyphen},
    {SPACE_WORD, "sym", symbol},
    {SPACE_WORD, "fldChar", field_character},
    {SPACE_WORD, "sdt", content_control},
    {SPACE_WORD, "ins", inserted},
    {SPACE_WORD, "moveTo", inserted},
    {SPACE_WORD, "del", removed},
    {SPACE_WORD, "moveFrom", removed},
    {SPACE_WORD, "txbxContent", text_box},
    {SPACE_WORD, "drawing", picture},
    {SPACE_WORD, "pict", picture},
    {SPACE_WORD, "object", picture},
    {SPACE_COMPATIBILITY, "AlternateContent", alternatives},
    /* The reading above a Chinese character; and properties, where w:tab means a tab stop. */
    {SPACE_WORD, "rt", skip},
    {SPACE_WORD, "pPr", skip},
    {SPACE_WORD, "rPr", skip},
    {SPACE_WORD, "tblPr", skip},
    {SPACE_WORD, "trPr", skip},
    {SPACE_WORD, "tcPr", skip},
    {SPACE_WORD, "sdtPr", skip},
    {SPACE_WORD, "sectPr", skip},
};

/* As deep as the XML, which package.c bounds. */
static void walk_children(const Walk *walk, const xmlNode *node)
{
    for (node = node->children; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        Space space = space_of(node);
        gsize i = 0;
        while (
            i < G_N_ELEMENTS(elements) &&
            (elements[i].space != space || strcmp((const char *)node->name, elements[i].name) != 0))
            i++;
        if (i < G_N_ELEMENTS(elements))
            elements[i].contribute(walk, node);
        else
            walk_children(walk, node);
    }
}

Document *document_read(xmlDoc *main)
{
    Document *document = g_new0(Document, 1);
    document->blocks = blocks_new();
    Walk walk = {.document = document, .blocks = document->blocks};
    walk_children(&walk, xmlDocGetRootElement(main));
    return document;
}

void document_free(Document *document)
{
    if (document == NULL)
        return;
    g_ptr_array_unref(document->blocks);
    g_free(document);
}
