/* The store's answers: what is to be sent to whom, and what became of it. */
#pragma once

#include "store.h"

typedef struct {
    gint64 id;
    gchar *kind; /* the name of its text in config/replies/ */
    gint64 mail; /* that it answers */
    gchar *recipient, *message_id;
    gchar *message; /* as it goes out, CRLF lines */
    gchar *state;   /* "queued", "sending", "sent", "failed", "unknown", "held" */
    gint64 queued_at, due_at, tries;
    gint64 tried_at, sent_at; /* or STORE_NULL */
    gchar *answer;            /* what the server said last, or why it is held; or NULL */
    gint64 returned_at;       /* when a bounce of it was received, or STORE_NULL */
} ReplyRow;

/* In memory alone: store_reply_set writes it. */
void reply_row_set_state(ReplyRow *reply, const gchar *state);

/* A new answer for SUBMISSIONS (gint64). Its id, 0 on error. */
gint64 store_reply_add(Store *store, const ReplyRow *reply, const GArray *submissions,
                       GError **error);
/* Writes state, due_at, tries, tried_at, sent_at and answer of an answer that is still in the state
 * WAS; *changed (may be NULL) is FALSE where a person, or another program, has moved it meanwhile:
 * then nothing is written. */
gboolean store_reply_set(Store *store, const ReplyRow *reply, const gchar *was, gboolean *changed,
                         GError **error);
/* One that nobody was sent yet: a newer one takes its place,
 * or nothing is to be answered any more. */
gboolean store_reply_remove(Store *store, gint64 id, GError **error);

/* The mail MAIL says that the answer MESSAGE_ID could not be delivered; *reply is its id, 0 where
 * no answer of ours has that Message-ID. */
gboolean store_bounce_add(Store *store, const gchar *message_id, gint64 mail, gint64 *reply,
                          GError **error);

/* ReplyRow* in STATE, by due time. */
GPtrArray *store_replies_in(Store *store, const gchar *state, GError **error);
/* ReplyRow* for RECIPIENT in STATE that were never tried, oldest first. */
GPtrArray *store_replies_untried(Store *store, const gchar *recipient, const gchar *state,
                                 GError **error);
/* ReplyRow* that concern SUBMISSION, or that answer MAIL, oldest first. */
GPtrArray *store_submission_replies(Store *store, gint64 submission, GError **error);
GPtrArray *store_mail_replies(Store *store, gint64 mail, GError **error);
/* The submissions (gint64) that a reply is for. */
GArray *store_reply_submissions(Store *store, gint64 reply, GError **error);
/* The receipts of those, joined for people; "" for none. */
gchar *store_reply_receipts(Store *store, gint64 reply, GError **error);

/* Whether the message MESSAGE_ID is a guide of ours. */
gboolean store_reply_is_guide(Store *store, const gchar *message_id, gboolean *guide,
                              GError **error);

/* How many to RECIPIENT were offered to the server since SINCE, and when the last was; 0: none. */
gboolean store_replies_tried_to(Store *store, const gchar *recipient, gint64 since, gint64 *count,
                                gint64 *last, GError **error);
/* How many were offered to the server since SINCE. */
gboolean store_replies_tried(Store *store, gint64 since, gint64 *count, GError **error);
