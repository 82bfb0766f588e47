/* An answer as a message (RFC 5322, RFC 3834). */
#include "letter.h"

#include "clean-line.h"

#include <gmime/gmime.h>
#include <string.h>

/* Whoever chose a subject or a Message-ID may neither add headers to ours nor turn their words
 * around. */
static gchar *one_line(const gchar *text)
{
    return g_strchug(clean_line(text));
}

static void set_header(GMimeMessage *message, const gchar *name, const gchar *value)
{
    g_autofree gchar *line = one_line(value);
    g_mime_object_set_header(GMIME_OBJECT(message), name, line, "utf-8");
}

#define WORD_BYTES 42 /* 68 characters as a word: with "Subject: " they fit a line of 78 */

/* RFC 2047 section 5 (3): each word has whole characters, and is at most 75 long. gmime makes one
 * word of any length where the text has no blank, as Chinese has none, and QQ Mail shows nothing of
 * RFC 2231. */
static void add_words(GString *value, const gchar *text)
{
    while (*text != '\0') {
        const gchar *end = text;
        while (*end != '\0' && g_utf8_next_char(end) - text <= WORD_BYTES)
            end = g_utf8_next_char(end);
        g_autofree gchar *word = g_base64_encode((const guchar *)text, (gsize)(end - text));
        g_string_append_printf(value, " =?utf-8?B?%s?=\n", word);
        text = end;
    }
}

/* VALUE: as it is written, lines folded, with a line end. */
static void set_raw_header(GMimeMessage *message, const gchar *name, const gchar *value)
{
    GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
    g_mime_header_list_set(headers, name, "", "utf-8");
    g_mime_header_set_raw_value(g_mime_header_list_get_header(headers, name), value);
}

static void set_names(GMimeMessage *message, const Letter *letter)
{
    g_autoptr(GString) from = g_string_new(NULL), title = g_string_new(NULL);
    g_autofree gchar *name = one_line(letter->from_name), *subject = one_line(letter->subject);
    add_words(from, name);
    g_string_append_printf(from, " <%s>\n", letter->from);
    set_raw_header(message, "From", from->str);
    add_words(title, subject);
    set_raw_header(message, "Subject", title->len > 0 ? title->str : "\n");
}

/* A line holds no more than 998 characters (RFC 5322, 2.1.1), and an id cannot be folded. */
static gboolean fits_a_line(const gchar *id)
{
    return id[0] != '\0' && strlen(id) <= 900;
}

/* RFC 5322 3.6.4: what was answered, after what that answered itself. */
static void set_thread(GMimeMessage *message, const Letter *letter)
{
    if (letter->in_reply_to == NULL || !fits_a_line(letter->in_reply_to))
        return;
    set_header(message, "In-Reply-To", letter->in_reply_to);
    g_autoptr(GString) references = g_string_new(NULL);
    g_auto(GStrv) ids =
        g_strsplit_set(letter->references != NULL ? letter->references : "", " ", 0);
    for (guint i = 0; ids[i] != NULL; i++)
        if (fits_a_line(ids[i]))
            g_string_append_printf(references, "%s ", ids[i]);
    g_string_append(references, letter->in_reply_to);
    set_header(message, "References", references->str);
}

static GMimeObject *text_part(const gchar *text)
{
    GMimeTextPart *part = g_mime_text_part_new_with_subtype("plain");
    g_mime_text_part_set_charset(part, "utf-8");
    g_mime_text_part_set_text(part, text);
    g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_header(GMIME_OBJECT(part), "Content-Language", "zh-CN", NULL);
    return GMIME_OBJECT(part);
}

gchar *letter_write(const Letter *letter)
{
    g_mime_init(); /* as often as one likes */
    GMimeMessage *message = g_mime_message_new(TRUE);
    g_autofree gchar *to = one_line(letter->to);
    set_names(message, letter);
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, to);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(letter->at);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, letter->zone);
    g_mime_message_set_date(message, local);
    set_header(message, "Message-ID", letter->message_id);
    set_thread(message, letter);
    set_header(message, "Auto-Submitted", "auto-replied");
    set_header(message, "X-Auto-Response-Suppress", "All");
    GMimeObject *part = text_part(letter->text);
    g_mime_message_set_mime_part(message, part);
    g_object_unref(part);

    GMimeFormatOptions *format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    g_autofree gchar *unix_lines = g_mime_object_to_string(GMIME_OBJECT(message), format);
    g_mime_format_options_free(format);
    g_object_unref(message);
    /* Some of gmime's writers end lines as they like, whatever the format says. */
    g_auto(GStrv) pieces = g_strsplit(unix_lines, "\r\n", -1);
    g_autofree gchar *joined = g_strjoinv("\n", pieces);
    g_auto(GStrv) lines = g_strsplit(joined, "\n", -1);
    return g_strjoinv("\r\n", lines);
}
