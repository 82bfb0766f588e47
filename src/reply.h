/* Stage 5: what is answered, to whom, when; as a row in the transaction of the judgement (send.c
 * sends it). */
#pragma once

#include "campaign.h"
#include "config.h"
#include "store-mail.h"

/* The texts of config/replies/, parsed. */
typedef struct ReplyTexts ReplyTexts;
/* A missing file, an unknown {name} or a text without "Subject:" is SJ_ERROR_CONFIG with file and
 * line. CAMPAIGN must outlive it. */
ReplyTexts *reply_texts_load(const Config *config, const Campaign *campaign, GError **error);
void reply_texts_free(ReplyTexts *texts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReplyTexts, reply_texts_free)

/* Queues the answer to MAIL about SUBMISSIONS (gint64; none: the guide), unless nobody is to be
 * answered: machines, mail after the window, imports. It is held where answers are switched off or
 * the mail is too old. Within a transaction, after the judgement. */
gboolean reply_queue(const Config *config, const Campaign *campaign, const ReplyTexts *texts,
                     Store *store, const Mail *mail, const GArray *submissions, GError **error);

/* Writes the answers about SUBMISSION that were never tried anew, where and when they stand. */
gboolean reply_renew(const Config *config, const Campaign *campaign, const ReplyTexts *texts,
                     Store *store, gint64 submission, GError **error);

/* The answer about one SUBMISSION because a person said so (decide --answer, recheck --notify): to
 * the sender of its last mail, at once, however old that is. Of a machine, or nobody, it says on
 * stderr that there is no answer. */
gboolean reply_about(const Config *config, const Campaign *campaign, const ReplyTexts *texts,
                     Store *store, gint64 submission, GError **error);
