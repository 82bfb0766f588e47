/* Styles, resolved when they are asked for. */
#include "style.h"

#include "symbol.h"

enum {
    BASES_MAX = 32, /* styles based on styles; Word itself takes 11 */
    LEVELS = 9,
    NUM_MAX = 1000000,
};

struct Styles {
    GHashTable *nodes; /* identifier → xmlNode */
    GHashTable *known; /* identifier → Style */
};

static const Style plain;

Styles *styles_new(const xmlNode *root)
{
    Styles *styles = g_new0(Styles, 1);
    styles->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    styles->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (const xmlNode *node = root != NULL ? root->children : NULL; node != NULL;
         node = node->next) {
        gchar *id = word_is(node, SPACE_WORD, "style") ? word_attribute(node, "styleId") : NULL;
        if (id != NULL)
            g_hash_table_insert(styles->nodes, id, (gpointer)node);
    }
    return styles;
}

void styles_free(Styles *styles)
{
    if (styles == NULL)
        return;
    g_hash_table_unref(styles->nodes);
    g_hash_table_unref(styles->known);
    g_free(styles);
}

gboolean numbering_of(const xmlNode *properties, guint *num, guint *level)
{
    const xmlNode *numbering = word_child(properties, SPACE_WORD, "numPr");
    if (numbering == NULL)
        return FALSE;
    *num = word_number(numbering, "numId", NUM_MAX, *num);
    *level = word_number(numbering, "ilvl", LEVELS - 1, *level);
    return TRUE;
}

const gchar *run_symbol_font(const xmlNode *properties)
{
    const xmlNode *fonts = word_child(properties, SPACE_WORD, "rFonts");
    static const char *const scripts[] = {"ascii", "hAnsi"};
    for (gsize i = 0; fonts != NULL && i < G_N_ELEMENTS(scripts); i++) {
        g_autofree gchar *font = word_attribute(fonts, scripts[i]);
        const gchar *symbols = symbol_font(font);
        if (symbols != NULL)
            return symbols;
    }
    return NULL;
}

static void inherit(Flag *flag, Flag said)
{
    if (*flag == FLAG_UNSAID)
        *flag = said;
}

/* A style in a circle ends with BASES. */
static Style resolve(const Styles *styles, const gchar *id, guint bases)
{
    const xmlNode *node = g_hash_table_lookup(styles->nodes, id);
    if (node == NULL || bases == 0)
        return plain;
    const xmlNode *run = word_child(node, SPACE_WORD, "rPr");
    g_autofree gchar *based_on = word_value(node, "basedOn");
    Style style = based_on != NULL ? resolve(styles, based_on, bases - 1) : plain;
    Style own = {.hidden = word_flag(run, SPACE_WORD, "vanish"),
                 .bold = word_flag(run, SPACE_WORD, "b"),
                 .underlined = word_flag(run, SPACE_WORD, "u"),
                 .num = style.num,
                 .level = style.level,
                 .symbol_font = style.symbol_font};
    const gchar *font = run_symbol_font(run);
    if (font != NULL)
        own.symbol_font = font;
    inherit(&own.hidden, style.hidden);
    inherit(&own.bold, style.bold);
    inherit(&own.underlined, style.underlined);
    numbering_of(word_child(node, SPACE_WORD, "pPr"), &own.num, &own.level);
    return own;
}

const Style *styles_get(Styles *styles, const gchar *id)
{
    if (id == NULL)
        return &plain;
    Style *known = g_hash_table_lookup(styles->known, id);
    if (known == NULL) {
        Style style = resolve(styles, id, BASES_MAX);
        known = g_memdup2(&style, sizeof style);
        g_hash_table_insert(styles->known, g_strdup(id), known);
    }
    return known;
}
