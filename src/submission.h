/* A submission as staff know it: by its receipt, by the unit that it is from, in time or not. */
#pragma once

#include "dossier.h"

/* The submission of RECEIPT; one that was merged into another, or that a person took out, is
 * SJ_ERROR_DATA and the message says so. */
Submission *submission_living(Store *store, const gchar *receipt, GError **error);

/* What stands in the first field of the form of STANDING (the unit's name), to be freed; "" where
 * nothing was read. */
gchar *submission_unit(Store *store, const Campaign *campaign, const Version *standing,
                       GError **error);

/* The same with the name of the demand behind it, to tell several of one unit apart. */
gchar *submission_title(Store *store, const Campaign *campaign, const Version *standing,
                        GError **error);

/* What `log --json` calls in_time: 1 complete before the deadline, 0 not, STORE_NULL while, at NOW
 * (Unix seconds), it may still become so. */
gint64 submission_in_time(const Submission *submission, const Campaign *campaign, gint64 now);
