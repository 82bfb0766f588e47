/* What a file is to a submission, and whether one that nobody could read may have been a form or a
 * scan. */
#pragma once

#include "store-part.h"

/* "form", "scan" or "other", by what one filter read in it. */
const gchar *role_by_facts(const GPtrArray *facts);

/* Whether PART, which no filter took, may be a document: one of a kind that we cannot read, or what
 * is left of one. */
gboolean role_is_unread_document(const Part *part);
