/* Lists, and where each stands. Definitions are shared: a list (w:num) is a use of an abstract one
 * (w:abstractNum), which does the counting. */
#include "numbering.h"

#include "symbol.h"
#include "word.h"

#include <string.h>

enum {
    NUMBER_MAX = 100000,
    PRINTED_MAX = 64, /* bytes before a paragraph; each has its own, and nobody else counts them */
};

typedef struct Format Format;

/* What is read of a w:lvl. */
typedef struct {
    gchar *pattern; /* cut at PRINTED_MAX; of a bullet what is seen of it; NULL: prints nothing */
    const Format *format;
    guint start;
    guint restart; /* of the levels above, those that begin this one again; 0: none does */
    gboolean figures, joined;
} Level;

/* An abstract list. */
typedef struct List List;
struct List {
    const xmlNode *node;
    List *linked;                  /* stands for this one; NULL: for itself */
    const Level **levels;          /* NULL: not read yet */
    guint count[NUMBERING_LEVELS]; /* of the paragraph before */
    gboolean begun[NUMBERING_LEVELS];
};

/* A use of it. */
typedef struct {
    const xmlNode *node;
    List *list;
    const Level **levels; /* NULL: not used yet, and its overrides of the start are still to come */
} Use;

struct Numbering {
    GHashTable *lists; /* abstractNumId → List */
    GHashTable *uses;  /* numId → Use */
    GPtrArray *levels; /* of Level: all that were read */
};

static void link_lists(GHashTable *lists);
static void begin(Numbering *numbering, Use *use);
static const Format *find_format(const gchar *name);
static gboolean is_bullet(const Format *format);
static gchar *print(const Use *use, guint level);

static void level_free(gpointer level)
{
    g_free(((Level *)level)->pattern);
    g_free(level);
}

static void list_free(gpointer list)
{
    g_free(((List *)list)->levels);
    g_free(list);
}

static void use_free(gpointer use)
{
    g_free(((Use *)use)->levels);
    g_free(use);
}

Numbering *numbering_new(const xmlNode *root)
{
    Numbering *numbering = g_new0(Numbering, 1);
    numbering->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_free);
    numbering->uses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, use_free);
    numbering->levels = g_ptr_array_new_with_free_func(level_free);
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
    link_lists(numbering->lists);
    for (const xmlNode *one = node; one != NULL; one = one->next) {
        gchar *id = word_is(one, SPACE_WORD, "num") ? word_attribute(one, "numId") : NULL;
        if (id == NULL)
            continue;
        g_autofree gchar *abstract = word_value(one, "abstractNumId");
        List *list = abstract != NULL ? g_hash_table_lookup(numbering->lists, abstract) : NULL;
        Use *use = g_new0(Use, 1);
        use->node = one;
        use->list = list != NULL && list->linked != NULL ? list->linked : list;
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
    g_ptr_array_unref(numbering->levels);
    g_free(numbering);
}

/* One that only refers to a style of numbering stands for the list which that style is linked to
 * (17.9.21, 17.9.27). */
static void link_lists(GHashTable *lists)
{
    g_autoptr(GHashTable) styles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter all;
    gpointer value;
    g_hash_table_iter_init(&all, lists);
    while (g_hash_table_iter_next(&all, NULL, &value)) {
        gchar *style = word_value(((List *)value)->node, "styleLink");
        if (style != NULL)
            g_hash_table_insert(styles, style, value);
    }
    g_hash_table_iter_init(&all, lists);
    while (g_hash_table_iter_next(&all, NULL, &value)) {
        List *list = value;
        g_autofree gchar *style = word_value(list->node, "numStyleLink");
        list->linked = style != NULL ? g_hash_table_lookup(styles, style) : NULL;
    }
}

/* ---- levels ---- */

static void cut(gchar *text)
{
    if (strlen(text) > PRINTED_MAX)
        *g_utf8_find_prev_char(text, text + PRINTED_MAX + 1) = '\0';
}

/* A bullet is one character, most often of a symbol font. */
static gchar *see_bullet(const xmlNode *level, const gchar *bullet)
{
    const xmlNode *run = word_child(level, SPACE_WORD, "rPr");
    g_autofree gchar *font = word_attribute(word_child(run, SPACE_WORD, "rFonts"), "ascii");
    GString *seen = g_string_new(NULL);
    for (const gchar *c = bullet; *c != '\0'; c = g_utf8_next_char(c))
        g_string_append_unichar(seen, symbol_visible(font, g_utf8_get_char(c)));
    return g_string_free(seen, FALSE);
}

static const Level *read_level(Numbering *numbering, const xmlNode *node)
{
    static const Level undefined = {.start = 1, .restart = NUMBERING_LEVELS};
    if (node == NULL)
        return &undefined;
    g_autofree gchar *format = word_value(node, "numFmt");
    g_autofree gchar *suffix = word_value(node, "suff");
    Level *level = g_new0(Level, 1);
    *level = (Level){.pattern = word_value(node, "lvlText"),
                     .format = find_format(format),
                     .start = word_number(node, "start", NUMBER_MAX, 0),
                     .restart = word_number(node, "lvlRestart", NUMBERING_LEVELS, NUMBERING_LEVELS),
                     .figures = word_flag(node, SPACE_WORD, "isLgl") == FLAG_ON,
                     .joined = g_strcmp0(suffix, "nothing") == 0};
    if (level->pattern != NULL)
        cut(level->pattern);
    if (level->pattern != NULL && is_bullet(level->format)) {
        g_autofree gchar *bullet = g_steal_pointer(&level->pattern);
        level->pattern = see_bullet(node, bullet);
    }
    g_ptr_array_add(numbering->levels, level);
    return level;
}

/* The first child NAME of PARENT for each level. */
static void find_levels(const xmlNode *parent, const char *name,
                        const xmlNode *nodes[NUMBERING_LEVELS])
{
    for (const xmlNode *node = parent->children; node != NULL; node = node->next) {
        guint level =
            word_is(node, SPACE_WORD, name)
                ? word_attribute_number(node, "ilvl", NUMBERING_LEVELS - 1, NUMBERING_LEVELS)
                : NUMBERING_LEVELS;
        if (level < NUMBERING_LEVELS && nodes[level] == NULL)
            nodes[level] = node;
    }
}

static void read_list(Numbering *numbering, List *list)
{
    if (list->levels != NULL)
        return;
    const xmlNode *nodes[NUMBERING_LEVELS] = {NULL};
    find_levels(list->node, "lvl", nodes);
    list->levels = g_new0(const Level *, NUMBERING_LEVELS);
    for (guint level = 0; level < NUMBERING_LEVELS; level++)
        list->levels[level] = read_level(numbering, nodes[level]);
}

/* A use redefines levels, or overrides where they start (17.9.27): that counts once, when it is
 * first used. */
static void begin(Numbering *numbering, Use *use)
{
    if (use->levels != NULL)
        return;
    List *list = use->list;
    read_list(numbering, list);
    use->levels = g_memdup2(list->levels, NUMBERING_LEVELS * sizeof *list->levels);
    const xmlNode *nodes[NUMBERING_LEVELS] = {NULL};
    find_levels(use->node, "lvlOverride", nodes);
    for (guint level = 0; level < NUMBERING_LEVELS; level++) {
        const xmlNode *redefined = word_child(nodes[level], SPACE_WORD, "lvl");
        if (redefined != NULL)
            use->levels[level] = read_level(numbering, redefined);
        if (word_child(nodes[level], SPACE_WORD, "startOverride") == NULL)
            continue;
        /* As if the number before were the last one. */
        guint start = word_number(nodes[level], "startOverride", NUMBER_MAX, 1);
        list->begun[level] = start > 0;
        list->count[level] = start > 0 ? start - 1 : 0;
    }
}

gchar *numbering_next(Numbering *numbering, guint num, guint level)
{
    gchar id[16];
    g_snprintf(id, sizeof id, "%u", num);
    Use *use = g_hash_table_lookup(numbering->uses, id);
    if (use == NULL || use->list == NULL || level >= NUMBERING_LEVELS)
        return g_strdup("");
    begin(numbering, use);
    List *list = use->list;
    list->count[level] = list->begun[level] ? list->count[level] + 1 : use->levels[level]->start;
    list->begun[level] = TRUE;
    for (guint deeper = level + 1; deeper < NUMBERING_LEVELS; deeper++)
        if (level < use->levels[deeper]->restart)
            list->begun[deeper] = FALSE;
    return print(use, level);
}

/* ---- numbers in words ---- */

/* "二十一"; beyond 99 in figures. WORDS: from one to ten; sums of money and contracts say "one ten"
 * where everybody else says "ten". */
static void print_chinese(GString *text, guint number, const char *words, gboolean one_ten)
{
    enum { BYTES = 3 }; /* of each word in UTF-8 */
    if (number == 0 || number > 99) {
        g_string_append_printf(text, "%u", number);
        return;
    }
    guint tens = number / 10, ones = number % 10;
    if (tens > 1 || (tens == 1 && one_ten))
        g_string_append_len(text, words + (gsize)(tens - 1) * BYTES, BYTES);
    if (tens > 0)
        g_string_append_len(text, words + (gsize)9 * BYTES, BYTES);
    if (ones > 0)
        g_string_append_len(text, words + (gsize)(ones - 1) * BYTES, BYTES);
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

typedef enum {
    FIGURES,
    TWO_FIGURES,
    CHINESE,
    CHINESE_LEGAL,
    ROMAN_LOWER,
    ROMAN_UPPER,
    LETTER_LOWER,
    LETTER_UPPER,
    ROW,
    BULLET,
    NOTHING
} Way;

/* ST_NumberFormat (17.18.59), as Word and WPS write it in Chinese. ROW: one of these characters;
 * what is beyond them is printed in figures, as is the format that is not known. */
struct Format {
    const char *name;
    Way way;
    const char *words;
};

#define DIGITS  "一二三四五六七八九十"
#define CIRCLES "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

static const Format formats[] = {
    {"decimal", FIGURES, NULL}, /* and all that are not here */
    {"decimalZero", TWO_FIGURES, NULL},
    {"chineseCounting", CHINESE, DIGITS},
    {"chineseCountingThousand", CHINESE, DIGITS},
    {"chineseLegalSimplified", CHINESE_LEGAL, "壹贰叁肆伍陆柒捌玖拾"},
    {"japaneseCounting", CHINESE, DIGITS},
    {"taiwaneseCounting", CHINESE, DIGITS},
    {"taiwaneseCountingThousand", CHINESE, DIGITS},
    {"ideographDigital", CHINESE, DIGITS},
    {"ideographTraditional", ROW, "甲乙丙丁戊己庚辛壬癸"},
    {"lowerRoman", ROMAN_LOWER, NULL},
    {"upperRoman", ROMAN_UPPER, NULL},
    {"lowerLetter", LETTER_LOWER, NULL},
    {"upperLetter", LETTER_UPPER, NULL},
    {"decimalEnclosedCircle", ROW, CIRCLES},
    {"decimalEnclosedCircleChinese", ROW, CIRCLES},
    {"decimalEnclosedParen", ROW, "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"},
    {"decimalEnclosedFullstop", ROW, "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"},
    {"ideographEnclosedCircle", ROW, "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"},
    {"bullet", BULLET, NULL},
    {"none", NOTHING, NULL},
};

static const Format *find_format(const gchar *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        if (g_strcmp0(formats[i].name, name) == 0)
            return &formats[i];
    return &formats[0];
}

static gboolean is_bullet(const Format *format)
{
    return format != NULL && format->way == BULLET;
}

static void print_number(GString *text, const Format *format, guint number)
{
    Way way = format != NULL ? format->way : FIGURES;
    if (way == CHINESE || way == CHINESE_LEGAL)
        print_chinese(text, number, format->words, way == CHINESE_LEGAL);
    else if (way == ROMAN_LOWER || way == ROMAN_UPPER)
        print_roman(text, number, way == ROMAN_UPPER);
    else if (way == LETTER_LOWER || way == LETTER_UPPER)
        print_letter(text, number, way == LETTER_UPPER ? 'A' : 'a');
    else if (way == ROW && number >= 1 && number <= (guint)g_utf8_strlen(format->words, -1))
        g_string_append_unichar(
            text, g_utf8_get_char(g_utf8_offset_to_pointer(format->words, (glong)number - 1)));
    else if (way != NOTHING)
        g_string_append_printf(text, way == TWO_FIGURES ? "%02u" : "%u", number);
}

/* Levels that have not begun count as begun. */
static void print_level(GString *text, const Use *use, guint index, gboolean figures)
{
    const Level *level = use->levels[index];
    guint number = use->list->begun[index] ? use->list->count[index] : level->start;
    print_number(text, figures ? NULL : level->format, number);
}

static gchar *print(const Use *use, guint index)
{
    const Level *level = use->levels[index];
    if (level->pattern == NULL)
        return g_strdup("");
    GString *text = g_string_new(NULL);
    for (const gchar *c = level->pattern; *c != '\0'; c++) {
        if (*c == '%' && c[1] >= '1' && c[1] <= '9' && !is_bullet(level->format))
            print_level(text, use, (guint)(*++c - '1'), level->figures);
        else
            g_string_append_c(text, *c);
    }
    /* After “1、” nobody types a blank. */
    gboolean ended = text->len > 0 && !g_ascii_isalnum(text->str[text->len - 1]);
    if (text->len > 0 && !ended && !level->joined)
        g_string_append_c(text, ' ');
    cut(text->str);
    return g_string_free(text, FALSE);
}
