/* Which version a mail's scans and other files belong to. */
#pragma once

#include "attribution.h"

/* The files of a mail with forms; VERSIONS: what became of these, in their order. */
gboolean attribute_beside(Attribution *work, const gint64 *versions, GError **error);
/* The files of a mail without a form. */
gboolean attribute_alone(Attribution *work, GError **error);
