/* Whether a file is a mail. */
#pragma once

#include <glib.h>

/* The file begins with headers (RFC 5322, 2.2): From or Received, and one more that only mails
 * have. Bytes of any charset may stand in them. */
gboolean is_mail(const guint8 *data, gsize size);
