/* Values of headers as text, with encoded words (RFC 2047) as Chinese clients write them. */
#pragma once

#include <glib.h>

/* LINE (UTF-8) with each run of adjacent encoded words put into one, in UTF-8: the bytes of words
 * of one charset are joined before they are converted, since characters are often cut in two
 * between them. */
gchar *rfc2047_join(const gchar *line);

/* A header's raw value ready for gmime's parsers: unfolded, in UTF-8, each run of encoded words as
 * one. The first 64 KiB of it. */
gchar *header_text(const gchar *raw);

/* The same where it has parameters. gmime gives up on extended ones (RFC 2231) whose charset it
 * does not know, or that are not in it: they are said to be Latin, which all bytes are, and CHARSET
 * is what was said (NULL: there is none). */
gchar *header_parameters(const gchar *raw, gchar **charset);
/* What such a VALUE says. */
gchar *rfc2231_text(const gchar *value, const gchar *charset);
