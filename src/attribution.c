/* One mail on its way to its submissions: what it may change, and what it has changed so far. */
#include "attribution.h"

#include <string.h>

/* Of one submission. */
#define CANDIDATES_LIMIT 20

gboolean attribution_touches(const Attribution *work, gint64 submission)
{
    for (guint i = 0; i < work->touched->len; i++)
        if (g_array_index(work->touched, gint64, i) == submission)
            return TRUE;
    return FALSE;
}

gboolean attribution_touch(Attribution *work, gint64 submission, const gchar *change,
                           GError **error)
{
    if (!attribution_touches(work, submission))
        g_array_append_val(work->touched, submission);
    return store_submission_mail_add(work->store, submission, work->incoming->mail->id, change,
                                     error);
}

/* Any of the sender's may be meant that this mail does not speak of already; the newest most
 * likely. */
static gboolean add_own_candidates(Attribution *work, gint64 id, const gchar *reason,
                                   GError **error)
{
    guint first = work->mine->len > CANDIDATES_LIMIT ? work->mine->len - CANDIDATES_LIMIT : 0;
    for (guint i = first; i < work->mine->len; i++) {
        const Submission *own = work->mine->pdata[i];
        if (!attribution_touches(work, own->id) &&
            !store_candidate_add(work->store, id, own->id, reason, error))
            return FALSE;
    }
    return TRUE;
}

gint64 attribution_open(Attribution *work, gint64 candidate, const gchar *reason, GError **error)
{
    gint64 id =
        store_submission_add(work->store, work->campaign->code, work->incoming->mail, error);
    if (id == 0 || !attribution_touch(work, id, "new", error))
        return 0;
    if (reason != NULL &&
        !(candidate != STORE_NULL ? store_candidate_add(work->store, id, candidate, reason, error)
                                  : add_own_candidates(work, id, reason, error)))
        return 0;
    Submission *opened = store_submission(work->store, id, error);
    if (opened == NULL)
        return 0;
    g_ptr_array_add(work->mine, opened);
    return id;
}

gint64 attribution_add_version(Attribution *work, gint64 submission, const IncomingForm *form,
                               GError **error)
{
    Version version = {
        .submission = submission,
        .form_part = form != NULL ? form->part->id : STORE_NULL,
        .form = form != NULL ? form->form : 1,
        .state = (gchar *)"waiting",
        .received_at = work->incoming->mail->received_at,
        .complete_at = STORE_NULL,
    };
    if (form != NULL) {
        version.unit = form->unit;
        version.code = form->code;
        version.demand = form->demand;
    }
    gint64 id = store_version_add(work->store, &version, error);
    if (id != 0 && form != NULL && !store_version_file_add(work->store, id, form->part->id, error))
        return 0;
    return id;
}

gboolean attribution_same_way(Attribution *work, gint64 submission, gboolean *same, GError **error)
{
    const Mail *mail = work->incoming->mail;
    const gchar *route = incoming_route(work->incoming);
    g_autoptr(GPtrArray) mails = store_submission_mails(work->store, submission, error);
    if (mails == NULL)
        return FALSE;
    *same = route != NULL;
    for (guint i = 0; *same && i < mails->len; i++) {
        const Mail *earlier = mails->pdata[i];
        if (!incoming_same_address(earlier->sender, mail->sender))
            continue;
        g_autoptr(Incoming) before = incoming_load(work->store, work->campaign, earlier, error);
        if (before == NULL)
            return FALSE;
        *same = earlier->sender_proved == mail->sender_proved &&
                g_strcmp0(incoming_route(before), route) == 0;
    }
    return TRUE;
}

gboolean attribution_trusts(Attribution *work, gint64 submission, gboolean *yes, GError **error)
{
    *yes = work->incoming->mail->sender_proved == 1 || attribution_touches(work, submission);
    if (*yes || incoming_against(work->incoming))
        return TRUE;
    return attribution_same_way(work, submission, yes, error);
}

/* A version that repeats an earlier form already has the scans that come again with it. */
gboolean attribution_has_file(Attribution *work, gint64 version, const Part *part, gboolean *has,
                              GError **error)
{
    g_autoptr(GPtrArray) files = store_version_files(work->store, version, error);
    if (files == NULL)
        return FALSE;
    *has = FALSE;
    for (guint i = 0; i < files->len; i++)
        *has |= strcmp(((const Part *)files->pdata[i])->sha256, part->sha256) == 0;
    return TRUE;
}

/* What was complete before the deadline takes nothing that comes after it. */
gboolean attribution_is_closed(const Attribution *work, gint64 complete_at)
{
    gint64 deadline = work->campaign->deadline;
    return work->incoming->mail->received_at >= deadline && complete_at != STORE_NULL &&
           complete_at < deadline;
}

gboolean attribution_give(Attribution *work, gint64 id, const Part *part, GError **error)
{
    gboolean has;
    g_autoptr(Version) version = store_version(work->store, id, error);
    if (version == NULL || !attribution_has_file(work, id, part, &has, error))
        return FALSE;
    gboolean closed = attribution_is_closed(work, version->complete_at);
    const gchar *change = strcmp(part->role, "container") == 0 ? "same"
                          : closed                             ? "late"
                          : strcmp(part->role, "scan") == 0    ? "scan"
                                                               : "other";
    return has || (attribution_touch(work, version->submission, change, error) &&
                   (closed || store_version_file_add(work->store, id, part->id, error)));
}
