/* Text of mails as UTF-8: GB18030 under many names, undeclared 8-bit, charsets that are not what
 * they say. */
#include "text.h"

#include <errno.h>
#include <string.h>

#define LINE_LIMIT 1024

static gchar *convert(const guint8 *data, gsize size, const char *charset, guint *invalid);

/* glibc unloads a charset that nobody has open. */
void text_prepare(void)
{
    static GIConv chinese;
    if (chinese == NULL)
        chinese = g_iconv_open("UTF-8", "gb18030");
}

/* All of these are subsets of GB18030, and clients say gb2312 for text that needs the whole
 * of it. */
static const char *const gb_labels[] = {
    "gb2312",   "gb-2312", "gb_2312-80",  "gb2312-80", "gb2312.1980-0", "gb2312-0",
    "csgb2312", "gbk",     "gb-k",        "x-gbk",     "gbk-0",         "cp936",
    "ms936",    "cp-936",  "windows-936", "936",       "euc-cn",        "x-euc-cn",
    "euccn",    "gb18030", "gb-18030",    "gb18030-0", "x-gb18030",     "chinese",
};

gchar *text_charset(const gchar *charset)
{
    g_autofree gchar *label = g_ascii_strdown(charset, -1);
    g_strstrip(label);
    for (gsize i = 0; i < G_N_ELEMENTS(gb_labels); i++)
        if (strcmp(label, gb_labels[i]) == 0)
            return g_strdup("gb18030");
    if (strcmp(label, "utf8") == 0 || strcmp(label, "x-utf-8") == 0 ||
        strcmp(label, "unicode-1-1-utf-8") == 0)
        return g_strdup("utf-8");
    return g_steal_pointer(&label);
}

static gboolean says_nothing(const gchar *label)
{
    static const char *const labels[] = {"",          "us-ascii", "ascii",        "ansi_x3.4-1968",
                                         "8bit",      "7bit",     "unknown-8bit", "default",
                                         "x-unknown", "binary"};
    for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
        if (strcmp(label, labels[i]) == 0)
            return TRUE;
    return FALSE;
}

/* A text cut in the middle of its last character is valid all the same. */
static gboolean is_utf8(const guint8 *data, gsize size)
{
    const gchar *end;
    if (g_utf8_validate((const gchar *)data, (gssize)size, &end))
        return TRUE;
    gsize left = size - (gsize)((const guint8 *)end - data);
    return left < 4 && g_utf8_get_char_validated(end, (gssize)left) == (gunichar)-2;
}

/* The charset that a byte order mark says, or NULL. */
static const char *marked(const guint8 *data, gsize size)
{
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        return "utf-8";
    if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
        return "utf-16";
    return NULL;
}

/* Web forms and servers say Latin of whatever they pass on. In Latin text bytes above 0xA0 stand
 * alone as a rule, in GB2312 they come in pairs. */
static gboolean is_plainly_gb(const guint8 *data, gsize size)
{
    guint pairs = 0, others = 0;
    for (gsize i = 0; i < size; i++) {
        if (data[i] < 0x80)
            continue;
        gboolean pair = data[i] > 0xa0 && i + 1 < size && data[i + 1] > 0xa0;
        pairs += pair ? 1 : 0;
        others += pair ? 0 : 1;
        i += pair ? 1 : 0;
    }
    return pairs > others * 4;
}

/* UTF-8 under the label of a Chinese charset: four characters of China in a row of nothing else are
 * no accident. */
static gboolean is_plainly_utf8(const guint8 *data, gsize size)
{
    if (!is_utf8(data, size))
        return FALSE;
    guint wide = 0;
    for (gsize i = 0; i < size; i++) {
        if (data[i] >= 0xc0 && (data[i] < 0xe2 || data[i] > 0xef))
            return FALSE;
        wide += data[i] >= 0xe2 ? 1 : 0;
    }
    return wide >= 4;
}

/* Whether the bytes say otherwise than their LABEL. */
static gboolean is_mislabelled(const gchar *label, const guint8 *data, gsize size)
{
    static const char *const latin[] = {"iso-8859-1",  "iso8859-1",    "latin1", "l1",
                                        "iso-8859-15", "windows-1252", "cp1252", NULL};
    if (g_strv_contains(latin, label))
        return is_utf8(data, size) || is_plainly_gb(data, size);
    if (strcmp(label, "gb18030") == 0)
        return is_plainly_utf8(data, size);
    /* Any bytes are UTF-16, but text in it has bytes that are 0. */
    if (g_str_has_prefix(label, "utf-16") || g_str_has_prefix(label, "utf-32"))
        return memchr(data, '\0', size) == NULL;
    return FALSE;
}

gchar *text_decode(const guint8 *data, gsize size, const gchar *charset)
{
    if (size == 0)
        return g_strdup("");
    g_autofree gchar *label = charset != NULL ? text_charset(charset) : g_strdup("");
    guint invalid = 0;
    g_autofree gchar *declared = NULL;
    const char *mark = marked(data, size);
    if (mark != NULL)
        declared = convert(data, size, mark, &invalid);
    else if (!says_nothing(label) && !is_mislabelled(label, data, size))
        declared = convert(data, size, label, &invalid);
    if (declared != NULL && invalid == 0)
        return g_steal_pointer(&declared);

    if (is_utf8(data, size))
        return convert(data, size, "utf-8", &invalid);
    guint wrong = 0;
    g_autofree gchar *chinese = convert(data, size, "gb18030", &wrong);
    if (declared == NULL || wrong < invalid)
        return g_steal_pointer(&chinese);
    return g_steal_pointer(&declared);
}

static void append_converted(GString *text, const gchar *piece, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (piece[i] != '\0')
            g_string_append_c(text, piece[i]);
}

/* NULL when iconv does not know CHARSET. Counts what was no character of it; half a character at
 * the end is dropped. */
static gchar *convert(const guint8 *data, gsize size, const char *charset, guint *invalid)
{
    *invalid = 0;
    if (strpbrk(charset, "/, ") != NULL) /* these have a meaning for iconv */
        return NULL;
    GIConv converter = g_iconv_open("UTF-8", charset);
    if (converter == (GIConv)-1) /* NOLINT(performance-no-int-to-ptr): what iconv_open returns */
        return NULL;
    GString *text = g_string_sized_new(size + size / 2 + 1);
    gchar *in = (gchar *)data;
    gsize left = size;
    while (left > 0) {
        gchar piece[4096];
        gchar *out = piece;
        gsize room = sizeof piece;
        gsize result = g_iconv(converter, &in, &left, &out, &room);
        int reason = errno;
        append_converted(text, piece, sizeof piece - room);
        if (result != (gsize)-1 || reason == E2BIG)
            continue;
        if (reason != EILSEQ)
            break;
        g_string_append(text, "\xef\xbf\xbd");
        (*invalid)++;
        in++;
        left--;
    }
    g_iconv_close(converter);
    if (g_str_has_prefix(text->str, "\xef\xbb\xbf"))
        g_string_erase(text, 0, 3);
    return g_string_free(text, FALSE);
}

const GRegex *text_pattern(const gchar *pattern, GRegexCompileFlags flags)
{
    static GHashTable *known; /* the pattern's address → GRegex */
    if (known == NULL)
        known = g_hash_table_new(NULL, NULL);
    GRegex *regex = g_hash_table_lookup(known, pattern);
    if (regex == NULL) {
        regex = g_regex_new(pattern, flags, 0, NULL);
        g_hash_table_insert(known, (gpointer)pattern, regex);
    }
    return regex;
}

GMimeParserOptions *text_parser_options(void)
{
    static const char *charsets[] = {"utf-8", "gb18030", NULL};
    GMimeParserOptions *options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(options, charsets);
    return options;
}

void text_cut(GString *text, gsize limit)
{
    if (text->len <= limit)
        return;
    const gchar *end = g_utf8_find_prev_char(text->str, text->str + limit + 1);
    g_string_truncate(text, end != NULL ? (gsize)(end - text->str) : 0);
}

gboolean text_is_unseen(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
           type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

gchar *text_line(const gchar *text)
{
    g_autofree gchar *valid = g_utf8_make_valid(text, -1);
    GString *line = g_string_new(NULL);
    for (const gchar *at = valid; *at != '\0' && line->len <= LINE_LIMIT;
         at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '\t' || c == '\n' || c == 0x2028 || c == 0x2029)
            g_string_append_c(line, ' ');
        else if (!text_is_unseen(c))
            g_string_append_unichar(line, c);
    }
    text_cut(line, LINE_LIMIT);
    return g_strstrip(g_string_free(line, FALSE));
}
