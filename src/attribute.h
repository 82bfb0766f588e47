/* Which submission a mail's forms and scans belong to. What is not certain is never guessed: it
 * becomes a submission of its own with candidates, for a person to decide. */
#pragma once

#include "campaign.h"
#include "incoming.h"

/* Gives every form, scan and other file of INCOMING to a version of a submission, opening one where
 * none is its own, and settles the submissions touched (version.h). Within a transaction, once a
 * mail. */
gboolean attribute_mail(const Campaign *campaign, Store *store, const Incoming *incoming,
                        GError **error);
