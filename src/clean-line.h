/* What strangers wrote (senders, servers, filters), made fit for a line that people read. */
#pragma once

#include <glib.h>

/* TEXT as one line that cannot steer a terminal: line ends and tabs become blanks, other control
 * characters U+FFFD; format characters (direction, zero width) are dropped. To be freed. */
gchar *clean_line(const gchar *text);
/* The same, at most its first MOST characters. */
gchar *clean_line_short(const gchar *text, glong most);
