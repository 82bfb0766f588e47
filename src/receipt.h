/* What a receipt stands for. */
#pragma once

#include "dossier.h"

/* The submission of RECEIPT; one that was merged into another, or that a person took out, is
 * SJ_ERROR_DATA and the message says so. */
Submission *receipt_living(Store *store, const gchar *receipt, GError **error);

/* How staff know it: what stands in the first field of its form (the unit's name); "" where nothing
 * was read. */
gchar *receipt_unit(Store *store, const Campaign *campaign, const Version *standing,
                    GError **error);
