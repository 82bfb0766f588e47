/* Text with the emphasis of its runs. */
#include "text.h"

Text *text_new(void)
{
    Text *text = g_new0(Text, 1);
    text->string = g_string_new(NULL);
    text->runs = g_array_new(FALSE, FALSE, sizeof(TextRun));
    return text;
}

void text_free(Text *text)
{
    if (text == NULL)
        return;
    g_string_free(text->string, TRUE);
    g_array_unref(text->runs);
    g_free(text);
}

void text_append(Text *text, const gchar *piece, gsize length, guint emphasis)
{
    if (length == 0)
        return;
    g_string_append_len(text->string, piece, (gssize)length);
    TextRun run = {.end = text->string->len, .emphasis = emphasis};
    if (text->runs->len > 0) {
        TextRun *last = &g_array_index(text->runs, TextRun, text->runs->len - 1);
        if (last->emphasis == emphasis) {
            last->end = run.end;
            return;
        }
    }
    g_array_append_val(text->runs, run);
}

void text_append_text(Text *text, const Text *more)
{
    gsize start = 0;
    for (guint i = 0; i < more->runs->len; i++) {
        const TextRun *run = &g_array_index(more->runs, TextRun, i);
        text_append(text, more->string->str + start, run->end - start, run->emphasis);
        start = run->end;
    }
    text->drawn |= more->drawn;
}

void text_truncate(Text *text, gsize length)
{
    g_string_truncate(text->string, length);
    while (text->runs->len > 0) {
        TextRun *last = &g_array_index(text->runs, TextRun, text->runs->len - 1);
        gsize begin =
            text->runs->len > 1 ? g_array_index(text->runs, TextRun, text->runs->len - 2).end : 0;
        if (begin < length) {
            last->end = MIN(last->end, length);
            return;
        }
        g_array_set_size(text->runs, text->runs->len - 1);
    }
}

static gboolean says_nothing(gunichar c)
{
    return g_unichar_isspace(c) || g_unichar_iszerowidth(c) || c == 0xfeff || c == '_' ||
           c == 0xff3f;
}

gsize text_chars(const gchar *string, gsize start, gsize end)
{
    gsize count = 0;
    for (const gchar *c = string + start; c < string + end; c = g_utf8_next_char(c))
        count += says_nothing(g_utf8_get_char(c)) ? 0 : 1;
    return count;
}

gboolean text_is_blank(const Text *text, gsize from)
{
    return text_chars(text->string->str, from, text->string->len) == 0;
}

guint text_emphasis(const Text *text, gsize start, gsize end)
{
    const gchar *string = text->string->str;
    guint shared = ~0U;
    gsize from = 0;
    for (guint i = 0; i < text->runs->len && from < end; i++) {
        const TextRun *run = &g_array_index(text->runs, TextRun, i);
        if (run->end > start && text_chars(string, MAX(from, start), MIN(run->end, end)) > 0)
            shared &= run->emphasis;
        from = run->end;
    }
    return shared == ~0U ? 0 : shared;
}

gchar *text_trimmed(const gchar *string, gsize start, gsize end)
{
    const gchar *from = string + start;
    const gchar *to = string + MAX(start, end);
    while (from < to && says_nothing(g_utf8_get_char(from)))
        from = g_utf8_next_char(from);
    while (to > from && says_nothing(g_utf8_get_char(g_utf8_prev_char(to))))
        to = g_utf8_prev_char(to);
    return g_strndup(from, (gsize)(to - from));
}
