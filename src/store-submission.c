/* The store's submissions and their versions. */
#include "store-submission.h"

#include "store-private.h"

#define ALIVE "s.merged_into IS NULL AND NOT s.dropped"
#define SUBMISSION_COLUMNS                                                                         \
    "s.id, s.receipt, s.first_received_at, s.sender, s.sender_name, s.sender_proved, s.standing, " \
    "s.complete_at, s.status, s.merged_into, s.dropped"
#define VERSION_COLUMNS                                                                            \
    "v.id, v.submission, v.number, v.form_part, v.form, v.unit, v.code, v.demand, v.state, "       \
    "v.received_at, v.complete_at"
/* Either is enough: a newer version may mend the one or the other. */
#define SAME_UNIT "(v.code = ?2 OR v.unit = ?1)"

void submission_free(Submission *submission)
{
    g_free(submission->receipt);
    g_free(submission->sender);
    g_free(submission->sender_name);
    g_free(submission->status);
    g_free(submission);
}

void version_free(Version *version)
{
    g_free(version->unit);
    g_free(version->code);
    g_free(version->demand);
    g_free(version->state);
    g_free(version);
}

gboolean version_has_form(const Version *version)
{
    return version != NULL && version->form_part != STORE_NULL;
}

static gpointer read_submission(sqlite3_stmt *stmt)
{
    Submission *submission = g_new(Submission, 1);
    *submission = (Submission){
        .id = column_int(stmt, 0),
        .receipt = column_text(stmt, 1),
        .first_received_at = column_int(stmt, 2),
        .sender = column_text(stmt, 3),
        .sender_name = column_text(stmt, 4),
        .sender_proved = column_int(stmt, 5),
        .standing = column_int(stmt, 6),
        .complete_at = column_int(stmt, 7),
        .status = column_text(stmt, 8),
        .merged_into = column_int(stmt, 9),
        .dropped = column_int(stmt, 10) != 0,
    };
    return submission;
}

static gpointer read_version(sqlite3_stmt *stmt)
{
    Version *version = g_new(Version, 1);
    *version = (Version){
        .id = column_int(stmt, 0),
        .submission = column_int(stmt, 1),
        .number = column_int(stmt, 2),
        .form_part = column_int(stmt, 3),
        .form = column_int(stmt, 4),
        .unit = column_text(stmt, 5),
        .code = column_text(stmt, 6),
        .demand = column_text(stmt, 7),
        .state = column_text(stmt, 8),
        .received_at = column_int(stmt, 9),
        .complete_at = column_int(stmt, 10),
    };
    return version;
}

gint64 store_submission_add(Store *store, const gchar *code, const Mail *mail, GError **error)
{
    gint64 number;
    /* No row is ever removed, so the newest has the highest number. */
    if (!store_int(store, error, 1, &number,
                   "SELECT CAST(substr(receipt, length(?1) + 2) AS INTEGER) + 1 FROM submission "
                   "WHERE substr(receipt, 1, length(?1) + 1) = ?1 || '-' "
                   "AND substr(receipt, length(?1) + 2) NOT GLOB '*[^0-9]*' "
                   "ORDER BY id DESC LIMIT 1",
                   "s", code))
        return 0;
    g_autofree gchar *receipt = g_strdup_printf("%s-%04" G_GINT64_FORMAT, code, number);
    return store_insert(store, error,
                        "INSERT INTO submission (receipt, first_received_at, sender, sender_name, "
                        "sender_proved, status) "
                        "VALUES (?, ?, ?, ?, ?, 'incomplete')",
                        "sissi", receipt, mail->received_at, mail->sender, mail->sender_name,
                        mail->sender_proved);
}

static Submission *first_of(GPtrArray *submissions)
{
    g_autoptr(GPtrArray) list = submissions;
    return list != NULL && list->len > 0 ? g_ptr_array_steal_index(list, 0) : NULL;
}

Submission *store_submission(Store *store, gint64 id, GError **error)
{
    GPtrArray *found =
        store_list(store, error, read_submission, (GDestroyNotify)submission_free,
                   "SELECT " SUBMISSION_COLUMNS " FROM submission s WHERE s.id = ?", "i", id);
    if (found != NULL && found->len == 0)
        sj_fail(error, SJ_ERROR_DATA, "there is no submission %" G_GINT64_FORMAT, id);
    return first_of(found);
}

Submission *store_submission_find(Store *store, const gchar *receipt, GError **error)
{
    GPtrArray *found = store_list(
        store, error, read_submission, (GDestroyNotify)submission_free,
        "SELECT " SUBMISSION_COLUMNS " FROM submission s WHERE s.receipt = ?", "s", receipt);
    if (found != NULL && found->len == 0)
        sj_fail(error, SJ_ERROR_DATA, "there is no receipt %s (see shoujian log)", receipt);
    return first_of(found);
}

GPtrArray *store_submissions(Store *store, GError **error)
{
    return store_list(store, error, read_submission, (GDestroyNotify)submission_free,
                      "SELECT " SUBMISSION_COLUMNS " FROM submission s WHERE " ALIVE
                      " ORDER BY length(s.receipt), s.receipt",
                      "");
}

GPtrArray *store_submissions_from(Store *store, const gchar *sender, GError **error)
{
    return store_list(store, error, read_submission, (GDestroyNotify)submission_free,
                      "SELECT " SUBMISSION_COLUMNS " FROM submission s WHERE " ALIVE " AND s.id IN "
                      "(SELECT l.submission FROM mail m JOIN submission_mail l ON l.mail = m.id "
                      "WHERE m.sender = ?) ORDER BY s.id",
                      "s", sender);
}

gboolean store_submission_set(Store *store, const Submission *submission, GError **error)
{
    return store_run(
        store, error,
        "UPDATE submission SET standing = ?1, complete_at = ?2, status = ?3 WHERE id = ?4 AND "
        "(standing, complete_at, status) IS NOT (?1, ?2, ?3)",
        "iisi", submission->standing, submission->complete_at, submission->status, submission->id);
}

gboolean store_submission_set_first(Store *store, gint64 id, GError **error)
{
    return store_run(
        store, error,
        "UPDATE submission SET (first_received_at, sender, sender_name, sender_proved) = "
        "(m.received_at, m.sender, m.sender_name, m.sender_proved) FROM (SELECT m.* FROM "
        "submission_mail l JOIN mail m ON m.id = l.mail WHERE l.submission = ?1 "
        "ORDER BY m.received_at, m.id LIMIT 1) AS m WHERE submission.id = ?1 AND "
        "(submission.first_received_at, submission.sender, submission.sender_name, "
        "submission.sender_proved) IS NOT "
        "(m.received_at, m.sender, m.sender_name, m.sender_proved)",
        "i", id);
}

gboolean store_submission_merge(Store *store, gint64 from, gint64 into, GError **error)
{
    return store_run(store, error,
                     "UPDATE version SET submission = ?2, number = number + "
                     "(SELECT coalesce(max(number), 0) FROM version WHERE submission = ?2) WHERE "
                     "submission = ?1",
                     "ii", from, into) &&
           store_run(store, error,
                     "UPDATE OR IGNORE submission_mail SET submission = ?2 WHERE submission = ?1",
                     "ii", from, into) &&
           store_run(store, error,
                     "UPDATE OR IGNORE reply_submission SET submission = ?2 WHERE submission = ?1",
                     "ii", from, into) &&
           store_submission_set_first(store, into, error) &&
           store_run(store, error,
                     "UPDATE candidate SET settled = 1 WHERE NOT settled "
                     "AND (submission = ?1 OR (submission = ?2 AND other IS ?1))",
                     "ii", from, into) &&
           store_run(store, error, "UPDATE candidate SET other = ?2 WHERE other = ?1", "ii", from,
                     into) &&
           store_run(store, error,
                     "UPDATE submission SET merged_into = ?2, standing = NULL, complete_at = NULL "
                     "WHERE id = ?1",
                     "ii", from, into);
}

gboolean store_submission_drop(Store *store, gint64 id, GError **error)
{
    return store_run(store, error, "UPDATE submission SET dropped = 1 WHERE id = ?", "i", id);
}

gint64 store_version_add(Store *store, const Version *version, GError **error)
{
    return store_insert(
        store, error,
        "INSERT INTO version (submission, number, form_part, form, unit, code, demand, state, "
        "received_at, complete_at) VALUES (?1, "
        "(SELECT coalesce(max(number), 0) + 1 FROM version WHERE submission = ?1), "
        "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        "iiissssii", version->submission, version->form_part, version->form, version->unit,
        version->code, version->demand, version->state, version->received_at, version->complete_at);
}

gboolean store_version_set(Store *store, const Version *version, GError **error)
{
    return store_run(store, error,
                     "UPDATE version SET form_part = ?1, form = ?2, unit = ?3, code = ?4, demand = "
                     "?5, state = ?6, "
                     "complete_at = ?7 WHERE id = ?8 AND (form_part, form, unit, code, demand, "
                     "state, complete_at) "
                     "IS NOT (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                     "iissssii", version->form_part, version->form, version->unit, version->code,
                     version->demand, version->state, version->complete_at, version->id);
}

GPtrArray *store_versions(Store *store, gint64 submission, GError **error)
{
    return store_list(store, error, read_version, (GDestroyNotify)version_free,
                      "SELECT " VERSION_COLUMNS
                      " FROM version v WHERE v.submission = ? ORDER BY v.number",
                      "i", submission);
}

Version *store_version(Store *store, gint64 id, GError **error)
{
    g_autoptr(GPtrArray) found =
        store_list(store, error, read_version, (GDestroyNotify)version_free,
                   "SELECT " VERSION_COLUMNS " FROM version v WHERE v.id = ?", "i", id);
    if (found != NULL && found->len == 0)
        sj_fail(error, SJ_ERROR_DATA, "there is no version %" G_GINT64_FORMAT, id);
    return found != NULL && found->len > 0 ? g_ptr_array_steal_index(found, 0) : NULL;
}

GPtrArray *store_versions_of_unit(Store *store, const gchar *unit, const gchar *code,
                                  GError **error)
{
    return store_list(store, error, read_version, (GDestroyNotify)version_free,
                      "SELECT " VERSION_COLUMNS
                      " FROM version v JOIN submission s ON s.id = v.submission "
                      "WHERE " SAME_UNIT " AND " ALIVE " ORDER BY v.id",
                      "ss", unit, code);
}

static gpointer read_text(sqlite3_stmt *stmt)
{
    return column_text(stmt, 0);
}

GPtrArray *store_unit_receipts(Store *store, const gchar *unit, const gchar *code,
                               gint64 submission, GError **error)
{
    return store_list(
        store, error, read_text, g_free,
        "SELECT s.receipt FROM version v "
        "JOIN submission s ON s.id = v.submission AND s.standing = v.id WHERE " SAME_UNIT
        " AND " ALIVE " AND s.id <> ?3 ORDER BY length(s.receipt), s.receipt",
        "ssi", unit, code, submission);
}

gboolean store_version_file_add(Store *store, gint64 version, gint64 part, GError **error)
{
    return store_run(
        store, error,
        "INSERT INTO version_file (version, part) VALUES (?, ?) ON CONFLICT DO NOTHING", "ii",
        version, part);
}

gboolean store_version_files_move(Store *store, gint64 from, gint64 into, GError **error)
{
    return store_run(store, error,
                     "UPDATE OR IGNORE version_file SET version = ?2 WHERE version = ?1", "ii",
                     from, into);
}

GPtrArray *store_version_files(Store *store, gint64 version, GError **error)
{
    return store_list(store, error, read_part, (GDestroyNotify)part_free,
                      "SELECT " PART_COLUMNS " FROM version_file f JOIN part p ON p.id = f.part "
                      "WHERE f.version = ? ORDER BY f.id",
                      "i", version);
}
