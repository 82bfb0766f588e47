/* From the XML of the main part to the light tree: one walk over all elements, and one table that
 * says what an element contributes. An element that is not in the table contributes what its
 * children do. */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLES_MAX = 5, /* tables in tables; what is deeper belongs to the cell around it */
    SPAN_MAX = 1000,
};

/* Namespaces that begin like these are known to Word. */
#define OFFICE  "http://schemas.microsoft.com/office/"
#define OPENXML "http://schemas.openxmlformats.org/"

void walk_add(const Walk *walk, const gchar *text)
{
    Document *document = walk->reader->document;
    gsize length = strlen(text);
    if (walk->paragraph == NULL || walk->muted ||
        field_codes_take(walk->reader->codes, text, length, FALSE))
        return;
    text_append(walk->paragraph, text, length, walk->emphasis);
    document->bytes += length;
    document->chars += text_chars(text, 0, length);
}

const Style *walk_style(const Walk *walk, const xmlNode *properties, const char *kind)
{
    Reader *reader = walk->reader;
    g_autofree gchar *id = word_value(properties, kind);
    if (id != NULL && reader->styles == NULL)
        reader->styles = styles_new(package_related(reader->package, "styles", reader->fault));
    return styles_get(reader->styles, id);
}

/* ---- tracked changes: as if all were accepted ---- */

static void mark_changed(const Walk *walk)
{
    walk->reader->document->changed = TRUE;
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
        if (word_child(properties, SPACE_WORD, away[i]) != NULL) {
            mark_changed(walk);
            return TRUE;
        }
    for (gsize i = 0; i < G_N_ELEMENTS(here); i++)
        if (word_child(properties, SPACE_WORD, here[i]) != NULL)
            mark_changed(walk);
    return FALSE;
}

/* Properties are read by the elements that have them; w:tab means a tab stop there. How they were
 * before a change (w:rPrChange, w:tcPrChange, …) is a tracked change, too. */
static void properties(const Walk *walk, const xmlNode *node)
{
    for (node = node->children; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && word_space(node) == SPACE_WORD &&
            g_str_has_suffix((const gchar *)node->name, "Change"))
            mark_changed(walk);
}

/* ---- paragraphs ---- */

/* The number that stands before a paragraph with these PROPERTIES, which is counted now; NULL:
 * none. */
static gchar *next_number(const Walk *walk, const xmlNode *properties)
{
    Reader *reader = walk->reader;
    guint num = walk->of_paragraph->num, level = walk->of_paragraph->level;
    numbering_of(properties, &num, &level);
    if (num == 0)
        return NULL;
    if (reader->numbering == NULL)
        reader->numbering =
            numbering_new(package_related(reader->package, "numbering", reader->fault));
    return numbering_next(reader->numbering, num, level);
}

/* A paragraph that says nothing keeps no number: it is no answer. */
static void paragraph(const Walk *walk, const xmlNode *node)
{
    Walk inner = *walk;
    const xmlNode *own = word_child(node, SPACE_WORD, "pPr");
    gboolean continues = is_removed(walk, word_child(own, SPACE_WORD, "rPr"));
    Block *block = blocks_add_paragraph(walk->blocks);
    inner.paragraph = block->text;
    inner.of_paragraph = walk_style(walk, own, "pStyle");
    gsize start = block->text->string->len; /* not 0 behind a mark that was deleted */
    guint depth = field_codes_depth(walk->reader->codes);
    g_autofree gchar *number = continues ? NULL : next_number(&inner, own);
    if (number != NULL && start == 0)
        text_append(block->text, number, strlen(number), 0);
    gsize begun = block->text->string->len;
    walk_children(&inner, node);
    g_autofree gchar *given_up = field_codes_give_up(walk->reader->codes, depth);
    walk_add(&inner, given_up);
    if (begun > start && text_is_blank(block->text, begun))
        text_truncate(block->text, start);
    block->continues = continues;
}

static void skip(const Walk *walk, const xmlNode *node)
{
    (void)walk;
    (void)node;
}

/* Content controls are transparent at every level (run, paragraph, cell, row). One that shows its
 * placeholder says nothing; a check box of a run counts by its state,
 * whatever glyph stands for it. */
static void content_control(const Walk *walk, const xmlNode *node)
{
    const xmlNode *own = word_child(node, SPACE_WORD, "sdtPr");
    const xmlNode *box = word_child(own, SPACE_WORD_2010, "checkbox");
    if (box != NULL && walk->paragraph != NULL) {
        walk_check_box(walk, word_flag(box, SPACE_WORD_2010, "checked") == FLAG_ON);
        return;
    }
    Walk inner = *walk;
    inner.muted |= word_flag(own, SPACE_WORD, "showingPlcHdr") == FLAG_ON;
    walk_children(&inner, node);
}

/* ---- tables ---- */

static void table(const Walk *walk, const xmlNode *node)
{
    Walk inner = *walk;
    inner.tables++;
    inner.row = NULL;
    inner.table = inner.tables <= TABLES_MAX ? blocks_add_table(walk->blocks) : NULL;
    walk_children(&inner, node);
}

static void row(const Walk *walk, const xmlNode *node)
{
    const xmlNode *own = word_child(node, SPACE_WORD, "trPr");
    if (is_removed(walk, own))
        return;
    Walk inner = *walk;
    if (walk->table != NULL && walk->row == NULL)
        inner.row = table_add_row(walk->table, word_number(own, "gridBefore", SPAN_MAX, 0));
    walk_children(&inner, node);
}

static Merge merge_of(const xmlNode *own, const char *name)
{
    const xmlNode *merge = word_child(own, SPACE_WORD, name);
    if (merge == NULL)
        return MERGE_NONE;
    g_autofree gchar *value = word_attribute(merge, "val");
    return g_strcmp0(value, "restart") == 0 ? MERGE_START : MERGE_CONTINUE;
}

/* Old programs merge cells of a row as they do those of a column (part 4, 14.3.2). */
static GPtrArray *add_cell(const Walk *walk, const xmlNode *own)
{
    guint span = MAX(word_number(own, "gridSpan", SPAN_MAX, 1), 1);
    if (merge_of(own, "hMerge") == MERGE_CONTINUE && walk->row->cells->len > 0)
        return row_widen_cell(walk->row, span)->blocks;
    return table_add_cell(walk->table, walk->row, span, merge_of(own, "vMerge"))->blocks;
}

static void cell(const Walk *walk, const xmlNode *node)
{
    const xmlNode *own = word_child(node, SPACE_WORD, "tcPr");
    if (is_removed(walk, own))
        return;
    Walk inner = *walk;
    inner.paragraph = NULL;
    if (walk->row != NULL)
        inner.blocks = add_cell(walk, own);
    inner.row = NULL;
    inner.table = NULL; /* a row in it must be that of a table in it */
    walk_children(&inner, node);
}

/* ---- drawings and equations ---- */

/* One character that is no word. */
static gboolean is_mark(const gchar *text)
{
    gunichar c = g_utf8_get_char(text);
    return g_utf8_strlen(text, -1) == 1 && (!g_unichar_isalnum(c) || c == 'V' || c == 'v');
}

/* Above a Chinese character stands how it is read, which is none of the text; or, above a box, its
 * tick. */
static void ruby(const Walk *walk, const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    gchar *above = content != NULL ? g_strstrip((gchar *)content) : NULL;
    if (above != NULL && is_mark(above))
        walk_add(walk, above);
    xmlFree(content);
}

/* A tick that was drawn over the form. */
static const gchar *drawn_mark(const GPtrArray *blocks)
{
    const gchar *mark = NULL;
    for (guint i = 0; i < blocks->len; i++) {
        const Block *block = blocks->pdata[i];
        if (block->text == NULL || (mark != NULL && *block->text->string->str != '\0'))
            return NULL;
        if (*block->text->string->str != '\0')
            mark = block->text->string->str;
    }
    return mark != NULL && is_mark(mark) ? mark : NULL;
}

/* What stands in a text box follows the paragraph that it is anchored to. A mark in one stands
 * where it is anchored; at the beginning of a paragraph, which is where a text box that was moved
 * about is anchored, nobody knows what it marks. */
static void text_box(const Walk *walk, const xmlNode *node)
{
    g_autoptr(GPtrArray) blocks = blocks_new();
    Walk inner = *walk;
    inner.blocks = blocks;
    inner.paragraph = NULL;
    inner.row = NULL;
    inner.table = NULL;
    inner.symbol_font = NULL;
    inner.emphasis = 0;
    walk_children(&inner, node);
    const gchar *mark = walk->paragraph != NULL ? drawn_mark(blocks) : NULL;
    if (mark != NULL && !text_is_blank(walk->paragraph, 0))
        walk_add(walk, mark);
    if (mark != NULL)
        return;
    for (guint i = 0; i < blocks->len; i++)
        ((Block *)blocks->pdata[i])->floats = TRUE;
    g_ptr_array_extend_and_steal(walk->blocks, g_steal_pointer(&blocks));
}

/* Or an object of another program: what it shows is not read. */
static void picture(const Walk *walk, const xmlNode *node)
{
    walk->reader->document->pictures++;
    if (walk->paragraph != NULL && !walk->muted)
        walk->paragraph->drawn = TRUE;
    walk_children(walk, node);
}

static void object(const Walk *walk, const xmlNode *node)
{
    walk->reader->document->objects++;
    picture(walk, node);
}

/* Another document, which Word puts here when it opens this one (17.17.2). */
static void foreign_part(const Walk *walk, const xmlNode *node)
{
    (void)node;
    walk->reader->document->foreign = TRUE;
}

/* Whether Word would take this mc:Choice: it knows the namespaces of all prefixes in Requires. */
static gboolean is_understood(const xmlNode *choice)
{
    xmlChar *said = xmlGetNoNsProp(choice, BAD_CAST "Requires");
    g_auto(GStrv) prefixes = g_strsplit(said != NULL ? (const char *)said : "", " ", -1);
    xmlFree(said);
    for (guint i = 0; prefixes[i] != NULL; i++) {
        if (*prefixes[i] == '\0')
            continue;
        const xmlNs *space = xmlSearchNs(choice->doc, (xmlNode *)choice, BAD_CAST prefixes[i]);
        if (space == NULL || !(g_str_has_prefix((const char *)space->href, OFFICE) ||
                               g_str_has_prefix((const char *)space->href, OPENXML)))
            return FALSE;
    }
    return TRUE;
}

/* The same thing for newer and older programs (ECMA-376 part 3, 10.2): the first that is understood
 * and says something. */
static void alternatives(const Walk *walk, const xmlNode *node)
{
    const gsize *bytes = &walk->reader->document->bytes;
    gsize before = *bytes;
    for (node = node->children; node != NULL && *bytes == before; node = node->next)
        if (word_is(node, SPACE_COMPATIBILITY, "Fallback") ||
            (word_is(node, SPACE_COMPATIBILITY, "Choice") && is_understood(node)))
            walk_children(walk, node);
}

/* In the order of the names, and of the spaces within one. */
static const struct element {
    const char *name;
    Space space;
    void (*contribute)(const Walk *walk, const xmlNode *node);
} elements[] = {
    {"AlternateContent", SPACE_COMPATIBILITY, alternatives},
    {"altChunk", SPACE_WORD, foreign_part},
    {"br", SPACE_WORD, walk_break},
    {"cr", SPACE_WORD, walk_break},
    {"d", SPACE_MATH, walk_delimited},
    {"del", SPACE_WORD, removed},
    {"drawing", SPACE_WORD, picture},
    {"f", SPACE_MATH, walk_fraction},
    {"fldChar", SPACE_WORD, walk_field_character},
    {"fldSimple", SPACE_WORD, walk_simple_field},
    {"ins", SPACE_WORD, inserted},
    {"instrText", SPACE_WORD, walk_instruction},
    {"moveFrom", SPACE_WORD, removed},
    {"moveTo", SPACE_WORD, inserted},
    {"nary", SPACE_MATH, walk_operator},
    {"noBreakHyphen", SPACE_WORD, walk_hyphen},
    {"object", SPACE_WORD, object},
    {"p", SPACE_WORD, paragraph},
    {"pPr", SPACE_WORD, properties},
    {"pict", SPACE_WORD, picture},
    {"ptab", SPACE_WORD, walk_tabulator},
    {"r", SPACE_WORD, walk_run},
    {"rPr", SPACE_WORD, properties},
    {"rad", SPACE_MATH, walk_radical},
    {"rt", SPACE_WORD, ruby},
    {"sdt", SPACE_WORD, content_control},
    {"sdtPr", SPACE_WORD, skip},
    {"sectPr", SPACE_WORD, properties},
    {"sym", SPACE_WORD, walk_symbol},
    {"t", SPACE_WORD, walk_text},
    {"t", SPACE_MATH, walk_text},
    {"tab", SPACE_WORD, walk_tabulator},
    {"tbl", SPACE_WORD, table},
    {"tblPr", SPACE_WORD, properties},
    {"tc", SPACE_WORD, cell},
    {"tcPr", SPACE_WORD, properties},
    {"tr", SPACE_WORD, row},
    {"trPr", SPACE_WORD, properties},
    {"txbxContent", SPACE_WORD, text_box},
};

static int compare_elements(const void *left, const void *right)
{
    const struct element *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (int)a->space - (int)b->space;
}

/* As deep as the XML, which bounded-xml.c bounds. */
void walk_children(const Walk *walk, const xmlNode *node)
{
    for (node = node->children; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        struct element key = {.name = (const char *)node->name, .space = word_space(node)};
        const struct element *known = key.space == SPACE_OTHER
                                          ? NULL
                                          : bsearch(&key, elements, G_N_ELEMENTS(elements),
                                                    sizeof *elements, compare_elements);
        if (known != NULL)
            known->contribute(walk, node);
        else
            walk_children(walk, node);
    }
}

Document *document_read(Package *package, PackageFault *fault)
{
    const xmlNode *main = package_main(package, fault);
    if (main == NULL)
        return NULL;
    if (!word_is(main, SPACE_WORD, "document")) {
        fault->note = "docx.corrupt_file";
        return NULL;
    }
    Document *document = g_new0(Document, 1);
    document->blocks = blocks_new();
    Reader reader = {
        .document = document, .package = package, .fault = fault, .codes = field_codes_new()};
    Walk walk = {
        .reader = &reader, .blocks = document->blocks, .of_paragraph = styles_get(NULL, NULL)};
    walk_children(&walk, main);
    field_codes_free(reader.codes);
    styles_free(reader.styles);
    numbering_free(reader.numbering);
    if (fault->note == NULL)
        return document;
    document_free(document);
    return NULL;
}

static void add_line(Table *table, const Text *text)
{
    g_auto(GStrv) pieces = g_strsplit(text->string->str, "\t", -1);
    Row *line = table_add_row(table, 0);
    for (guint i = 0; pieces[i] != NULL; i++) {
        Cell *cell = table_add_cell(table, line, 1, MERGE_NONE);
        text_append(blocks_add_paragraph(cell->blocks)->text, pieces[i], strlen(pieces[i]), 0);
    }
}

void document_make_lines(Document *document)
{
    document->lines = blocks_new();
    Table *table = blocks_add_table(document->lines);
    table->of_lines = TRUE;
    for (guint i = 0; i < document->blocks->len; i++) {
        const Block *block = document->blocks->pdata[i];
        if (block->text != NULL && !text_is_blank(block->text, 0))
            add_line(table, block->text);
    }
}

void document_free(Document *document)
{
    if (document == NULL)
        return;
    g_ptr_array_unref(document->blocks);
    g_clear_pointer(&document->lines, g_ptr_array_unref);
    g_free(document);
}
