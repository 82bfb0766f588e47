/* Stage 1: the mailbox → messages in the spool and mails in the store. */
#pragma once

#include "campaign.h"
#include "config.h"
#include "spool.h"
#include "store.h"

/* Takes every message that no place in the store names, from all configured folders. A folder that
 * is refused is said on stderr and the others go on; *status becomes the worst. FALSE when the
 * server cannot be used at all: what was taken until then is kept. */
gboolean fetch_mails(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                     void (*arrived)(gpointer data), gpointer data, int *status, GError **error);
