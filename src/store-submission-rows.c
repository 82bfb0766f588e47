/* What the store keeps about a submission: its mails, candidates, findings and decisions. */
#include "store-submission.h"

#include "store-private.h"

#include <string.h>

static void mail_change_free(MailChange *change)
{
    g_free(change->change);
    g_free(change);
}

static void candidate_free(Candidate *candidate)
{
    g_free(candidate->receipt);
    g_free(candidate->reason);
    g_free(candidate);
}

static void decision_free(Decision *decision)
{
    g_free(decision->what);
    g_free(decision->argument);
    g_free(decision->by);
    g_free(decision->why);
    g_free(decision);
}

gboolean store_submission_mail_add(Store *store, gint64 submission, gint64 mail,
                                   const gchar *change, GError **error)
{
    return store_run(store, error,
                     "INSERT INTO submission_mail (submission, mail, change) VALUES (?, ?, ?) "
                     "ON CONFLICT DO UPDATE SET change = excluded.change "
                     "WHERE change = 'same' AND excluded.change <> 'same'",
                     "iis", submission, mail, change) &&
           store_submission_set_first(store, submission, error);
}

GPtrArray *store_submission_mails(Store *store, gint64 submission, GError **error)
{
    return store_list(store, error, read_mail, (GDestroyNotify)mail_free,
                      "SELECT " MAIL_COLUMNS " FROM submission_mail l JOIN mail m ON m.id = l.mail "
                      "WHERE l.submission = ? ORDER BY m.received_at, m.id",
                      "i", submission);
}

static gpointer read_mail_change(sqlite3_stmt *stmt)
{
    MailChange *change = g_new(MailChange, 1);
    *change = (MailChange){column_int(stmt, 0), column_text(stmt, 1)};
    return change;
}

GPtrArray *store_mail_changes(Store *store, gint64 mail, GError **error)
{
    return store_list(
        store, error, read_mail_change, (GDestroyNotify)mail_change_free,
        "SELECT l.submission, l.change FROM submission_mail l JOIN submission s ON s.id = "
        "l.submission WHERE l.mail = ? AND s.merged_into IS NULL AND NOT s.dropped "
        "ORDER BY l.submission",
        "i", mail);
}

gboolean store_submission_has_late(Store *store, gint64 submission, gboolean *late, GError **error)
{
    gint64 count;
    if (!store_int(store, error, 0, &count,
                   "SELECT (SELECT count(*) FROM submission_mail WHERE submission = ?1 AND change "
                   "= 'late') + "
                   "(SELECT count(*) FROM version WHERE submission = ?1 AND state = 'late')",
                   "i", submission))
        return FALSE;
    *late = count > 0;
    return TRUE;
}

static gpointer read_candidate(sqlite3_stmt *stmt)
{
    Candidate *candidate = g_new(Candidate, 1);
    *candidate = (Candidate){column_int(stmt, 0), column_text(stmt, 1), column_text(stmt, 2)};
    return candidate;
}

gboolean store_candidate_add(Store *store, gint64 submission, gint64 other, const gchar *reason,
                             GError **error)
{
    return store_run(store, error,
                     "INSERT INTO candidate (submission, other, reason) SELECT ?1, ?2, ?3 "
                     "WHERE NOT EXISTS (SELECT 1 FROM candidate WHERE submission = ?1 "
                     "AND other IS ?2 AND reason = ?3 AND NOT settled)",
                     "iis", submission, other, reason);
}

GPtrArray *store_candidates(Store *store, gint64 submission, GError **error)
{
    return store_list(store, error, read_candidate, (GDestroyNotify)candidate_free,
                      "SELECT c.other, o.receipt, c.reason FROM candidate c LEFT JOIN submission o "
                      "ON o.id = c.other "
                      "WHERE c.submission = ? AND NOT c.settled ORDER BY c.id",
                      "i", submission);
}

static gpointer read_finding(sqlite3_stmt *stmt)
{
    Finding *finding = g_new(Finding, 1);
    g_autofree gchar *level = column_text(stmt, 1);
    *finding = (Finding){
        .rule = column_text(stmt, 0),
        .person = column_int(stmt, 2) != 0,
        .message = column_text(stmt, 3),
        .fix = column_text(stmt, 4),
        .of_form = column_int(stmt, 5) != 0,
    };
    for (Level l = LEVEL_MUST; l <= LEVEL_LATE; l++)
        if (strcmp(level, level_name(l)) == 0)
            finding->level = l;
    return finding;
}

GPtrArray *store_findings(Store *store, gint64 submission, GError **error)
{
    return store_list(store, error, read_finding, (GDestroyNotify)finding_free,
                      "SELECT rule, level, person, message, fix, of_form FROM finding WHERE "
                      "submission = ? ORDER BY id",
                      "i", submission);
}

gboolean finding_equal(const Finding *a, const Finding *b)
{
    return strcmp(a->rule, b->rule) == 0 && a->level == b->level && a->person == b->person &&
           strcmp(a->message, b->message) == 0 && g_strcmp0(a->fix, b->fix) == 0;
}

gboolean findings_equal(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++)
        if (!finding_equal(a->pdata[i], b->pdata[i]))
            return FALSE;
    return TRUE;
}

gboolean findings_have(const GPtrArray *findings, const Finding *finding)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *other = findings->pdata[i];
        if (strcmp(other->rule, finding->rule) == 0 &&
            strcmp(other->message, finding->message) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean store_findings_set(Store *store, gint64 submission, const GPtrArray *findings,
                            GError **error)
{
    g_autoptr(GPtrArray) standing = store_findings(store, submission, error);
    if (standing == NULL)
        return FALSE;
    if (findings_equal(standing, findings))
        return TRUE;
    if (!store_run(store, error, "DELETE FROM finding WHERE submission = ?", "i", submission))
        return FALSE;
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (!store_run(
                store, error,
                "INSERT INTO finding (submission, rule, level, person, message, fix, of_form) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                "issbssb", submission, finding->rule, level_name(finding->level), finding->person,
                finding->message, finding->fix, finding->of_form))
            return FALSE;
    }
    return TRUE;
}

static gpointer read_decision(sqlite3_stmt *stmt)
{
    Decision *decision = g_new(Decision, 1);
    *decision = (Decision){column_int(stmt, 0), column_text(stmt, 1), column_text(stmt, 2),
                           column_text(stmt, 3), column_text(stmt, 4)};
    return decision;
}

gboolean store_decision_add(Store *store, gint64 submission, const Decision *decision,
                            GError **error)
{
    return store_run(
        store, error,
        "INSERT INTO decision (submission, at, what, argument, by, why) VALUES (?, ?, ?, ?, ?, ?)",
        "iissss", submission, decision->at, decision->what, decision->argument, decision->by,
        decision->why);
}

GPtrArray *store_decisions(Store *store, gint64 submission, GError **error)
{
    return store_list(
        store, error, read_decision, (GDestroyNotify)decision_free,
        "SELECT at, what, argument, by, why FROM decision WHERE submission = ? ORDER BY id", "i",
        submission);
}
