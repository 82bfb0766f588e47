/* Which submission a mail's forms and scans belong to. What is not certain is never guessed: it
 * becomes a submission of its own with candidates, for a person to decide. */
#pragma once

#include "campaign.h"
#include "incoming.h"

gboolean attribute_mail(const Campaign *campaign, Store *store, const Incoming *incoming,
                        GError **error);
