/* The files of a mail with forms: which of these each belongs to. */
#pragma once

#include "attribution.h"

/* VERSIONS: what became of the mail's forms, in their order. */
gboolean attribute_beside(Attribution *work, const gint64 *versions, GError **error);
