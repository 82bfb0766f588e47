/* The clock, and the one way from Unix seconds to a date in a time zone. */
#include "unix-time.h"

gint64 unix_time_now(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

gchar *unix_time_format(gint64 seconds, GTimeZone *zone, const gchar *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(seconds);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    return local != NULL ? g_date_time_format(local, format) : NULL;
}
