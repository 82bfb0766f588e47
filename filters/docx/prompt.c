/* Telling the printed prompt from the answer behind it: by its parenthesis, in the line of the
 * label, and by the limit that it ends with. */
#include "prompt.h"

enum {
    PROMPT_MIN = 10, /* characters; a shorter parenthesis is rather (1) of the answer */
    LIMIT_ONLY = 12, /* characters of a parenthesis with nothing but a limit: （500字以内） */
};

/* Past figures and 字; FROM where there are none. */
static gsize skip_amount(const Folded *text, gsize from)
{
    gsize i = from;
    while (i < text->length && g_unichar_isdigit(text->chars[i]))
        i++;
    return i > from && folded_says(text, i, "字") ? i + 1 : from;
}

/* Past 限500字, with 以内 and what closes it behind; FROM where there is none. 上限1024字节 is
 * none. */
static gsize skip_limit(const Folded *text, gsize from)
{
    if (!folded_says(text, from, "限") || (from > 0 && folded_says(text, from - 1, "上限")))
        return from;
    gsize i = skip_amount(text, from + 1);
    if (i == from + 1 || folded_says(text, i, "节"))
        return from;
    if (folded_says(text, i, "以内") || folded_says(text, i, "之内"))
        i += 2;
    return folded_skip_set(text, i, ")。.");
}

static gboolean has_limit(const Folded *text, gsize from, gsize end)
{
    for (gsize i = from; i < end; i++)
        if (skip_limit(text, i) > i)
            return TRUE;
    for (gsize i = from; i < end && end - from <= LIMIT_ONLY; i++)
        if (skip_amount(text, i) > i)
            return TRUE;
    return FALSE;
}

/* The end of the line in which FROM stands. */
static gsize line_end(const Folded *text, gsize from)
{
    gsize end = MIN(from + 1, text->length);
    while (end < text->length && !folded_is_line(text, end))
        end++;
    return end;
}

/* Past the parenthesis at FROM if it is printed. One that does not say how long the answer may be,
 * since that was cut off, is long and ends its line, which is that of the label. END: of the line.
 */
static gsize skip_parenthesis(const Folded *text, gsize from, gsize end, gboolean beside)
{
    gsize close = folded_skip_parenthesis(text, from);
    if (close > 0 && has_limit(text, from, close))
        return close;
    gboolean ends = close > 0 && folded_skip_set(text, close, LABEL_MARKS "(") >= end;
    if (beside && close >= from + PROMPT_MIN && (ends || has_limit(text, close, end)))
        return close;
    return beside && close == 0 && end < text->length && !has_limit(text, from, end) ? end : from;
}

/* Where the printed prompt ends that begins at FROM; FROM: there is none. */
static gsize skip_prompt(const Folded *text, gsize from, gboolean prose)
{
    gboolean beside = !folded_is_line(text, from);
    gsize end = line_end(text, from), at = from;
    for (gsize next; at < end && folded_says(text, at, "("); at = next) {
        next = skip_parenthesis(text, at, end, beside);
        if (next == at)
            break;
    }
    /* What is left of it when its beginning or its end was deleted. */
    for (gsize i = at; prose && beside && i < end; i++) {
        gsize behind = skip_limit(text, i);
        if (behind > i)
            return behind;
    }
    return at;
}

gsize prompt_answer_start(const Folded *text, gsize end, gboolean lonely, gboolean prose)
{
    gsize start = folded_skip_set(text, end, LABEL_MARKS);
    if (start == text->length)
        return start;
    if (!lonely) {
        gsize close = folded_skip_parenthesis(text, start);
        if (g_utf8_strchr("/,", -1, text->chars[start]) != NULL ||
            (text->chars[start] == '(' && close > 0 &&
             folded_skip_set(text, close, LABEL_MARKS) == text->length))
            return text->length;
    }
    gsize behind = skip_prompt(text, start, prose);
    return behind > start ? folded_skip_set(text, behind, LABEL_MARKS) : start;
}

gsize prompt_answer_end(const gchar *text, gsize from, gsize to)
{
    while (to > from && g_ascii_isspace(text[to - 1]))
        to--;
    gsize line = to;
    while (line > from && text[line - 1] != '\n')
        line--;
    g_autoptr(Folded) last = folded_new(text + line, to - line);
    gboolean prompt = folded_says(last, 0, "(") &&
                      folded_skip_parenthesis(last, 0) == last->length &&
                      has_limit(last, 0, last->length);
    return prompt ? line : to;
}
