/* Moments in Unix seconds: now, and how people of a time zone write them. */
#pragma once

#include <glib.h>

/* In seconds. */
#define MINUTE G_GINT64_CONSTANT(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* A moment for people, as a format of g_date_time_format: "2024年9月10日 09:12:33". */
#define UNIX_TIME_WORDS "%Y年%-m月%-d日 %H:%M:%S"

gint64 unix_time_now(void);

/* SECONDS in ZONE by FORMAT, to be freed; NULL for what is beyond GLib's calendar (the years 1 to
 * 9999). */
gchar *unix_time_format(gint64 seconds, GTimeZone *zone, const gchar *format);
