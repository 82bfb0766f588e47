/* The store's submissions: their versions, the mails they rest on, candidates, findings and
 * decisions. */
#pragma once

#include "rule.h"
#include "store-mail.h"
#include "store-part.h"

typedef struct {
    gint64 id;
    gchar *receipt;
    gint64 first_received_at;
    gchar *sender, *sender_name; /* of its first mail */
    gint64 sender_proved;
    gint64 standing;    /* version, or STORE_NULL */
    gint64 complete_at; /* or STORE_NULL */
    gchar *status;
    gint64 merged_into; /* or STORE_NULL */
    gboolean dropped;
} Submission;

void submission_free(Submission *submission);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Submission, submission_free)

/* A new submission that begins with MAIL; its receipt is the next one of CODE. Its id,
 * 0 on error. */
gint64 store_submission_add(Store *store, const gchar *code, const Mail *mail, GError **error);
/* NULL with SJ_ERROR_DATA when there is none. */
Submission *store_submission(Store *store, gint64 id, GError **error);
/* SJ_ERROR_DATA names RECEIPT when there is none. */
Submission *store_submission_find(Store *store, const gchar *receipt, GError **error);
/* Submission* by receipt, without merged and dropped ones. */
GPtrArray *store_submissions(Store *store, GError **error);
/* Those that have a mail from SENDER. */
GPtrArray *store_submissions_from(Store *store, const gchar *sender, GError **error);
/* Writes standing, complete_at and status, when they differ from what is there. */
gboolean store_submission_set(Store *store, const Submission *submission, GError **error);
/* All that FROM has becomes INTO's, which may begin earlier then; candidates between the two are
 * settled. Its standing version is to be worked out again (version.h). */
gboolean store_submission_merge(Store *store, gint64 from, gint64 into, GError **error);
/* A person says that its mail is no submission. */
gboolean store_submission_drop(Store *store, gint64 id, GError **error);

typedef struct {
    gint64 id, submission, number;
    gint64 form_part;            /* or STORE_NULL: scans that wait for their form */
    gint64 form;                 /* which form of the document */
    gchar *unit, *code, *demand; /* normalised; NULL: not read */
    gchar *state;                /* "standing", "waiting", "late", "replaced" */
    gint64 received_at;
    gint64 complete_at; /* or STORE_NULL */
} Version;

void version_free(Version *version);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Version, version_free)

/* Whether VERSION (may be NULL) has a form, and is not only scans that wait for one. */
gboolean version_has_form(const Version *version);

/* Gives it the submission's next number; its id, 0 on error. */
gint64 store_version_add(Store *store, const Version *version, GError **error);
/* Writes all but its submission, number and received_at, when they differ from what is there. */
gboolean store_version_set(Store *store, const Version *version, GError **error);
/* NULL with SJ_ERROR_DATA when there is none. */
Version *store_version(Store *store, gint64 id, GError **error);
/* Version* by number. */
GPtrArray *store_versions(Store *store, gint64 submission, GError **error);
/* Version* of living submissions with the same credit code or the same unit. */
GPtrArray *store_versions_of_unit(Store *store, const gchar *unit, const gchar *code,
                                  GError **error);
/* gchar* receipts of the living submissions but SUBMISSION with a standing version of the unit. */
GPtrArray *store_unit_receipts(Store *store, const gchar *unit, const gchar *code,
                               gint64 submission, GError **error);
/* A file that is there already stays as it is. */
gboolean store_version_file_add(Store *store, gint64 version, gint64 part, GError **error);
/* What FROM has and INTO has not becomes INTO's. */
gboolean store_version_files_move(Store *store, gint64 from, gint64 into, GError **error);
/* Part* in the order of arrival. */
GPtrArray *store_version_files(Store *store, gint64 version, GError **error);

/* CHANGE: "new", "version", "scan", "other", "late", "same". Said again of the same mail, the first
 * word stands, but for "same": anything is more than that. */
gboolean store_submission_mail_add(Store *store, gint64 submission, gint64 mail,
                                   const gchar *change, GError **error);
/* Mail* by time of receipt. */
GPtrArray *store_submission_mails(Store *store, gint64 submission, GError **error);

typedef struct {
    gint64 submission;
    gchar *change;
} MailChange;

/* MailChange* of MAIL, by receipt; not those of merged or dropped submissions. */
GPtrArray *store_mail_changes(Store *store, gint64 mail, GError **error);

/* Whether a mail brought something after the deadline that waits for a person. */
gboolean store_submission_has_late(Store *store, gint64 submission, gboolean *late, GError **error);

typedef struct {
    gint64 other;   /* submission, or STORE_NULL */
    gchar *receipt; /* of the other, or NULL */
    gchar *reason;  /* "same-demand", "not-proved", "which-submission", "which-form" */
} Candidate;

/* One that is there and not settled stays as it is. */
gboolean store_candidate_add(Store *store, gint64 submission, gint64 other, const gchar *reason,
                             GError **error);
/* Candidate* that no person has settled. */
GPtrArray *store_candidates(Store *store, gint64 submission, GError **error);

/* Finding* in order. */
GPtrArray *store_findings(Store *store, gint64 submission, GError **error);
/* Replaces them by FINDINGS where they differ. */
gboolean store_findings_set(Store *store, gint64 submission, const GPtrArray *findings,
                            GError **error);
/* The same rule, level and words. */
gboolean finding_equal(const Finding *a, const Finding *b);
gboolean findings_equal(const GPtrArray *a, const GPtrArray *b);
/* Whether FINDINGS (Finding*) have one of the same rule with the same words. */
gboolean findings_have(const GPtrArray *findings, const Finding *finding);

typedef struct {
    gint64 at;
    gchar *what;     /* "accept", "reject", "reopen", "merge", "class", "sent", "resend" */
    gchar *argument; /* the other receipt, or the class; or NULL */
    gchar *by, *why;
} Decision;

gboolean store_decision_add(Store *store, gint64 submission, const Decision *decision,
                            GError **error);
/* Decision* by time. */
GPtrArray *store_decisions(Store *store, gint64 submission, GError **error);
