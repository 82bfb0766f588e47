/* Where each file of a mail lies: in which mails, archives and folders, and what their names tell
 * about whose it is. */
#pragma once

#include "store-part.h"

typedef struct Trails Trails;

/* For PARTS (Part*, a parent before its children), which must outlive it. */
Trails *trails_new(const GPtrArray *parts);
void trails_free(Trails *trails);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trails, trails_free)

/* The place of PART, borrowed: what is above it, from the message down, each behind a line end. So
 * the place above is what stands before the last line end. */
const gchar *trails_place(const Trails *trails, const Part *part);
/* The names on the way to PART and its own, as identity_of gives them; NULL: they say nothing. To
 * be freed. */
gchar *trails_names(const Trails *trails, const Part *part);

/* How much NAMES (identity_of; or NULL) tell of a submission of UNIT about DEMAND (the same): 0 for
 * nothing, and more where more of it is named. */
gsize names_tell(const gchar *names, const gchar *unit, const gchar *demand);
