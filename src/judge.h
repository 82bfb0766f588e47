/* Stage 4: the submissions that a poll touched, judged by the campaign's rules; and, in the same
 * transaction, stage 5: the answer to each mail that touched them (reply.c). */
#pragma once

#include "config.h"
#include "reply.h"
#include "rule.h"
#include "store.h"

/* Judges what each sorted mail touched, queues its answer, and is done with it: one transaction a
 * mail. To be called when *all* mail is sorted, so that a form is not judged without the scan that
 * came with the next mail. */
gboolean judge_mails(const Config *config, const Campaign *campaign, RuleSet *rules,
                     const ReplyTexts *texts, Store *store, GError **error);

/* Judges SUBMISSION as the store has it (versions_settle comes before) and writes findings and
 * status where they differ. Within a transaction. */
gboolean judge_submission(const Campaign *campaign, RuleSet *rules, Store *store, gint64 submission,
                          GError **error);
