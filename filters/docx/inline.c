/* What stands within a paragraph: text in all its guises, fields and equations. */
#include "symbol.h"
#include "walk.h"

#include <string.h>

static void add_character(const Walk *walk, gunichar character)
{
    gchar utf8[7] = "";
    g_unichar_to_utf8(character, utf8);
    walk_add(walk, utf8);
}

/* A property that toggles (17.7.3): what the run says itself, else it is on where one of its two
 * styles says so and not both. */
static gboolean is_toggled(Flag own, Flag of_style, Flag of_paragraph)
{
    return own != FLAG_UNSAID ? own == FLAG_ON : (of_style == FLAG_ON) != (of_paragraph == FLAG_ON);
}

/* Any other: the nearest that is said. */
static gboolean is_on(Flag own, Flag of_style, Flag of_paragraph)
{
    Flag said = own != FLAG_UNSAID ? own : of_style != FLAG_UNSAID ? of_style : of_paragraph;
    return said == FLAG_ON;
}

static gboolean is_colour(gchar *value)
{
    g_autofree gchar *colour = value;
    static const char *const none[] = {"auto", "000000", "FFFFFF", "ffffff", NULL};
    return colour != NULL && !g_strv_contains(none, colour);
}

static gboolean is_coloured(const xmlNode *own)
{
    return word_flag(own, SPACE_WORD, "highlight") == FLAG_ON ||
           is_colour(word_value(own, "color")) ||
           is_colour(word_attribute(word_child(own, SPACE_WORD, "shd"), "fill"));
}

/* The codes of fields in hidden text are followed, too. */
void walk_run(const Walk *walk, const xmlNode *node)
{
    const xmlNode *own = word_child(node, SPACE_WORD, "rPr");
    const Style *its = walk_style(walk, own, "rStyle"), *of_paragraph = walk->of_paragraph;
    const gchar *font = run_symbol_font(own);
    Walk inner = *walk;
    inner.symbol_font = font != NULL ? font : its->symbol_font;
    inner.muted |=
        is_toggled(word_flag(own, SPACE_WORD, "vanish"), its->hidden, of_paragraph->hidden);
    inner.emphasis = 0;
    if (is_toggled(word_flag(own, SPACE_WORD, "b"), its->bold, of_paragraph->bold))
        inner.emphasis |= EMPHASIS_BOLD;
    if (is_on(word_flag(own, SPACE_WORD, "u"), its->underlined, of_paragraph->underlined))
        inner.emphasis |= EMPHASIS_UNDERLINE;
    if (is_coloured(own))
        inner.emphasis |= EMPHASIS_COLOURED;
    if (word_flag(own, SPACE_WORD, "bdr") == FLAG_ON || word_flag(own, SPACE_WORD, "em") == FLAG_ON)
        inner.emphasis |= EMPHASIS_FRAMED;
    if (word_flag(own, SPACE_WORD, "strike") == FLAG_ON ||
        word_flag(own, SPACE_WORD, "dstrike") == FLAG_ON)
        inner.emphasis |= EMPHASIS_STRUCK;
    walk_children(&inner, node);
}

/* Nearly all text is what it looks like; the private use area begins with 0xEE or 0xEF. */
static gboolean is_plain(const Walk *walk, const gchar *piece)
{
    for (; *piece != '\0'; piece++)
        if ((guchar)*piece < 0x20 || (guchar)*piece == 0xee || (guchar)*piece == 0xef)
            return FALSE;
    return walk->symbol_font == NULL;
}

/* Without xml:space="preserve" the white space at both ends is not part of the text. */
void walk_text(const Walk *walk, const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    gchar *piece = (gchar *)content;
    if (piece != NULL && xmlNodeGetSpacePreserve(node) != 1)
        piece = g_strstrip(piece);
    if (piece != NULL && is_plain(walk, piece))
        walk_add(walk, piece);
    else
        for (const gchar *c = piece; c != NULL && *c != '\0'; c = g_utf8_next_char(c)) {
            gunichar character = g_utf8_get_char(c);
            add_character(walk,
                          character < 0x20 ? ' ' : symbol_visible(walk->symbol_font, character));
        }
    xmlFree(content);
}

void walk_instruction(const Walk *walk, const xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    if (content != NULL && walk->paragraph != NULL)
        field_codes_take(walk->reader->codes, (const gchar *)content, strlen((const char *)content),
                         TRUE);
    xmlFree(content);
}

void walk_tabulator(const Walk *walk, const xmlNode *node)
{
    (void)node;
    walk_add(walk, "\t");
}

void walk_break(const Walk *walk, const xmlNode *node)
{
    (void)node;
    walk_add(walk, "\n");
}

void walk_hyphen(const Walk *walk, const xmlNode *node)
{
    (void)node;
    walk_add(walk, "-");
}

void walk_symbol(const Walk *walk, const xmlNode *node)
{
    g_autofree gchar *font = word_attribute(node, "font");
    g_autofree gchar *code = word_attribute(node, "char");
    guint64 number;
    if (code == NULL || !g_ascii_string_to_unsigned(code, 16, 0x20, 0xffff, &number, NULL))
        return;
    gboolean surrogate = number >= 0xd800 && number <= 0xdfff;
    gunichar character = symbol_font(font) != NULL ? symbol_character(font, (gunichar)number)
                         : surrogate               ? 0
                                                   : symbol_visible(NULL, (gunichar)number);
    add_character(walk, character != 0 ? character : 0xfffd);
}

void walk_check_box(const Walk *walk, gboolean checked)
{
    add_character(walk, checked ? 0x2611 : 0x2610);
}

/* What the list of an old form field shows (17.16.12): the entry of that number. */
static gchar *chosen_entry(const xmlNode *list)
{
    guint number = word_number(list, "result", G_MAXINT, word_number(list, "default", G_MAXINT, 0));
    for (const xmlNode *node = list->children; node != NULL; node = node->next)
        if (word_is(node, SPACE_WORD, "listEntry") && number-- == 0)
            return word_attribute(node, "val");
    return NULL;
}

/* Old form fields have their state in the field's beginning (17.16.17). */
static void begin_field(const Walk *walk, const xmlNode *node)
{
    const xmlNode *data = word_child(node, SPACE_WORD, "ffData");
    const xmlNode *box = word_child(data, SPACE_WORD, "checkBox");
    const xmlNode *list = word_child(data, SPACE_WORD, "ddList");
    if (box != NULL) {
        gboolean stated = word_child(box, SPACE_WORD, "checked") != NULL;
        walk_check_box(walk, word_flag(box, SPACE_WORD, stated ? "checked" : "default") == FLAG_ON);
    }
    field_codes_begin(walk->reader->codes, list != NULL ? chosen_entry(list) : NULL);
}

void walk_field_character(const Walk *walk, const xmlNode *node)
{
    FieldCodes *codes = walk->reader->codes;
    g_autofree gchar *type = word_attribute(node, "fldCharType");
    if (g_strcmp0(type, "begin") == 0)
        begin_field(walk, node);
    else if (g_strcmp0(type, "separate") == 0)
        field_codes_separate(codes);
    else if (g_strcmp0(type, "end") == 0) {
        g_autofree gchar *drawn = field_codes_end(codes);
        if (drawn != NULL)
            walk_add(walk, drawn);
    }
}

void walk_simple_field(const Walk *walk, const xmlNode *node)
{
    gsize before = walk->reader->document->bytes;
    walk_children(walk, node);
    g_autofree gchar *code = word_attribute(node, "instr");
    g_autofree gchar *drawn = code != NULL ? field_code_drawing(code) : NULL;
    if (drawn != NULL && walk->reader->document->bytes == before)
        walk_add(walk, drawn);
}

/* Equations (22.1) are read from left to right; what is drawn and no text stands between. */
void walk_fraction(const Walk *walk, const xmlNode *node)
{
    const xmlNode *over = word_child(node, SPACE_MATH, "num");
    const xmlNode *under = word_child(node, SPACE_MATH, "den");
    if (over != NULL)
        walk_children(walk, over);
    walk_add(walk, "/");
    if (under != NULL)
        walk_children(walk, under);
}

void walk_radical(const Walk *walk, const xmlNode *node)
{
    walk_add(walk, "√");
    walk_children(walk, node);
}

/* The character NAME among the properties OF that element. */
static void add_drawn(const Walk *walk, const xmlNode *node, const char *of, const char *name,
                      const char *otherwise)
{
    const xmlNode *own = word_child(node, SPACE_MATH, of);
    g_autofree gchar *drawn = word_attribute(word_child(own, SPACE_MATH, name), "val");
    walk_add(walk, drawn != NULL ? drawn : otherwise);
}

void walk_operator(const Walk *walk, const xmlNode *node)
{
    add_drawn(walk, node, "naryPr", "chr", "∫");
    walk_children(walk, node);
}

void walk_delimited(const Walk *walk, const xmlNode *node)
{
    add_drawn(walk, node, "dPr", "begChr", "(");
    walk_children(walk, node);
    add_drawn(walk, node, "dPr", "endChr", ")");
}
