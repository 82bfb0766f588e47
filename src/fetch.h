/* Stage 1: the mailbox → messages in the spool and mails in the store. */
#pragma once

#include "campaign.h"
#include "config.h"
#include "spool.h"
#include "store.h"

/* Mails are on their way, or are in spool and store that were not there before. */
typedef void (*FetchArrived)(gpointer data);

/* Takes every message that no place in the store names, from all configured folders, and calls
 * ARRIVED (NULL: nothing) with DATA before the first batch of each folder and after each batch that
 * brought some (messages that broke the connection before come last, and are not announced before).
 * A folder that is refused is said on stderr and the others go on; *status becomes the worst. FALSE
 * when the server cannot be used at all: what was taken until then is kept. It may run in a thread
 * of its own with a store of its own. */
gboolean fetch_mails(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                     FetchArrived arrived, gpointer data, int *status, GError **error);
