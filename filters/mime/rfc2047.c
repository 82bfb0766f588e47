/* Values of headers as text: unfolded, with encoded words (RFC 2047) as Chinese clients write them.
 * gmime decodes these too, but loses what follows a padded one in the same run. */
#include "rfc2047.h"

#include "text.h"

#include <string.h>

#define HEADER_LIMIT 65536

typedef struct {
    GString *text;     /* of the run, in UTF-8 */
    GByteArray *bytes; /* of its last words, which have one charset */
    gchar *charset;    /* NULL: there is no run */
    int state;         /* of the Base64 that goes on in the next word */
    guint32 save;
} Run;

static gboolean is_white(const gchar *text, gsize length);
static void run_add(Run *run, const GMatchInfo *match);
static void run_end(Run *run, GString *line);

gchar *rfc2047_join(const gchar *line)
{
    const GRegex *pattern = text_pattern("=\\?([A-Za-z0-9_.:+-]+)(?:\\*[A-Za-z-]*)?\\?"
                                         "(?:[Bb]\\?([A-Za-z0-9+/= ]*)|[Qq]\\?([^?]*))\\?=",
                                         G_REGEX_OPTIMIZE);
    GString *joined = g_string_new(NULL);
    Run run = {.text = g_string_new(NULL), .bytes = g_byte_array_new()};
    g_autoptr(GMatchInfo) match = NULL;
    gsize done = 0;
    for (g_regex_match(pattern, line, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        gint start = 0, end = 0;
        g_match_info_fetch_pos(match, 0, &start, &end);
        if (run.charset == NULL || !is_white(line + done, (gsize)start - done)) {
            run_end(&run, joined);
            g_string_append_len(joined, line + done, start - (gssize)done);
        }
        run_add(&run, match);
        done = (gsize)end;
    }
    run_end(&run, joined);
    g_string_append(joined, line + done);
    g_string_free(run.text, TRUE);
    g_byte_array_unref(run.bytes);
    return g_string_free(joined, FALSE);
}

static gboolean is_white(const gchar *text, gsize length)
{
    return strspn(text, " ") >= length;
}

static void run_convert(Run *run)
{
    g_autofree gchar *text = text_decode(run->bytes->data, run->bytes->len, run->charset);
    g_string_append(run->text, text);
    g_byte_array_set_size(run->bytes, 0);
    g_clear_pointer(&run->charset, g_free);
    run->state = 0;
    run->save = 0;
}

static void append_base64(Run *run, const gchar *text)
{
    gsize length = strlen(text);
    guint8 *bytes = g_malloc(length + 3);
    gsize got = g_base64_decode_step(text, length, bytes, &run->state, &run->save);
    g_byte_array_append(run->bytes, bytes, (guint)got);
    g_free(bytes);
    if (g_str_has_suffix(text, "=")) {
        run->state = 0;
        run->save = 0;
    }
}

static void append_quoted(Run *run, const gchar *text)
{
    for (const gchar *at = text; *at != '\0'; at++) {
        guint8 byte = *at == '_' ? ' ' : (guint8)*at;
        if (*at == '=' && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
            byte = (guint8)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2]));
            at += 2;
        }
        g_byte_array_append(run->bytes, &byte, 1);
    }
}

static void run_add(Run *run, const GMatchInfo *match)
{
    g_autofree gchar *label = g_match_info_fetch(match, 1);
    g_autofree gchar *charset = text_charset(label);
    g_autofree gchar *base64 = g_match_info_fetch(match, 2);
    g_autofree gchar *quoted = g_match_info_fetch(match, 3);
    if (run->charset != NULL && strcmp(run->charset, charset) != 0)
        run_convert(run);
    if (run->charset == NULL)
        run->charset = g_steal_pointer(&charset);
    if (base64 != NULL && *base64 != '\0')
        append_base64(run, base64);
    if (quoted != NULL && *quoted != '\0')
        append_quoted(run, quoted);
}

static void run_end(Run *run, GString *line)
{
    if (run->charset == NULL)
        return;
    run_convert(run);
    g_autofree gchar *base64 = g_base64_encode((const guchar *)run->text->str, run->text->len);
    g_string_append_printf(line, "=?utf-8?B?%s?=", base64);
    g_string_truncate(run->text, 0);
}

/* Folding is line ends alone: the white space after them belongs to the value, and in encoded words
 * and quoted names other clients put it in the middle of what they mean. */
static gchar *unfold(const gchar *raw, gsize length)
{
    GString *line = g_string_sized_new(length);
    for (gsize i = 0; i < length; i++) {
        guchar c = (guchar)raw[i];
        if (c == '\t')
            g_string_append_c(line, ' ');
        else if (c >= 0x20 && c != 0x7f)
            g_string_append_c(line, (gchar)c);
    }
    return g_string_free(line, FALSE);
}

gchar *header_text(const gchar *raw)
{
    g_autofree gchar *line = unfold(raw, strnlen(raw, HEADER_LIMIT));
    g_strstrip(line);
    g_autofree gchar *text = text_decode((const guint8 *)line, strlen(line), NULL);
    return rfc2047_join(text);
}

static gboolean relabel(const GMatchInfo *match, GString *result, gpointer data)
{
    gchar **charset = data;
    g_autofree gchar *before = g_match_info_fetch(match, 1);
    if (*charset == NULL)
        *charset = g_match_info_fetch(match, 2);
    g_string_append_printf(result, "%siso-8859-1", before);
    return FALSE;
}

gchar *header_parameters(const gchar *raw, gchar **charset)
{
    g_autofree gchar *text = header_text(raw);
    const GRegex *labels =
        text_pattern("(\\*\\s*=\\s*\"?)([A-Za-z0-9_.:-]*)(?='[A-Za-z-]*')", G_REGEX_OPTIMIZE);
    *charset = NULL;
    gchar *labelled = g_regex_replace_eval(labels, text, -1, 0, 0, relabel, charset, NULL);
    return labelled != NULL ? labelled : g_steal_pointer(&text);
}

gchar *rfc2231_text(const gchar *value, const gchar *charset)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (const gchar *at = value; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c > 0xff)
            return g_strdup(value);
        g_byte_array_append(bytes, &(guint8){(guint8)c}, 1);
    }
    return text_decode(bytes->data, bytes->len, charset);
}
