/* Which submission a mail's forms and scans belong to. */
#include "attribute.h"

#include "dossier.h"
#include "version.h"

#include <string.h>

/* What is worked on for one mail. */
typedef struct {
    const Campaign *campaign;
    Store *store;
    const Incoming *incoming;
    GPtrArray *mine; /* Submission* that have a mail from this sender */
    GArray *touched; /* gint64 ids of submissions */
} Attribution;

static gboolean attribute_forms(Attribution *work, GError **error);
static gboolean attribute_files(Attribution *work, GError **error);

gboolean attribute_mail(const Campaign *campaign, Store *store, const Incoming *incoming,
                        GError **error)
{
    const gchar *sender = incoming->mail->sender;
    g_autoptr(GPtrArray) mine =
        sender != NULL ? store_submissions_from(store, sender, error) : g_ptr_array_new();
    if (mine == NULL)
        return FALSE;
    g_autoptr(GArray) touched = g_array_new(FALSE, FALSE, sizeof(gint64));
    Attribution work = {campaign, store, incoming, mine, touched};
    if (!(incoming->forms->len > 0 ? attribute_forms(&work, error) : attribute_files(&work, error)))
        return FALSE;
    for (guint i = 0; i < touched->len; i++)
        if (!versions_settle(store, campaign, g_array_index(touched, gint64, i), error))
            return FALSE;
    return TRUE;
}

/* SUBMISSION was changed by this mail. */
static gboolean touch(Attribution *work, gint64 submission, const gchar *change, GError **error)
{
    g_array_append_val(work->touched, submission);
    return store_submission_mail_add(work->store, submission, work->incoming->mail->id, change,
                                     error);
}

static gint64 open_submission(Attribution *work, gint64 candidate, const gchar *reason,
                              GError **error)
{
    gint64 id =
        store_submission_add(work->store, work->campaign->code, work->incoming->mail, error);
    if (id == 0 || !touch(work, id, "new", error))
        return 0;
    if (reason != NULL && !store_candidate_add(work->store, id, candidate, reason, error))
        return 0;
    return id;
}

static gint64 add_version(Attribution *work, gint64 submission, const IncomingForm *form,
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

/* The last mail of this sender in SUBMISSION came the same way. */
static gboolean same_way(Attribution *work, gint64 submission, gboolean *same, GError **error)
{
    *same = FALSE;
    const Mail *mail = work->incoming->mail;
    g_autoptr(GPtrArray) mails = store_submission_mails(work->store, submission, error);
    if (mails == NULL)
        return FALSE;
    for (guint i = mails->len; i-- > 0;) {
        const Mail *earlier = mails->pdata[i];
        if (g_strcmp0(earlier->sender, mail->sender) != 0)
            continue;
        g_autoptr(Incoming) before = incoming_load(work->store, earlier, error);
        if (before == NULL)
            return FALSE;
        *same = earlier->sender_proved == mail->sender_proved &&
                g_strcmp0(incoming_route(before), incoming_route(work->incoming)) == 0;
        break;
    }
    return TRUE;
}

/* Whether this mail may change SUBMISSION, which has a mail from its sender's address, by itself.
 */
static gboolean trusted(Attribution *work, gint64 submission, gboolean *yes, GError **error)
{
    *yes = work->incoming->mail->sender_proved == 1;
    if (*yes || incoming_against(work->incoming))
        return TRUE;
    return same_way(work, submission, yes, error);
}

static gboolean same_demand(const IncomingForm *form, const Version *version)
{
    gboolean unit = (form->code != NULL && g_strcmp0(form->code, version->code) == 0) ||
                    (form->unit != NULL && g_strcmp0(form->unit, version->unit) == 0);
    return unit && form->demand != NULL && g_strcmp0(form->demand, version->demand) == 0;
}

/* A submission of the sender's that this form may continue. */
typedef struct {
    gint64 submission; /* 0: none */
    gint64 fill;       /* a version that waits for its form; 0: a new version */
    gint64 repeats;    /* a version with this very form; 0: none */
    gboolean several;  /* more than one waits for a form */
} Match;

static gboolean is_vacant(const Version *version)
{
    return version->unit == NULL && version->code == NULL && version->demand == NULL &&
           strcmp(version->state, "replaced") != 0;
}

static gboolean repeats(Attribution *work, const Version *version, const IncomingForm *form,
                        gboolean *same, GError **error)
{
    g_autoptr(Part) part = store_part(work->store, version->form_part, error);
    if (part == NULL)
        return FALSE;
    *same = strcmp(part->sha256, form->part->sha256) == 0 && version->form == form->form &&
            (strcmp(version->state, "standing") == 0 || strcmp(version->state, "waiting") == 0);
    return TRUE;
}

static gboolean find_match(Attribution *work, const IncomingForm *form, Match *match,
                           GError **error)
{
    *match = (Match){0};
    guint vacant = 0;
    Match waiting = {0};
    for (guint i = 0; i < work->mine->len; i++) {
        const Submission *submission = work->mine->pdata[i];
        g_autoptr(GPtrArray) versions = store_versions(work->store, submission->id, error);
        if (versions == NULL)
            return FALSE;
        for (guint v = 0; v < versions->len; v++) {
            const Version *version = versions->pdata[v];
            if (same_demand(form, version)) {
                gboolean same;
                if (!repeats(work, version, form, &same, error))
                    return FALSE;
                match->submission = submission->id;
                if (same)
                    match->repeats = version->id;
            } else if (is_vacant(version)) {
                vacant++;
                waiting = (Match){.submission = submission->id,
                                  .fill = version->form_part == STORE_NULL ? version->id : 0};
            }
        }
    }
    if (match->submission == 0 && vacant == 1)
        *match = waiting;
    match->several = match->submission == 0 && vacant > 1;
    return TRUE;
}

/* A submission of somebody else's about the same demand of the same unit; 0: none. */
static gboolean find_rival(Attribution *work, const IncomingForm *form, gint64 *rival,
                           GError **error)
{
    *rival = 0;
    g_autoptr(GPtrArray) versions =
        store_versions_of_unit(work->store, form->unit, form->code, error);
    if (versions == NULL)
        return FALSE;
    for (guint i = 0; i < versions->len && *rival == 0; i++) {
        const Version *version = versions->pdata[i];
        if (same_demand(form, version))
            *rival = version->submission;
    }
    return TRUE;
}

static gint64 fill_version(Attribution *work, const Match *match, const IncomingForm *form,
                           GError **error)
{
    g_autoptr(GPtrArray) versions = store_versions(work->store, match->submission, error);
    if (versions == NULL)
        return 0;
    for (guint i = 0; i < versions->len; i++) {
        Version *version = versions->pdata[i];
        if (version->id != match->fill)
            continue;
        version->form_part = form->part->id;
        version->form = form->form;
        g_free(version->unit);
        g_free(version->code);
        g_free(version->demand);
        version->unit = g_strdup(form->unit);
        version->code = g_strdup(form->code);
        version->demand = g_strdup(form->demand);
        if (!store_version_set(work->store, version, error) ||
            !store_version_file_add(work->store, version->id, form->part->id, error))
            return 0;
    }
    return match->fill;
}

/* A form that continues nothing of its sender's. */
static gint64 open_for_form(Attribution *work, const IncomingForm *form, const Match *match,
                            GError **error)
{
    gint64 rival;
    if (!find_rival(work, form, &rival, error))
        return 0;
    const gchar *reason = match->submission != 0 ? "not-proved"
                          : match->several       ? "which-submission"
                          : rival != 0           ? "same-demand"
                                                 : NULL;
    gint64 candidate = match->submission != 0 ? match->submission : rival != 0 ? rival : STORE_NULL;
    gint64 submission = open_submission(work, candidate, reason, error);
    return submission != 0 ? add_version(work, submission, form, error) : 0;
}

/* The version that FORM makes, fills or repeats; 0 on error. */
static gint64 place_form(Attribution *work, const IncomingForm *form, GError **error)
{
    Match match;
    gboolean may = FALSE;
    if (!find_match(work, form, &match, error) ||
        (match.submission != 0 && !trusted(work, match.submission, &may, error)))
        return 0;
    /* What was missing may come from the same address, unless something speaks against it. */
    if (match.fill != 0 && !incoming_against(work->incoming))
        may = TRUE;
    if (match.submission == 0 || !may)
        return open_for_form(work, form, &match, error);
    if (!touch(work, match.submission, match.repeats != 0 ? "same" : "version", error))
        return 0;
    if (match.repeats != 0)
        return match.repeats;
    return match.fill != 0 ? fill_version(work, &match, form, error)
                           : add_version(work, match.submission, form, error);
}

static gboolean name_tells(const Part *part, const IncomingForm *form)
{
    g_autofree gchar *name = identity_of(part->name);
    return name != NULL && ((form->unit != NULL && strstr(name, form->unit) != NULL) ||
                            (form->demand != NULL && strstr(name, form->demand) != NULL));
}

/* The one form that PART came with: the only one, the only one beside it in its archive or mail, or
 * the only one that its name tells; -1: not certain. */
static gint owner_of(const Incoming *incoming, const Part *part)
{
    if (incoming->forms->len == 1)
        return 0;
    gint beside = -1, told = -1;
    guint besides = 0, tells = 0;
    for (guint i = 0; i < incoming->forms->len; i++) {
        const IncomingForm *form = incoming->forms->pdata[i];
        if (form->part->parent == part->parent) {
            beside = (gint)i;
            besides++;
        }
        if (name_tells(part, form)) {
            told = (gint)i;
            tells++;
        }
    }
    return tells == 1 ? told : besides == 1 ? beside : -1;
}

/* A version that repeats an earlier form already has the scans that come again with it. */
static gboolean has_file(Attribution *work, gint64 version, const Part *part, gboolean *has,
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

static gboolean give_file(Attribution *work, gint64 version, const Part *part, GError **error)
{
    gboolean has;
    return has_file(work, version, part, &has, error) &&
           (has || store_version_file_add(work->store, version, part->id, error));
}

static gboolean is_late_for(Attribution *work, gint64 submission, gboolean *late, GError **error)
{
    g_autoptr(Submission) standing = store_submission(work->store, submission, error);
    if (standing == NULL)
        return FALSE;
    gint64 deadline = work->campaign->deadline;
    *late = work->incoming->mail->received_at >= deadline && standing->complete_at != STORE_NULL &&
            standing->complete_at < deadline;
    return TRUE;
}

static gboolean attribute_forms(Attribution *work, GError **error)
{
    const Incoming *incoming = work->incoming;
    g_autofree gint64 *versions = g_new(gint64, incoming->forms->len);
    for (guint i = 0; i < incoming->forms->len; i++)
        if ((versions[i] = place_form(work, incoming->forms->pdata[i], error)) == 0)
            return FALSE;
    gboolean uncertain = FALSE;
    GPtrArray *lists[] = {incoming->scans, incoming->others, incoming->containers};
    for (gsize l = 0; l < G_N_ELEMENTS(lists); l++)
        for (guint i = 0; i < lists[l]->len; i++) {
            gint owner = owner_of(incoming, lists[l]->pdata[i]);
            if (owner >= 0 && !give_file(work, versions[owner], lists[l]->pdata[i], error))
                return FALSE;
            uncertain |= owner < 0 && lists[l] == incoming->scans;
        }
    for (guint i = 0; uncertain && i < work->touched->len; i++)
        if (!store_candidate_add(work->store, g_array_index(work->touched, gint64, i), STORE_NULL,
                                 "which-form", error))
            return FALSE;
    return TRUE;
}

/* The newest version of SUBMISSION that waits for a scan; 0: none. */
static gint64 lacks_scan(Attribution *work, gint64 submission, GError **error)
{
    g_autoptr(GPtrArray) versions = store_versions(work->store, submission, error);
    for (guint i = versions != NULL ? versions->len : 0; i-- > 0;) {
        const Version *version = versions->pdata[i];
        if (version->form_part != STORE_NULL && version->complete_at == STORE_NULL &&
            strcmp(version->state, "replaced") != 0)
            return version->id;
    }
    return 0;
}

/* The one submission of the sender's that files without a form go to. *version: where they belong.
 * FALSE on error. */
static gboolean find_home(Attribution *work, gint64 *submission, gint64 *version, GError **error)
{
    *submission = *version = 0;
    guint lacking = 0;
    for (guint i = 0; work->incoming->scans->len > 0 && i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        gint64 lacks = lacks_scan(work, one->id, error);
        if (lacks != 0) {
            *submission = one->id;
            *version = lacks;
            lacking++;
        }
    }
    if (lacking == 0 && work->mine->len == 1) {
        const Submission *one = work->mine->pdata[0];
        *submission = one->id;
        *version = one->standing != STORE_NULL ? one->standing : 0;
    } else if (lacking > 1) {
        *submission = *version = 0;
    }
    return error == NULL || *error == NULL;
}

static gboolean give_all(Attribution *work, gint64 version, GError **error)
{
    const Incoming *incoming = work->incoming;
    GPtrArray *lists[] = {incoming->scans, incoming->others, incoming->containers};
    for (gsize l = 0; l < G_N_ELEMENTS(lists); l++)
        for (guint i = 0; i < lists[l]->len; i++)
            if (!give_file(work, version, lists[l]->pdata[i], error))
                return FALSE;
    return TRUE;
}

/* Scans and other files without a form. */
static gboolean attribute_files(Attribution *work, GError **error)
{
    gint64 submission, version;
    if (!find_home(work, &submission, &version, error))
        return FALSE;
    if (submission != 0 && version != 0 && !incoming_against(work->incoming)) {
        gboolean late;
        if (!is_late_for(work, submission, &late, error))
            return FALSE;
        const gchar *change = late ? "late" : work->incoming->scans->len > 0 ? "scan" : "other";
        return touch(work, submission, change, error) && (late || give_all(work, version, error));
    }
    gint64 candidate = submission != 0 ? submission : STORE_NULL;
    const gchar *reason = submission != 0       ? "not-proved"
                          : work->mine->len > 0 ? "which-submission"
                                                : NULL;
    submission = open_submission(work, candidate, reason, error);
    if (submission == 0)
        return FALSE;
    version = add_version(work, submission, NULL, error);
    return version != 0 && give_all(work, version, error);
}
