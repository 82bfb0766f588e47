/* Which version of a submission stands: from its versions and their files alone, so that it can be
 * worked out again at any time. */
#pragma once

#include "campaign.h"
#include "store-submission.h"

/* Scans alone stand only while there is no form; where a person merged them with one, they become
 * part of its version. Sets each version's complete_at and state, and the submission's standing
 * version and complete_at. A version is complete when its form and, where the campaign has the rule
 * scan_missing, a scan are there. A complete version gives way only to a complete one; one complete
 * before the deadline to none that came after it (“late”). */
gboolean versions_settle(Store *store, const Campaign *campaign, gint64 submission, GError **error);
