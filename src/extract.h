/* Stage 2: fetched mail → its tree of files, and what the filters read in each. */
#pragma once

#include "campaign.h"
#include "config.h"
#include "spool.h"
#include "store.h"

/* The filters' rooms and servers, once for all mail of a poll. All arguments must outlive it. */
typedef struct Extractor Extractor;

/* Starts nothing before there is mail. */
Extractor *extractor_new(const Config *config, const Campaign *campaign, Store *store,
                         Spool *spool);
void extractor_free(Extractor *extractor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Extractor, extractor_free)

/* Gets ready for mail that is on its way, so that it need not wait; what fails here, fails again,
 * and is said, in extract_mails. */
void extract_prepare(Extractor *extractor);
/* Reads every fetched mail; one transaction a batch. A mail that fails for a passing reason, or for
 * one that is its own, stays fetched for the next poll, and after a few is set aside for a person;
 * *status becomes the worst of these. FALSE when no mail can be read at all (configuration, disk):
 * what was read until then is kept. */
gboolean extract_mails(Extractor *extractor, int *status, GError **error);

/* Makes the files of MAIL anew in the spool, from its message, where they are gone or damaged; no
 * row changes. What cannot be made again is not said: look whether it is there. */
gboolean extract_again(Extractor *extractor, gint64 mail, GError **error);
