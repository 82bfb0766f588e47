/* Text as printed words are compared. */
#include "fold.h"

#include <string.h>

static gboolean is_dropped(gunichar c)
{
    static const gunichar dropped[] = {'"',    '\'',   0x201c, 0x201d, 0x2018, 0x2019,
                                       0x300c, 0x300d, 0x200b, 0x200c, 0x200d, 0x2060,
                                       0xfeff, 0x00ad, 0xfe0e, 0xfe0f};
    if (g_unichar_isspace(c))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(dropped); i++)
        if (dropped[i] == c)
            return TRUE;
    return FALSE;
}

enum { EXPANSION_MAX = 4 }; /* "(20)"; what is longer is a phrase, up to 18 characters of Arabic */

/* Most characters of a form are themselves; for the others NFKC without composition is enough,
 * since both sides of a comparison go the same way. */
static gsize fold_character(gunichar c, gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH])
{
    if (c < 0x80 || (c >= 0x4e00 && c <= 0x9fff)) {
        folded[0] = c < 0x80 ? (gunichar)g_ascii_tolower((gchar)c) : c;
        return 1;
    }
    gsize count = g_unichar_fully_decompose(c, TRUE, folded, G_UNICHAR_MAX_DECOMPOSITION_LENGTH);
    if (count > EXPANSION_MAX) {
        folded[0] = c;
        return 1;
    }
    for (gsize i = 0; i < count; i++)
        folded[i] = folded[i] == 0x3001 ? ',' : g_unichar_tolower(folded[i]);
    return count;
}

Folded *folded_new(const gchar *text, gsize length)
{
    GArray *chars = g_array_new(FALSE, FALSE, sizeof(gunichar));
    GArray *at = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (const gchar *c = text; c < text + length; c = g_utf8_next_char(c)) {
        gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
        gsize count = fold_character(g_utf8_get_char(c), folded);
        guint32 start = (guint32)(c - text);
        for (gsize i = 0; i < count; i++) {
            if (is_dropped(folded[i]))
                continue;
            g_array_append_val(chars, folded[i]);
            g_array_append_val(at, start);
        }
    }
    Folded *result = g_new(Folded, 1);
    result->text = text;
    result->length = chars->len;
    result->chars = (gunichar *)(void *)g_array_free(chars, FALSE);
    result->at = (guint32 *)(void *)g_array_free(at, FALSE);
    return result;
}

Folded *folded_slice(const Folded *folded, gsize start, gsize length)
{
    Folded *slice = g_new0(Folded, 1);
    slice->text = folded->text;
    slice->length = length;
    if (length > 0) { /* of nothing there may be no array */
        slice->chars = g_memdup2(folded->chars + start, length * sizeof *folded->chars);
        slice->at = g_memdup2(folded->at + start, length * sizeof *folded->at);
    }
    return slice;
}

void folded_free(Folded *folded)
{
    if (folded == NULL)
        return;
    g_free(folded->chars);
    g_free(folded->at);
    g_free(folded);
}

gboolean folded_has(const Folded *folded, gsize from, const Folded *words, gsize skip)
{
    if (skip >= words->length || from > folded->length ||
        folded->length - from < words->length - skip)
        return FALSE;
    gsize size = (words->length - skip) * sizeof(gunichar);
    return memcmp(folded->chars + from, words->chars + skip, size) == 0;
}

gssize folded_find(const Folded *folded, gsize from, const Folded *words)
{
    for (; from < folded->length; from++)
        if (folded_has(folded, from, words, 0))
            return (gssize)from;
    return -1;
}

static gboolean is_one_of(gunichar c, const char *set)
{
    return g_utf8_strchr(set, -1, c) != NULL;
}

gboolean folded_says(const Folded *folded, gsize from, const char *words)
{
    for (; *words != '\0'; words = g_utf8_next_char(words), from++)
        if (from >= folded->length || folded->chars[from] != g_utf8_get_char(words))
            return FALSE;
    return TRUE;
}

gsize folded_skip_set(const Folded *folded, gsize from, const char *set)
{
    while (from < folded->length && is_one_of(folded->chars[from], set))
        from++;
    return from;
}

gsize folded_skip_number(const Folded *folded, gsize from)
{
    gsize i = from;
    gboolean parenthesis = i < folded->length && folded->chars[i] == '(';
    if (parenthesis)
        i++;
    gsize digits = i;
    while (i < folded->length && i - digits < 3 &&
           (g_unichar_isdigit(folded->chars[i]) ||
            is_one_of(folded->chars[i], "一二三四五六七八九十ivx")))
        i++;
    if (i == digits || i == folded->length ||
        !is_one_of(folded->chars[i], parenthesis ? ")" : ".,)"))
        return from;
    return folded_skip_set(folded, i, ".,)");
}

gsize folded_skip_parenthesis(const Folded *folded, gsize from)
{
    guint open = 0;
    for (gsize i = from; i < folded->length; i++) {
        if (folded->chars[i] == '(')
            open++;
        else if (folded->chars[i] == ')' && open > 0 && --open == 0)
            return i + 1;
    }
    return 0;
}

gsize folded_end(const Folded *folded, gsize index)
{
    if (index == 0)
        return 0;
    const gchar *last = folded->text + folded->at[index - 1];
    return (gsize)(g_utf8_next_char(last) - folded->text);
}

gboolean folded_is_apart(const Folded *folded, gsize index)
{
    return index > 0 && index < folded->length && folded->at[index] > folded_end(folded, index);
}

gboolean folded_is_line(const Folded *folded, gsize index)
{
    if (!folded_is_apart(folded, index))
        return FALSE;
    gsize from = folded_end(folded, index);
    return memchr(folded->text + from, '\n', folded->at[index] - from) != NULL;
}
