/* All that the store knows of one submission, loaded together: what is judged, answered, listed and
 * shown. */
#pragma once

#include "columns.h"
#include "store-reply.h"
#include "store-submission.h"

typedef struct {
    Submission *submission;
    GPtrArray *versions;     /* Version* by number */
    const Version *standing; /* NULL: none */
    GPtrArray *files;        /* Part* of the standing version */
    GPtrArray *mails;        /* Mail* by time of receipt */
    GPtrArray *candidates;   /* Candidate* not settled */
    GPtrArray *findings;     /* Finding* as judged last */
    GPtrArray *decisions;    /* Decision* */
    GPtrArray *replies;      /* ReplyRow* */
} Dossier;

/* SJ_ERROR_DATA when there is none. */
Dossier *dossier_load(Store *store, gint64 submission, GError **error);
void dossier_free(Dossier *dossier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dossier, dossier_free)

/* What stands in the form of VERSION: field key → json_t * (borrowed from the table). Without a
 * form: empty. */
GHashTable *version_fields(Store *store, const Campaign *campaign, const Version *version,
                           GError **error);
/* Whether its form is the template, untouched. */
gboolean version_is_blank(Store *store, const Version *version, gboolean *blank, GError **error);
/* Whether there is a form that rules can judge: read, and not the untouched template. */
gboolean version_is_filled(Store *store, const Version *version, gboolean *filled, GError **error);

/* The notes and faults that concern the standing version: those in its mails and in later ones.
 * Trouble*. */
GPtrArray *dossier_troubles(Store *store, const Dossier *dossier, GError **error);

/* The row that the rules judge (the columns of columns.h). */
Row *dossier_row(Store *store, const Campaign *campaign, const Dossier *dossier, GError **error);
/* The row of a mail alone, for `relevant`. */
Row *mail_row(Store *store, const Campaign *campaign, const Mail *mail, GError **error);

/* The files that MAIL, or a mail in it, links to without carrying them: json_t *, each as
 * shoujian-filter(7) says of mail.links. */
GPtrArray *mail_links(Store *store, const Mail *mail, GError **error);
/* What such a LINK says of WHAT ("name", "size", …); NULL: nothing. */
const gchar *link_says(const json_t *link, const gchar *what);

/* What stands in those fields of the form of VERSION that the campaign says are its WHAT ("unit",
 * "demand"), together; "" where nothing was read. */
gchar *version_identity(Store *store, const Campaign *campaign, const Version *version,
                        const gchar *what, GError **error);
