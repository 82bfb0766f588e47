/* A batch of stage 1: messages of one folder, taken together. */
#pragma once

#include "imap.h"
#include "spool.h"
#include "store.h"

/* A message that is not known yet. One whose FETCH ended the connection before may be to blame for
 * it: it is asked for when all others are taken, those with the fewest breaks first. */
typedef struct {
    const gchar *folder;
    guint32 uidvalidity;
    ImapMessage message;
    gint64 breaks;
    gboolean taken; /* it is in spool and store */
} Wanted;

/* How many of the LENGTH messages at WANTED (ascending, of one folder) make the next batch. */
guint batch_length(const Wanted *wanted, guint length);
/* The name under which the store remembers how often the connection broke at WANTED; to be freed.
 */
gchar *batch_breaks_name(const Wanted *wanted);
/* Fetches LENGTH messages of the folder that is examined, and puts those that arrived into the
 * spool and, in one transaction, into the store; also when it is FALSE, which says what happened to
 * the others. SJ_ERROR_IO and SJ_ERROR_CREATE of the spool, those of store_open for the database
 * (SJ_ERROR_LATER: locked), SJ_ERROR_REFUSED and the others of imap_fetch; TRUE: those not taken
 * are gone from the folder. */
gboolean batch_take(Imap *imap, Store *store, Spool *spool, Wanted *wanted, guint length,
                    GError **error);
