/* Numbers with a printed unit beside them. */
#include "amount.h"
#include "fold.h"
#include "text.h"

#include <string.h>

/* Where the campaign says none. 元 and 亿元 are not among them: where 万元 was printed, somebody
 * who wrote 亿元 meant it, and cutting it off would change the number. */
static const char *const usual_units[] = {"万元", "%", "人"};

static gboolean is_mark(const Folded *text, gsize end, const char *marks)
{
    return end > 0 && g_utf8_strchr(marks, -1, text->chars[end - 1]) != NULL;
}

/* Where what stands before UNIT ends, when UNIT ends at END, perhaps in a parenthesis; END: it does
 * not. */
static gsize before_unit(const Folded *text, gsize end, const Folded *unit)
{
    gsize close = is_mark(text, end, ")") ? end - 1 : end;
    if (close < unit->length || !folded_has(text, close - unit->length, unit, 0))
        return end;
    gsize before = close - unit->length;
    if (close == end)
        return before;
    return is_mark(text, before, "(") ? before - 1 : end;
}

/* The units that may stand there, as Folded. */
static GPtrArray *units_of(const gchar *unit)
{
    GPtrArray *units = g_ptr_array_new_with_free_func((GDestroyNotify)folded_free);
    if (unit != NULL)
        g_ptr_array_add(units, folded_new(unit, strlen(unit)));
    for (gsize i = 0; unit == NULL && i < G_N_ELEMENTS(usual_units); i++)
        g_ptr_array_add(units, folded_new(usual_units[i], strlen(usual_units[i])));
    return units;
}

gchar *amount_in_cell(const gchar *text, gsize length, const gchar *printed, gboolean *repeated)
{
    g_autoptr(GPtrArray) units = units_of(printed);
    g_autoptr(Folded) cell = folded_new(text, length);
    for (guint i = 0; i < units->len; i++) {
        const Folded *unit = g_ptr_array_index(units, i);
        gsize end = cell->length;
        while (is_mark(cell, end, "。.,;"))
            end--;
        gsize times = 0;
        for (gsize before; (before = before_unit(cell, end, unit)) < end; end = before)
            times++;
        *repeated |= times > 1;
        if (times > 0)
            return text_trimmed(text, 0, folded_end(cell, end));
        if (folded_has(cell, 0, unit, 0))
            return text_trimmed(text, folded_end(cell, unit->length), length);
    }
    return text_trimmed(text, 0, length);
}

static gboolean is_digit(const gchar *c, const gchar *end)
{
    return c < end && g_unichar_isdigit(g_utf8_get_char(c));
}

/* Where the clause ends that begins at START: a comma between digits does not end it, a remark in a
 * parenthesis does. */
static const gchar *clause_end(const gchar *start, const gchar *end)
{
    const gchar *before = NULL;
    for (const gchar *c = start; c < end; before = c, c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (g_utf8_strchr("。；;、\n", -1, character) != NULL ||
            (c > start && g_utf8_strchr("(（", -1, character) != NULL))
            return c;
        if (g_utf8_strchr("，,", -1, character) != NULL &&
            !(before != NULL && is_digit(before, end) && is_digit(g_utf8_next_char(c), end)))
            return c;
    }
    return end;
}

gchar *amount_in_sentence(const gchar *text, gsize length, const gchar *printed, gboolean *repeated)
{
    g_autoptr(GPtrArray) units = units_of(printed);
    const gchar *end = text + length;
    while (text < end && (g_unichar_isspace(g_utf8_get_char(text)) ||
                          g_utf8_strchr("：:，,、", -1, g_utf8_get_char(text)) != NULL))
        text = g_utf8_next_char(text);
    length = (gsize)(clause_end(text, end) - text);

    g_autoptr(Folded) clause = folded_new(text, length);
    for (guint i = 0; i < units->len; i++) {
        const Folded *unit = g_ptr_array_index(units, i);
        gssize at = folded_find(clause, 0, unit);
        if (at < 0)
            continue;
        gsize after = (gsize)at + unit->length;
        while (folded_has(clause, after, unit, 0)) {
            *repeated = TRUE;
            after += unit->length;
        }
        /* Some write behind the unit what belongs before it. */
        if (at == 0)
            return text_trimmed(text, folded_end(clause, after), length);
        return text_trimmed(text, 0, folded_end(clause, (gsize)at));
    }
    return text_trimmed(text, 0, length);
}
