/* Lines, times and names for people. */
#include "people.h"

#include "store.h"
#include "table.h"

#include <stdarg.h>
#include <stdio.h>

G_GNUC_PRINTF(3, 0)
static void print_line(FILE *out, const gchar *prefix, const gchar *format, va_list arguments)
{
    g_autofree gchar *line = g_strdup_vprintf(format, arguments);
    g_autofree gchar *clean = table_clean(line);
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

gchar *people_time(const Campaign *campaign, gint64 seconds)
{
    if (seconds == STORE_NULL)
        return g_strdup("");
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(seconds);
    g_autoptr(GDateTime) local =
        utc != NULL ? g_date_time_to_timezone(utc, campaign->timezone) : NULL;
    return local != NULL ? g_date_time_format(local, "%Y-%m-%d %H:%M:%S") : g_strdup("");
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

gint64 people_now(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}
