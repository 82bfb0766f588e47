/* The store's mails, the places where they were seen, and what each folder looked like. */
#include "store-mail.h"

#include "store-private.h"

void mail_free(Mail *mail)
{
    g_free(mail->sha256);
    g_free(mail->clock);
    g_free(mail->state);
    g_free(mail->class);
    g_free(mail->sender);
    g_free(mail->sender_name);
    g_free(mail->subject);
    g_free(mail->message_id);
    g_free(mail);
}

gpointer read_mail(sqlite3_stmt *stmt)
{
    Mail *mail = g_new(Mail, 1);
    *mail = (Mail){
        .id = column_int(stmt, 0),
        .sha256 = column_text(stmt, 1),
        .size = column_int(stmt, 2),
        .received_at = column_int(stmt, 3),
        .clock = column_text(stmt, 4),
        .answerable = column_int(stmt, 5) != 0,
        .state = column_text(stmt, 6),
        .tries = column_int(stmt, 7),
        .class = column_text(stmt, 8),
        .sender = column_text(stmt, 9),
        .sender_name = column_text(stmt, 10),
        .sender_proved = column_int(stmt, 11),
        .subject = column_text(stmt, 12),
        .message_id = column_text(stmt, 13),
    };
    return mail;
}

static GPtrArray *list_mails(Store *store, GError **error, const gchar *sql, const gchar *types,
                             gint64 id)
{
    return store_list(store, error, read_mail, (GDestroyNotify)mail_free, sql, types, id);
}

gboolean store_mail_find(Store *store, const gchar *sha256, gint64 *id, GError **error)
{
    return store_int(store, error, 0, id, "SELECT id FROM mail WHERE sha256 = ?", "s", sha256);
}

gint64 store_mail_add(Store *store, const gchar *sha256, gint64 size, gint64 received_at,
                      const gchar *clock, gboolean answerable, GError **error)
{
    gint64 id;
    if (!store_mail_find(store, sha256, &id, error) ||
        !store_run(store, error, "UPDATE mail SET kept = 1 WHERE id = ? AND NOT kept", "i", id))
        return 0;
    if (id != 0)
        return id;
    return store_insert(store, error,
                        "INSERT INTO mail (sha256, size, received_at, clock, answerable, state) "
                        "VALUES (?, ?, ?, ?, ?, 'fetched')",
                        "siisb", sha256, size, received_at, clock, answerable);
}

Mail *store_mail(Store *store, gint64 id, GError **error)
{
    g_autoptr(GPtrArray) mails =
        list_mails(store, error, "SELECT " MAIL_COLUMNS " FROM mail m WHERE m.id = ?", "i", id);
    if (mails == NULL)
        return NULL;
    if (mails->len == 0) {
        sj_fail(error, SJ_ERROR_DATA, "there is no mail %" G_GINT64_FORMAT, id);
        return NULL;
    }
    return g_ptr_array_steal_index(mails, 0);
}

GPtrArray *store_mails_in(Store *store, const gchar *state, GError **error)
{
    return store_list(store, error, read_mail, (GDestroyNotify)mail_free,
                      "SELECT " MAIL_COLUMNS " FROM mail m WHERE m.state = ? AND m.state <> 'done' "
                      "ORDER BY m.received_at, m.id",
                      "s", state);
}

gboolean store_mails_pending(Store *store, gboolean *pending, GError **error)
{
    gint64 found;
    if (!store_int(store, error, 0, &found,
                   "SELECT EXISTS (SELECT 1 FROM mail WHERE state <> 'done' AND state <> 'aside')",
                   ""))
        return FALSE;
    *pending = found != 0;
    return TRUE;
}

GHashTable *store_mail_classes(Store *store, GError **error)
{
    g_autoptr(Statement) stmt =
        statement(store, error,
                  "SELECT class, count(*) FROM mail WHERE class IS NOT NULL GROUP BY class "
                  "UNION ALL SELECT 'before', count(*) FROM place WHERE mail IS NULL",
                  "");
    if (stmt == NULL)
        return NULL;
    g_autoptr(GHashTable) classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gboolean failed;
    while (statement_row(store, stmt, &failed, error)) {
        gint64 count = column_int(stmt, 1);
        g_hash_table_insert(classes, column_text(stmt, 0), g_memdup2(&count, sizeof(count)));
    }
    return failed ? NULL : g_steal_pointer(&classes);
}

GPtrArray *store_mails_apart(Store *store, GError **error)
{
    return list_mails(store, error,
                      "SELECT " MAIL_COLUMNS
                      " FROM mail m WHERE m.class IS NOT NULL AND NOT EXISTS "
                      "(SELECT 1 FROM submission_mail l JOIN submission s ON s.id = l.submission "
                      "WHERE l.mail = m.id AND NOT s.dropped) ORDER BY m.received_at, m.id",
                      "", 0);
}

gboolean store_mail_set_head(Store *store, const Mail *mail, GError **error)
{
    return store_run(store, error,
                     "UPDATE mail SET sender = ?, sender_name = ?, sender_proved = ?, subject = ?, "
                     "message_id = ? WHERE id = ?",
                     "ssissi", mail->sender, mail->sender_name, mail->sender_proved, mail->subject,
                     mail->message_id, mail->id);
}

gboolean store_mail_set_state(Store *store, gint64 id, const gchar *state, GError **error)
{
    return store_run(store, error, "UPDATE mail SET state = ? WHERE id = ?", "si", state, id);
}

gboolean store_mail_set_class(Store *store, gint64 id, const gchar *class, GError **error)
{
    return store_run(store, error, "UPDATE mail SET class = ? WHERE id = ?", "si", class, id);
}

gboolean store_mail_tried(Store *store, gint64 id, gint64 *tries, GError **error)
{
    return store_run(store, error, "UPDATE mail SET tries = tries + 1 WHERE id = ?", "i", id) &&
           store_int(store, error, 0, tries, "SELECT tries FROM mail WHERE id = ?", "i", id);
}

gboolean store_mail_last_from(Store *store, const gchar *sender, gint64 *received_at,
                              GError **error)
{
    return store_int(store, error, 0, received_at,
                     "SELECT coalesce(max(received_at), 0) FROM mail WHERE sender = ?", "s",
                     sender);
}

GPtrArray *store_mails_to_drop(Store *store, gint64 before, GError **error)
{
    return store_list(store, error, read_mail, (GDestroyNotify)mail_free,
                      "SELECT " MAIL_COLUMNS
                      " FROM mail m WHERE m.kept AND m.state = 'done' AND m.class <> 'submission' "
                      "AND m.received_at < ? ORDER BY m.received_at",
                      "i", before);
}

static gpointer read_text(sqlite3_stmt *stmt)
{
    return column_text(stmt, 0);
}

gboolean store_mail_drop(Store *store, gint64 id, GPtrArray **files, GError **error)
{
    *files =
        store_list(store, error, read_text, g_free,
                   "SELECT DISTINCT h.sha256 FROM held h WHERE h.mail = ?1 AND NOT EXISTS "
                   "(SELECT 1 FROM held o JOIN mail m ON m.id = o.mail WHERE o.sha256 = h.sha256 "
                   "AND o.mail <> ?1 AND m.kept)",
                   "i", id);
    return *files != NULL &&
           store_run(store, error, "UPDATE mail SET kept = 0 WHERE id = ?", "i", id);
}

static void place_free(Place *place)
{
    g_free(place->folder);
    g_free(place);
}

static gpointer read_place(sqlite3_stmt *stmt)
{
    Place *place = g_new(Place, 1);
    *place = (Place){
        .folder = column_text(stmt, 0),
        .uidvalidity = (guint32)column_int(stmt, 1),
        .uid = (guint32)column_int(stmt, 2),
        .received_at = column_int(stmt, 3),
        .mail = column_int(stmt, 4),
    };
    return place;
}

gboolean store_place_add(Store *store, const gchar *folder, guint32 uidvalidity, guint32 uid,
                         gint64 received_at, gint64 size, gint64 mail, GError **error)
{
    return store_run(store, error,
                     "INSERT INTO place (folder, uidvalidity, uid, received_at, size, mail) "
                     "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                     "siiiii", folder, (gint64)uidvalidity, (gint64)uid, received_at, size, mail);
}

GHashTable *store_place_uids(Store *store, const gchar *folder, guint32 uidvalidity, guint32 lowest,
                             GError **error)
{
    g_autoptr(Statement) stmt = statement(
        store, error, "SELECT uid FROM place WHERE folder = ? AND uidvalidity = ? AND uid >= ?",
        "sii", folder, (gint64)uidvalidity, (gint64)lowest);
    if (stmt == NULL)
        return NULL;
    g_autoptr(GHashTable) uids = g_hash_table_new(g_direct_hash, g_direct_equal);
    gboolean failed;
    while (statement_row(store, stmt, &failed, error))
        g_hash_table_add(uids, GUINT_TO_POINTER((guint)column_int(stmt, 0)));
    return failed ? NULL : g_steal_pointer(&uids);
}

GPtrArray *store_places(Store *store, gint64 mail, GError **error)
{
    return store_list(
        store, error, read_place, (GDestroyNotify)place_free,
        "SELECT folder, uidvalidity, uid, received_at, mail FROM place WHERE mail IS ? "
        "ORDER BY received_at, id",
        "i", mail);
}

gboolean store_folder(Store *store, const gchar *name, FolderState *state, GError **error)
{
    *state = (FolderState){0};
    g_autoptr(Statement) stmt =
        statement(store, error,
                  "SELECT uidvalidity, count, highest_uid, compared_at, uidnext FROM folder "
                  "WHERE name = ?",
                  "s", name);
    if (stmt == NULL)
        return FALSE;
    gboolean failed;
    if (statement_row(store, stmt, &failed, error))
        *state = (FolderState){(guint32)column_int(stmt, 0), column_int(stmt, 1),
                               column_int(stmt, 2), column_int(stmt, 3), column_int(stmt, 4)};
    return !failed;
}

gboolean store_folder_set(Store *store, const gchar *name, const FolderState *state, GError **error)
{
    return store_run(
        store, error,
        "INSERT INTO folder (name, uidvalidity, count, highest_uid, compared_at, uidnext) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET uidvalidity = ?2, "
        "count = ?3, highest_uid = ?4, compared_at = ?5, uidnext = ?6 WHERE (uidvalidity, count, "
        "highest_uid, compared_at, uidnext) <> (?2, ?3, ?4, ?5, ?6)",
        "siiiii", name, (gint64)state->uidvalidity, state->count, state->highest_uid,
        state->compared_at, state->uidnext);
}
