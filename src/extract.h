/* Stage 2: fetched mail → its tree of files, and what the filters read in each. */
#pragma once

#include "campaign.h"
#include "config.h"
#include "spool.h"
#include "store.h"

/* Reads every fetched mail; one transaction a mail. A mail that fails for a passing reason, or for
 * one that is its own, stays fetched for the next time, and after a few times is set aside for a
 * person; *status becomes the worst of these. FALSE when no mail can be read at all (configuration,
 * disk). */
gboolean extract_mails(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                       int *status, GError **error);

/* Makes the files of MAIL anew in the spool, from its message, where they are gone or damaged; no
 * row changes. What cannot be made again is not said: look whether it is there. */
gboolean extract_again(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                       gint64 mail, GError **error);
