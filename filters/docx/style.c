/* Styles, resolved when they are asked for. */
#include "style.h"

#include "numbering.h"
#include "symbol.h"

enum { NUM_MAX = 1000000 };

/* A style, and whether it is resolved, or about to be. */
typedef struct {
    const xmlNode *node;
    gboolean asked;
    Style style;
} Entry;

struct Styles {
    GHashTable *entries; /* identifier → Entry */
};

static const Style plain;

Styles *styles_new(const xmlNode *root)
{
    Styles *styles = g_new0(Styles, 1);
    styles->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (const xmlNode *node = root != NULL ? root->children : NULL; node != NULL;
         node = node->next) {
        gchar *id = word_is(node, SPACE_WORD, "style") ? word_attribute(node, "styleId") : NULL;
        if (id == NULL)
            continue;
        Entry *entry = g_new0(Entry, 1);
        entry->node = node;
        g_hash_table_insert(styles->entries, id, entry);
    }
    return styles;
}

void styles_free(Styles *styles)
{
    if (styles == NULL)
        return;
    g_hash_table_unref(styles->entries);
    g_free(styles);
}

gboolean numbering_of(const xmlNode *properties, guint *num, guint *level)
{
    const xmlNode *numbering = word_child(properties, SPACE_WORD, "numPr");
    if (numbering == NULL)
        return FALSE;
    *num = word_number(numbering, "numId", NUM_MAX, *num);
    *level = word_number(numbering, "ilvl", NUMBERING_LEVELS - 1, *level);
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

/* The style of NODE, as it differs from the one that it is based on. */
static Style derive(const xmlNode *node, const Style *base)
{
    const xmlNode *run = word_child(node, SPACE_WORD, "rPr");
    Style style = {.hidden = word_flag(run, SPACE_WORD, "vanish"),
                   .bold = word_flag(run, SPACE_WORD, "b"),
                   .underlined = word_flag(run, SPACE_WORD, "u"),
                   .num = base->num,
                   .level = base->level,
                   .symbol_font = base->symbol_font};
    const gchar *font = run_symbol_font(run);
    if (font != NULL)
        style.symbol_font = font;
    inherit(&style.hidden, base->hidden);
    inherit(&style.bold, base->bold);
    inherit(&style.underlined, base->underlined);
    numbering_of(word_child(node, SPACE_WORD, "pPr"), &style.num, &style.level);
    return style;
}

/* Each is resolved once, after those that it is based on; a circle ends where it began. */
const Style *styles_get(Styles *styles, const gchar *id)
{
    Entry *wanted = id != NULL ? g_hash_table_lookup(styles->entries, id) : NULL;
    if (wanted == NULL)
        return &plain;
    if (wanted->asked)
        return &wanted->style;
    g_autoptr(GPtrArray) bases = g_ptr_array_new();
    Entry *entry = wanted;
    while (entry != NULL && !entry->asked) {
        entry->asked = TRUE;
        g_ptr_array_add(bases, entry);
        g_autofree gchar *base = word_value(entry->node, "basedOn");
        entry = base != NULL ? g_hash_table_lookup(styles->entries, base) : NULL;
    }
    const Style *base = entry != NULL ? &entry->style : &plain;
    for (guint i = bases->len; i > 0; i--) {
        Entry *derived = g_ptr_array_index(bases, i - 1);
        derived->style = derive(derived->node, base);
        base = &derived->style;
    }
    return &wanted->style;
}
