/* Stage 1 from files: .eml files, an mbox or a Maildir instead of the mailbox. */
#pragma once

#include "config.h"
#include "filter.h"
#include "spool.h"
#include "store.h"

/* Takes the messages of PATH into spool and store. RECEIVED_AT (STORE_NULL: the top Received of
 * each, which a filter of POOL reads; else POOL may be NULL) is their time of receipt; ANSWER: they
 * may be answered. One that cannot be taken is said on stderr and the others go on; *status becomes
 * the worst. */
gboolean import_path(const Config *config, Store *store, Spool *spool, FilterPool *pool,
                     const gchar *path, gint64 received_at, gboolean answer, int *status,
                     GError **error);
