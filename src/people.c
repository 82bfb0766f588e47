/* Lines, times and names for people. */
#include "people.h"

#include "store.h"
#include "table.h"

#include <stdarg.h>
#include <stdio.h>

void people_print(const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree gchar *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree gchar *clean = table_clean(line);
    puts(clean);
}

void people_error(const GError *error)
{
    g_autofree gchar *clean = table_clean(error->message);
    fprintf(stderr, "shoujian: %s\n", clean);
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
