/* Stage 1 in a thread of its own, with a connection of its own to the database: while the server
 * sends, the filters read what came. */
#pragma once

#include "campaign.h"
#include "config.h"
#include "spool.h"

typedef struct Fetching Fetching;

/* Starts fetch_mails; all arguments must outlive it. */
Fetching *fetching_start(const Config *config, const Campaign *campaign, Spool *spool);
/* Waits until mail has come, or is on its way, since the last call; FALSE: it has ended, and what
 * came since the last TRUE is there: look once more. */
gboolean fetching_wait(Fetching *fetching);
/* Waits for the end and frees; the result, *status and error are those of fetch_mails. */
gboolean fetching_end(Fetching *fetching, int *status, GError **error);
