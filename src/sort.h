/* Stage 3: extracted mail → its class, and for submissions: new, completed, a new version, or a
 * candidate for a person. */
#pragma once

#include "config.h"
#include "rule.h"
#include "store.h"

/* Sorts every extracted mail in the order of receipt; one transaction a mail. */
gboolean sort_mails(const Config *config, const Campaign *campaign, RuleSet *rules, Store *store,
                    GError **error);
