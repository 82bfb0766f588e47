/* The store's answers: what is to be sent to whom, and what became of it. */
#include "store-reply.h"

#include "store-private.h"

#define REPLY_COLUMNS                                                                              \
    "r.id, r.kind, r.mail, r.recipient, r.message_id, r.message, r.state, r.queued_at, r.due_at, " \
    "r.tries, r.tried_at, r.sent_at, r.answer, "                                                   \
    "(SELECT min(m.received_at) FROM bounce b JOIN mail m ON m.id = b.mail WHERE b.reply = r.id)"

static void reply_row_free(ReplyRow *reply)
{
    g_free(reply->kind);
    g_free(reply->recipient);
    g_free(reply->message_id);
    g_free(reply->message);
    g_free(reply->state);
    g_free(reply->answer);
    g_free(reply);
}

void reply_row_set_state(ReplyRow *reply, const gchar *state)
{
    g_free(reply->state);
    reply->state = g_strdup(state);
}

static gpointer read_reply(sqlite3_stmt *stmt)
{
    ReplyRow *reply = g_new(ReplyRow, 1);
    *reply = (ReplyRow){
        .id = column_int(stmt, 0),
        .kind = column_text(stmt, 1),
        .mail = column_int(stmt, 2),
        .recipient = column_text(stmt, 3),
        .message_id = column_text(stmt, 4),
        .message = column_text(stmt, 5),
        .state = column_text(stmt, 6),
        .queued_at = column_int(stmt, 7),
        .due_at = column_int(stmt, 8),
        .tries = column_int(stmt, 9),
        .tried_at = column_int(stmt, 10),
        .sent_at = column_int(stmt, 11),
        .answer = column_text(stmt, 12),
        .returned_at = column_int(stmt, 13),
    };
    return reply;
}

gint64 store_reply_add(Store *store, const ReplyRow *reply, const GArray *submissions,
                       GError **error)
{
    gint64 id = store_insert(
        store, error,
        "INSERT INTO reply (kind, mail, recipient, message_id, message, state, queued_at, due_at, "
        "answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sissssiis", reply->kind, reply->mail, reply->recipient, reply->message_id, reply->message,
        reply->state, reply->queued_at, reply->due_at, reply->answer);
    if (id == 0)
        return 0;
    for (guint i = 0; i < submissions->len; i++)
        if (!store_run(store, error,
                       "INSERT INTO reply_submission (reply, submission) VALUES (?, ?)", "ii", id,
                       g_array_index(submissions, gint64, i)))
            return 0;
    return id;
}

gboolean store_reply_set(Store *store, const ReplyRow *reply, const gchar *was, gboolean *changed,
                         GError **error)
{
    gint64 rows;
    if (!store_run(store, error,
                   "UPDATE reply SET state = ?, due_at = ?, tries = ?, tried_at = ?, sent_at = ?, "
                   "answer = ? "
                   "WHERE id = ? AND state = ?",
                   "siiiisis", reply->state, reply->due_at, reply->tries, reply->tried_at,
                   reply->sent_at, reply->answer, reply->id, was) ||
        !store_int(store, error, 0, &rows, "SELECT changes()", ""))
        return FALSE;
    if (changed != NULL)
        *changed = rows > 0;
    return TRUE;
}

gboolean store_reply_remove(Store *store, gint64 id, GError **error)
{
    return store_run(store, error, "DELETE FROM reply WHERE id = ?", "i", id);
}

gboolean store_bounce_add(Store *store, const gchar *message_id, gint64 mail, gint64 *reply,
                          GError **error)
{
    return store_int(store, error, 0, reply, "SELECT id FROM reply WHERE message_id = ?", "s",
                     message_id) &&
           (*reply == 0 || store_run(store, error,
                                     "INSERT INTO bounce (reply, mail) VALUES (?, ?) "
                                     "ON CONFLICT DO NOTHING",
                                     "ii", *reply, mail));
}

GPtrArray *store_replies_in(Store *store, const gchar *state, GError **error)
{
    return store_list(store, error, read_reply, (GDestroyNotify)reply_row_free,
                      "SELECT " REPLY_COLUMNS
                      " FROM reply r WHERE r.state = ? ORDER BY r.due_at, r.id",
                      "s", state);
}

/* +: by the index of recipients; that of states has all that are queued. */
GPtrArray *store_replies_untried(Store *store, const gchar *recipient, const gchar *state,
                                 GError **error)
{
    return store_list(store, error, read_reply, (GDestroyNotify)reply_row_free,
                      "SELECT " REPLY_COLUMNS
                      " FROM reply r WHERE r.recipient = ? AND +r.state = ? "
                      "AND r.tries = 0 ORDER BY r.id",
                      "ss", recipient, state);
}

GPtrArray *store_submission_replies(Store *store, gint64 submission, GError **error)
{
    return store_list(store, error, read_reply, (GDestroyNotify)reply_row_free,
                      "SELECT " REPLY_COLUMNS
                      " FROM reply_submission l JOIN reply r ON r.id = l.reply "
                      "WHERE l.submission = ? ORDER BY r.id",
                      "i", submission);
}

GPtrArray *store_mail_replies(Store *store, gint64 mail, GError **error)
{
    return store_list(store, error, read_reply, (GDestroyNotify)reply_row_free,
                      "SELECT " REPLY_COLUMNS " FROM reply r WHERE r.mail = ? ORDER BY r.id", "i",
                      mail);
}

GArray *store_reply_submissions(Store *store, gint64 reply, GError **error)
{
    g_autoptr(Statement) stmt = statement(
        store, error, "SELECT submission FROM reply_submission WHERE reply = ? ORDER BY submission",
        "i", reply);
    if (stmt == NULL)
        return NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    gboolean failed;
    while (statement_row(store, stmt, &failed, error)) {
        gint64 id = column_int(stmt, 0);
        g_array_append_val(ids, id);
    }
    return failed ? NULL : g_steal_pointer(&ids);
}

gchar *store_reply_receipts(Store *store, gint64 reply, GError **error)
{
    g_autoptr(Statement) stmt =
        statement(store, error,
                  "SELECT coalesce(group_concat(s.receipt, '、'), '') FROM reply_submission l "
                  "JOIN submission s ON s.id = l.submission WHERE l.reply = ?",
                  "i", reply);
    gboolean failed;
    if (stmt == NULL || !statement_row(store, stmt, &failed, error))
        return NULL;
    return column_text(stmt, 0);
}

gboolean store_reply_is_guide(Store *store, const gchar *message_id, gboolean *guide,
                              GError **error)
{
    gint64 found;
    if (!store_int(store, error, 0, &found,
                   "SELECT count(*) FROM reply WHERE message_id = ? AND kind = 'guide'", "s",
                   message_id))
        return FALSE;
    *guide = found > 0;
    return TRUE;
}

gboolean store_replies_tried_to(Store *store, const gchar *recipient, gint64 since, gint64 *count,
                                gint64 *last, GError **error)
{
    g_autoptr(Statement) stmt =
        statement(store, error,
                  "SELECT count(*), coalesce(max(tried_at), 0) FROM reply WHERE recipient = ? "
                  "AND tried_at >= ?",
                  "si", recipient, since);
    gboolean failed;
    if (stmt == NULL || !statement_row(store, stmt, &failed, error))
        return FALSE;
    *count = column_int(stmt, 0);
    *last = column_int(stmt, 1);
    return TRUE;
}

gboolean store_replies_tried(Store *store, gint64 since, gint64 *count, GError **error)
{
    return store_int(store, error, 0, count, "SELECT count(*) FROM reply WHERE tried_at >= ?", "i",
                     since);
}
