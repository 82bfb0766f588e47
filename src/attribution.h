/* One mail on its way to its submissions: what it may change, and what it has changed so far.
 * attribute.c (its forms), attribute-beside.c and attribute-alone.c (all else) work with it. */
#pragma once

#include "incoming.h"

typedef struct {
    const Campaign *campaign;
    Store *store;
    const Incoming *incoming;
    GPtrArray *mine; /* Submission* that have a mail from this sender, by age */
    GArray *touched; /* gint64 ids of submissions, each once */
} Attribution;

/* This mail brought CHANGE (store_submission_mail_add) to SUBMISSION. */
gboolean attribution_touch(Attribution *work, gint64 submission, const gchar *change,
                           GError **error);
/* Whether this mail has changed SUBMISSION already. */
gboolean attribution_touches(const Attribution *work, gint64 submission);
/* A submission that begins with this mail; with REASON, a person decides whether it is CANDIDATE
 * (STORE_NULL: one of the sender's, nobody can say which). Its id, 0 on error. */
gint64 attribution_open(Attribution *work, gint64 candidate, const gchar *reason, GError **error);
/* A version that begins with FORM, or (NULL) with scans that wait for one. Its id, 0 on error. */
gint64 attribution_add_version(Attribution *work, gint64 submission, const IncomingForm *form,
                               GError **error);
/* Whether all mails of this sender in SUBMISSION came the same way as this one; not only the last,
 * since whoever may add a scan would have shown a way of his own by it. */
gboolean attribution_same_way(Attribution *work, gint64 submission, gboolean *same, GError **error);
/* Whether this mail may change SUBMISSION, which has a mail from its sender's address,
 * by itself. */
gboolean attribution_trusts(Attribution *work, gint64 submission, gboolean *yes, GError **error);
/* Whether the version VERSION has the bytes of PART: one that repeats an earlier form already has
 * the scans that come again with it. */
gboolean attribution_has_file(Attribution *work, gint64 version, const Part *part, gboolean *has,
                              GError **error);
/* What was complete (COMPLETE_AT) before the deadline takes nothing that comes after it, as this
 * mail does. */
gboolean attribution_is_closed(const Attribution *work, gint64 complete_at);
/* PART becomes one of the files of the version ID, where that is not closed and has it not. */
gboolean attribution_give(Attribution *work, gint64 id, const Part *part, GError **error);
