/* What commands and stages say to people, each the same way. */
#pragma once

#include "campaign.h"

/* One line on stdout that cannot steer a terminal, whatever a sender wrote (clean_line). */
void people_print(const gchar *format, ...) G_GNUC_PRINTF(1, 2);
/* "shoujian: MESSAGE" on stderr, in the same way one harmless line. */
void people_complain(const gchar *format, ...) G_GNUC_PRINTF(1, 2);
void people_error(const GError *error);
/* A finding, or a rule that may become one, on stdout: what is wrong, and in a second line how to
 * mend it (FIX may be NULL). */
void people_print_finding(Level level, gboolean person, const gchar *message, const gchar *name,
                          const gchar *fix);

/* SECONDS in the campaign's zone, for columns: "2024-09-10 09:12:33"; "" for STORE_NULL. To be
 * freed, as all three. */
gchar *people_time(const Campaign *campaign, gint64 seconds);
/* The same to the minute, for tables. */
gchar *people_minute(const Campaign *campaign, gint64 seconds);
/* Who sent it: "王工 <a@qq.com>", or what of that is known. */
gchar *people_sender(const gchar *name, const gchar *address);
