/* What strangers wrote, made fit for a line that people read: in tables,
 * messages and diagnostics. */
#include "clean-line.h"

gchar *clean_line(const gchar *text)
{
    g_autofree gchar *valid = g_utf8_make_valid(text, -1);
    GString *clean = g_string_new(NULL);
    for (const gchar *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        switch (g_unichar_type(c)) {
        case G_UNICODE_CONTROL:
            g_string_append_unichar(clean, c == '\n' || c == '\r' || c == '\t' ? ' ' : 0xFFFD);
            break;
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
            g_string_append_c(clean, ' ');
            break;
        case G_UNICODE_FORMAT:
            break;
        default:
            g_string_append_unichar(clean, c);
        }
    }
    g_strchomp(clean->str);
    return g_string_free(clean, FALSE);
}

gchar *clean_line_short(const gchar *text, glong most)
{
    g_autofree gchar *line = clean_line(text);
    return g_utf8_substring(line, 0, MIN(g_utf8_strlen(line, -1), most));
}
