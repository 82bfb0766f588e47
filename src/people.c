/* Lines, times and names for people. */
#include "people.h"

#include "clean-line.h"
#include "store.h"
#include "unix-time.h"
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

G_GNUC_PRINTF(3, 0)
static void print_line(FILE *out, const gchar *prefix, const gchar *format, va_list arguments)
{
    g_autofree gchar *line = g_strdup_vprintf(format, arguments);
    g_autofree gchar *clean = clean_line(line);
    fprintf(out, "%s%s\n", prefix, clean);
}

void people_print(const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(stdout, "", format, arguments);
    va_end(arguments);
}

void people_complain(const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(stderr, "shoujian: ", format, arguments);
    va_end(arguments);
}

void people_error(const GError *error)
{
    people_complain("%s", error->message);
}

void people_print_finding(Level level, gboolean person, const gchar *message, const gchar *name,
                          const gchar *fix)
{
    people_print("[%s%s] %s  (%s)", words_level(level_name(level)), person ? "·须人工核对" : "",
                 message, name);
    if (fix != NULL)
        people_print("    补正：%s", fix);
}

gchar *people_time(const Campaign *campaign, gint64 seconds)
{
    if (seconds == STORE_NULL)
        return g_strdup("");
    gchar *time = unix_time_format(seconds, campaign->timezone, "%Y-%m-%d %H:%M:%S");
    return time != NULL ? time : g_strdup("");
}

gchar *people_minute(const Campaign *campaign, gint64 seconds)
{
    gchar *time = people_time(campaign, seconds);
    if (time[0] != '\0')
        *strrchr(time, ':') = '\0';
    return time;
}

gchar *people_sender(const gchar *name, const gchar *address)
{
    if (name == NULL || name[0] == '\0')
        return g_strdup(address != NULL ? address : "（没有发件人）");
    return address != NULL ? g_strdup_printf("%s <%s>", name, address) : g_strdup(name);
}
