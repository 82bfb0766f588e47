/* Lists, and where each stands. Definitions are shared: a list (w:num) is a use of an abstract one
 * (w:abstractNum), which does the counting. */
#include "numbering.h"

#include "symbol.h"
#include "word.h"

#include <string.h>

enum { LEVELS = 9, NUMBER_MAX = 100000 };

/* An abstract list. */
typedef struct {
    const xmlNode *node;
    guint count[LEVELS]; /* of the paragraph before */
    gboolean begun[LEVELS];
} List;

/* A use of it. */
typedef struct {
    const xmlNode *node;
    List *list;
    gboolean used; /* has its overrides of the start behind it */
} Use;

struct Numbering {
    GHashTable *lists; /* abstractNumId → List */
    GHashTable *uses;  /* numId → Use */
};

static const xmlNode *level_node(const Use *use, guint level);
static void begin(Use *use);
static gchar *print(const Use *use, guint level);

static List *find_list(const Numbering *numbering, const xmlNode *num);

Numbering *numbering_new(const xmlNode *root)
{
    Numbering *numbering = g_new0(Numbering, 1);
    numbering->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    numbering->uses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const xmlNode *node = root != NULL ? root->children : NULL;
    for (const xmlNode *one = node; one != NULL; one = one->next) {
        gchar *id =
            word_is(one, SPACE_WORD, "abstractNum") ? word_attribute(one, "abstractNumId") : NULL;
        if (id == NULL)
            continue;
        List *list = g_new0(List, 1);
        list->node = one;
        g_hash_table_insert(numbering->lists, id, list);
    }
    for (const xmlNode *one = node; one != NULL; one = one->next) {
        gchar *id = word_is(one, SPACE_WORD, "num") ? word_attribute(one, "numId") : NULL;
        if (id == NULL)
            continue;
        Use *use = g_new0(Use, 1);
        *use = (Use){.node = one, .list = find_list(numbering, one)};
        g_hash_table_insert(numbering->uses, id, use);
    }
    return numbering;
}

void numbering_free(Numbering *numbering)
{
    if (numbering == NULL)
        return;
    g_hash_table_unref(numbering->uses);
    g_hash_table_unref(numbering->lists);
    g_free(numbering);
}

/* One that only refers to a style of numbering stands for the list which that style is linked to
 * (17.9.21, 17.9.27). */
static List *linked(const Numbering *numbering, List *list)
{
    g_autofree gchar *style = list != NULL ? word_value(list->node, "numStyleLink") : NULL;
    if (style == NULL)
        return list;
    GHashTableIter other;
    gpointer value;
    g_hash_table_iter_init(&other, numbering->lists);
    while (g_hash_table_iter_next(&other, NULL, &value)) {
        g_autofree gchar *link = word_value(((List *)value)->node, "styleLink");
        if (g_strcmp0(link, style) == 0)
            return value;
    }
    return list;
}

static List *find_list(const Numbering *numbering, const xmlNode *num)
{
    g_autofree gchar *id = word_value(num, "abstractNumId");
    return id != NULL ? linked(numbering, g_hash_table_lookup(numbering->lists, id)) : NULL;
}

/* The child NAME of PARENT for that level. */
static const xmlNode *of_level(const xmlNode *parent, const char *name, guint level)
{
    for (const xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL;
         node = node->next)
        if (word_is(node, SPACE_WORD, name) &&
            word_attribute_number(node, "ilvl", LEVELS, LEVELS) == level)
            return node;
    return NULL;
}

static const xmlNode *level_node(const Use *use, guint level)
{
    const xmlNode *other = of_level(use->node, "lvlOverride", level);
    const xmlNode *redefined = word_child(other, SPACE_WORD, "lvl");
    return redefined != NULL ? redefined : of_level(use->list->node, "lvl", level);
}

static guint start_of(const Use *use, guint level)
{
    const xmlNode *node = level_node(use, level);
    return node != NULL ? word_number(node, "start", NUMBER_MAX, 0) : 1;
}

/* Its overrides of the start (17.9.27) count once, when it is first used. */
static void begin(Use *use)
{
    if (use->used)
        return;
    use->used = TRUE;
    for (guint level = 0; level < LEVELS; level++) {
        const xmlNode *other = of_level(use->node, "lvlOverride", level);
        if (word_child(other, SPACE_WORD, "startOverride") == NULL)
            continue;
        /* As if the number before were the last one. */
        guint start = word_number(other, "startOverride", NUMBER_MAX, 1);
        use->list->begun[level] = start > 0;
        use->list->count[level] = start > 0 ? start - 1 : 0;
    }
}

gchar *numbering_next(Numbering *numbering, guint num, guint level)
{
    gchar id[16];
    g_snprintf(id, sizeof id, "%u", num);
    Use *use = g_hash_table_lookup(numbering->uses, id);
    if (use == NULL || use->list == NULL || level >= LEVELS)
        return g_strdup("");
    begin(use);
    List *list = use->list;
    list->count[level] = list->begun[level] ? list->count[level] + 1 : start_of(use, level);
    list->begun[level] = TRUE;
    for (guint deeper = level + 1; deeper < LEVELS; deeper++)
        list->begun[deeper] = FALSE;
    return print(use, level);
}

/* ---- numbers in words ---- */

/* "二十一"; beyond 99 in figures. */
static void print_chinese(GString *text, guint number)
{
    static const char *const digits[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    if (number == 0 || number > 99) {
        g_string_append_printf(text, "%u", number);
        return;
    }
    if (number >= 20)
        g_string_append(text, digits[number / 10]);
    if (number >= 10)
        g_string_append(text, "十");
    g_string_append(text, digits[number % 10]);
}

static void print_roman(GString *text, guint number, gboolean upper)
{
    static const struct {
        guint value;
        const char *lower, *upper;
    } parts[] = {{1000, "m", "M"}, {900, "cm", "CM"}, {500, "d", "D"}, {400, "cd", "CD"},
                 {100, "c", "C"},  {90, "xc", "XC"},  {50, "l", "L"},  {40, "xl", "XL"},
                 {10, "x", "X"},   {9, "ix", "IX"},   {5, "v", "V"},   {4, "iv", "IV"},
                 {1, "i", "I"}};
    number %= 4000;
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        for (; number >= parts[i].value; number -= parts[i].value)
            g_string_append(text, upper ? parts[i].upper : parts[i].lower);
}

/* After z comes aa, then bb (17.18.59). */
static void print_letter(GString *text, guint number, gchar first)
{
    for (guint i = 0; number > 0 && i <= MIN((number - 1) / 26, 30); i++)
        g_string_append_c(text, (gchar)(first + (gchar)((number - 1) % 26)));
}

typedef enum { FIGURES, CHINESE, ROMAN_LOWER, ROMAN_UPPER, LETTER_LOWER, LETTER_UPPER, ROW } Way;

/* ST_NumberFormat (17.18.59), as Word and WPS write it in Chinese. ROW: that many characters in the
 * order of Unicode, from the one for 1; what is beyond is printed in figures, as is the format that
 * is not known. */
static const struct {
    const char *name;
    Way way;
    gunichar first;
    guint many;
} formats[] = {
    {"chineseCounting", CHINESE, 0, 0},
    {"chineseCountingThousand", CHINESE, 0, 0},
    {"chineseLegalSimplified", CHINESE, 0, 0},
    {"japaneseCounting", CHINESE, 0, 0},
    {"taiwaneseCounting", CHINESE, 0, 0},
    {"taiwaneseCountingThousand", CHINESE, 0, 0},
    {"ideographDigital", CHINESE, 0, 0},
    {"lowerRoman", ROMAN_LOWER, 0, 0},
    {"upperRoman", ROMAN_UPPER, 0, 0},
    {"lowerLetter", LETTER_LOWER, 0, 0},
    {"upperLetter", LETTER_UPPER, 0, 0},
    {"decimalEnclosedCircle", ROW, 0x2460, 20},
    {"decimalEnclosedCircleChinese", ROW, 0x2460, 20},
    {"decimalEnclosedParen", ROW, 0x2474, 20},
    {"decimalEnclosedFullstop", ROW, 0x2488, 20},
    {"ideographEnclosedCircle", ROW, 0x3280, 10},
};

static void print_number(GString *text, const gchar *format, guint number)
{
    gsize i = 0;
    while (i < G_N_ELEMENTS(formats) && g_strcmp0(formats[i].name, format) != 0)
        i++;
    Way way = i < G_N_ELEMENTS(formats) ? formats[i].way : FIGURES;
    if (way == CHINESE)
        print_chinese(text, number);
    else if (way == ROMAN_LOWER || way == ROMAN_UPPER)
        print_roman(text, number, way == ROMAN_UPPER);
    else if (way == LETTER_LOWER || way == LETTER_UPPER)
        print_letter(text, number, way == LETTER_UPPER ? 'A' : 'a');
    else if (way == ROW && number >= 1 && number <= formats[i].many)
        g_string_append_unichar(text, formats[i].first + number - 1);
    else
        g_string_append_printf(text, "%u", number);
}

/* A bullet is one character, most often of a symbol font. */
static void print_bullet(GString *text, const xmlNode *level, const gchar *bullet)
{
    const xmlNode *run = word_child(level, SPACE_WORD, "rPr");
    g_autofree gchar *font = word_attribute(word_child(run, SPACE_WORD, "rFonts"), "ascii");
    for (const gchar *c = bullet; *c != '\0'; c = g_utf8_next_char(c))
        g_string_append_unichar(text, symbol_visible(font, g_utf8_get_char(c)));
}

/* Levels that have not begun count as begun. */
static void print_level(GString *text, const Use *use, guint level, gboolean figures)
{
    const xmlNode *node = level_node(use, level);
    g_autofree gchar *format = figures ? NULL : word_value(node, "numFmt");
    guint number = use->list->begun[level] ? use->list->count[level] : start_of(use, level);
    if (g_strcmp0(format, "none") != 0)
        print_number(text, format, number);
}

static gchar *print(const Use *use, guint level)
{
    const xmlNode *node = level_node(use, level);
    g_autofree gchar *pattern = word_value(node, "lvlText");
    g_autofree gchar *format = word_value(node, "numFmt");
    g_autofree gchar *suffix = word_value(node, "suff");
    GString *text = g_string_new(NULL);
    if (pattern == NULL || *pattern == '\0')
        return g_string_free(text, FALSE);
    if (g_strcmp0(format, "bullet") == 0)
        print_bullet(text, node, pattern);
    else
        for (const gchar *c = pattern; *c != '\0'; c++) {
            if (*c == '%' && c[1] >= '1' && c[1] <= '9')
                print_level(text, use, (guint)(*++c - '1'),
                            word_flag(node, SPACE_WORD, "isLgl") == FLAG_ON);
            else
                g_string_append_c(text, *c);
        }
    /* After “1、” nobody types a blank. */
    gboolean ended = text->len > 0 && !g_ascii_isalnum(text->str[text->len - 1]);
    if (text->len > 0 && !ended && g_strcmp0(suffix, "nothing") != 0)
        g_string_append_c(text, ' ');
    return g_string_free(text, FALSE);
}
