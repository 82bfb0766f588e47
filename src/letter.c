/* An answer as a message (RFC 5322, RFC 3834). */
#include "letter.h"

#include <gmime/gmime.h>
#include <string.h>

/* Headers take no line ends: whoever chose a subject or a Message-ID may not add headers
 * to ours. */
static gchar *one_line(const gchar *text)
{
    gchar *line = g_strdup(text);
    for (gchar *at = line; *at != '\0'; at++)
        if ((guchar)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    return g_strstrip(line);
}

static void set_header(GMimeMessage *message, const gchar *name, const gchar *value)
{
    g_autofree gchar *line = one_line(value);
    g_mime_object_set_header(GMIME_OBJECT(message), name, line, "utf-8");
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
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, letter->from_name, letter->from);
    g_autofree gchar *to = one_line(letter->to), *subject = one_line(letter->subject);
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, to);
    g_mime_message_set_subject(message, subject, "utf-8");
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
