/* Encoded words (RFC 2047) as Chinese clients write them. */
#pragma once

#include <glib.h>

/* LINE (UTF-8) with each run of adjacent encoded words put into one, in UTF-8: the bytes of words
 * of one charset are joined before they are converted, since characters are often cut in two
 * between them. */
gchar *rfc2047_join(const gchar *line);
