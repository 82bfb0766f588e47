/* What a text quotes of older mail. There is no standard: each client has a line of its own above
 * what it quotes, and what stands below the same line in a forwarded mail is what the sender sends.
 * Lines are looked at once, from the top. */
#include "history.h"

#include "text.h"

#include <string.h>

#define LINE_LIMIT  600 /* bytes of a line above a quotation */
#define BLOCK_LINES 8   /* that the copied headers of a mail take */

/* ------------------ 原始邮件 ------------------ */
static const char separator_pattern[] =
    "^-{2,} ?(?:回复的)?(?:原始邮件|原始郵件|邮件原件|原邮件|Original(?: Message| Mail)?) ?-{2,}$";

/* -------- 转发邮件信息 --------, ---------- Forwarded message --------- */
static const char forward_pattern[] =
    "^(?:-{2,} ?(?:转发邮件信息|转发的邮件|转发邮件|已转发邮件|转发信息|Forward(?:ed|ing)"
    "(?: (?:messages?|mails?))?(?: from [^-\\n]{1,200})?|Forwarded by [^-\\n]{1,200}) ?-{2,}|"
    "Begin forwarded message:|开始转发的(?:邮件|信息) ?[:：]?)$";

/* What a copied header line begins with; the first of them is the sender. */
static const char label_pattern[] = "^\\*{0,2}(?:(发件人|寄件者|From)|发送时间|发送日期|时间|日期|"
                                    "Sent|Date|收件人|收件者|To|抄送|Cc|"
                                    "主题|主旨|Subject)\\*{0,2} ?[:：]";

Quote history_element(const gchar *name, const gchar *id, const gchar *class, const gchar *type)
{
    static const struct {
        const char *attribute, *value;
        Quote quote;
    } elements[] = {
        {"id", "isForwardContent", QUOTE_FORWARD},
        {"id", "isReplyContent", QUOTE_OLDER},
        {"class", "gmail_quote", QUOTE_OLDER},
        {"class", "yahoo_quoted", QUOTE_OLDER},
        {"type", "cite", QUOTE_OLDER},
    };
    if (strcmp(name, "div") != 0 && strcmp(name, "blockquote") != 0)
        return QUOTE_NONE;
    for (gsize i = 0; i < G_N_ELEMENTS(elements); i++) {
        const gchar *value = *elements[i].attribute == 'i'   ? id
                             : *elements[i].attribute == 'c' ? class
                                                             : type;
        gsize length = strlen(elements[i].value);
        if (value != NULL && g_ascii_strncasecmp(value, elements[i].value, length) == 0 &&
            strchr(" ", value[length]) != NULL)
            return elements[i].quote;
    }
    return QUOTE_NONE;
}

gboolean history_is_forward(const gchar *subject)
{
    const GRegex *mark = text_pattern("^\\s*(?:fwd?|转发|轉寄|转寄)\\s*[:：]", G_REGEX_CASELESS);
    return g_regex_match(mark, subject, 0, NULL);
}

typedef struct {
    gsize start, end;
    gchar *text; /* without white space around it; "" when it is too long to be looked at */
} Line;

/* The line at AT. */
static Line line_at(const gchar *text, gsize at)
{
    gsize length = strcspn(text + at, "\n");
    Line line = {at, at + length, NULL};
    line.text = length <= LINE_LIMIT ? g_strstrip(g_strndup(text + at, length)) : g_strdup("");
    return line;
}

static gsize next_line(const gchar *text, const Line *line)
{
    return line->end + (text[line->end] != '\0' ? 1 : 0);
}

static gboolean fits(const char *pattern, const gchar *line)
{
    return *line != '\0' && g_regex_match(text_pattern(pattern, G_REGEX_CASELESS), line, 0, NULL);
}

/* 发件人, 发送时间, 收件人, 主题: the headers of the older mail, as Outlook and Foxmail copy them.
 */
static gboolean begins_headers(const gchar *text, const Line *first)
{
    const GRegex *pattern = text_pattern(label_pattern, G_REGEX_CASELESS);
    g_autoptr(GMatchInfo) match = NULL;
    gint start = -1;
    if (!g_regex_match(pattern, first->text, 0, &match) ||
        !g_match_info_fetch_pos(match, 1, &start, NULL) || start < 0)
        return FALSE;
    guint labels = 1;
    gsize at = next_line(text, first);
    for (guint i = 0; i < BLOCK_LINES && text[at] != '\0'; i++) {
        Line line = line_at(text, at);
        labels += g_regex_match(pattern, line.text, 0, NULL) ? 1 : 0;
        at = next_line(text, &line);
        g_free(line.text);
    }
    return labels >= 3;
}

static gboolean says_who_or_when(const gchar *line)
{
    return strchr(line, '@') != NULL ||
           g_regex_match(text_pattern("(?:19|20)[0-9]{2}", 0), line, 0, NULL);
}

/* 在 2024-09-10 09:12:33，"王工" <a@b.cn> 写道：, On … wrote:. It may be folded: BEFORE is the line
 * above it. */
static gboolean is_attribution(const gchar *line, const gchar *before, gboolean *folded)
{
    if (!g_regex_match(text_pattern("(?:写道|寫道|\\bwrote) ?[:：]?$", G_REGEX_CASELESS), line, 0,
                       NULL))
        return FALSE;
    *folded = !says_who_or_when(line);
    return !*folded || (says_who_or_when(before) && strlen(line) < 80);
}

static void add_span(GArray *history, gsize start, gsize end)
{
    Span *last = history->len > 0 ? &g_array_index(history, Span, history->len - 1) : NULL;
    if (last != NULL && start <= last->end)
        last->end = MAX(last->end, end);
    else if (start < end)
        g_array_append_val(history, ((Span){start, end}));
}

/* Whether what stands from AT on, behind empty lines, is quoted line by line. */
static gboolean goes_on_quoted(const gchar *text, gsize at, const Span *quote)
{
    gsize there = at + strspn(text + at, " \t\n");
    return text[there] == '>' || (quote != NULL && quote->start <= there);
}

typedef struct {
    const gchar *text;
    GArray *history;
    gsize before; /* where the last line that says something began */
    gchar *said;  /* … what it said */
} Reading;

/* What LINE means, outside of a quoting element; FALSE: the rest is one piece. QUOTE: the next such
 * element. */
static gboolean read_line(Reading *reading, const Line *line, const Span *quote)
{
    gsize next = next_line(reading->text, line);
    gboolean folded = FALSE;
    if (*line->text == '>') {
        add_span(reading->history, line->start, next);
        return TRUE;
    }
    gsize start = line->start;
    gboolean quoted = FALSE;
    if (is_attribution(line->text, reading->said, &folded)) {
        start = folded ? reading->before : start;
        quoted = goes_on_quoted(reading->text, next, quote);
    } else if (!fits(separator_pattern, line->text) && !begins_headers(reading->text, line)) {
        return TRUE;
    }
    add_span(reading->history, start, quoted ? next : strlen(reading->text));
    return quoted;
}

GArray *history_find(const gchar *text, const GArray *quotes, gsize forward)
{
    Reading reading = {text, g_array_new(FALSE, FALSE, sizeof(Span)), 0, g_strdup("")};
    guint q = 0;
    gboolean goes_on = TRUE;
    for (gsize at = 0; goes_on && text[at] != '\0' && at < forward;) {
        while (quotes != NULL && q < quotes->len && g_array_index(quotes, Span, q).end <= at)
            q++;
        const Span *quote =
            quotes != NULL && q < quotes->len ? &g_array_index(quotes, Span, q) : NULL;
        Line line = line_at(text, at);
        gsize next = next_line(text, &line);
        if (fits(forward_pattern, line.text)) {
            goes_on = FALSE;
        } else if (quote != NULL && quote->start <= at && *line.text != '\0') {
            /* The first line in it that says something was no mark of a forwarded mail. */
            next = MAX(next, quote->end);
            add_span(reading.history, quote->start, next);
        } else {
            goes_on = read_line(&reading, &line, quote);
        }
        if (*line.text != '\0') {
            g_free(reading.said);
            reading.said = g_steal_pointer(&line.text);
            reading.before = at;
        }
        g_free(line.text);
        at = next;
    }
    g_free(reading.said);
    return reading.history;
}

gboolean history_has(const GArray *history, gsize at)
{
    guint low = 0, high = history->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Span *span = &g_array_index(history, Span, middle);
        if (at < span->start)
            high = middle;
        else if (at >= span->end)
            low = middle + 1;
        else
            return TRUE;
    }
    return FALSE;
}

gchar *history_without(const gchar *text, const GArray *history)
{
    GString *rest = g_string_new(NULL);
    gsize done = 0;
    for (guint i = 0; i < history->len; i++) {
        const Span *span = &g_array_index(history, Span, i);
        g_string_append_len(rest, text + done, (gssize)(span->start - done));
        done = span->end;
    }
    g_string_append(rest, text + done);
    return g_string_free(rest, FALSE);
}
