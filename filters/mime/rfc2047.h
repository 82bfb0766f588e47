/* Values of headers as text, with encoded words (RFC 2047) as Chinese clients write them. */
#pragma once

#include <glib.h>

/* LINE (UTF-8) with each run of adjacent encoded words put into one, in UTF-8: the bytes of words
 * of one charset are joined before they are converted, since characters are often cut in two
 * between them. */
gchar *rfc2047_join(const gchar *line);

/* A header's raw value ready for gmime's parsers: unfolded, in UTF-8, each run of encoded words as
 * one, the charset labels of extended parameters (RFC 2231) by text_charset. The first 64 KiB of
 * it. */
gchar *header_text(const gchar *raw);
