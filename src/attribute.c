/* Which submission a mail's forms and scans belong to: its sender's own, a new one, or one of its
 * own with a candidate, where nobody but a person can say. */
#include "attribute.h"

#include "attribute-alone.h"
#include "attribute-beside.h"
#include "attribution.h"
#include "dossier.h"
#include "version.h"

#include <string.h>

static gboolean attribute_forms(Attribution *work, GError **error);

gboolean attribute_mail(const Campaign *campaign, Store *store, const Incoming *incoming,
                        GError **error)
{
    const gchar *sender = incoming->mail->sender;
    g_autoptr(GPtrArray) mine =
        sender != NULL ? store_submissions_from(store, sender, error)
                       : g_ptr_array_new_with_free_func((GDestroyNotify)submission_free);
    if (mine == NULL)
        return FALSE;
    g_autoptr(GArray) touched = g_array_new(FALSE, FALSE, sizeof(gint64));
    Attribution work = {campaign, store, incoming, mine, touched};
    if (!(incoming->forms->len > 0 ? attribute_forms(&work, error) : attribute_alone(&work, error)))
        return FALSE;
    for (guint i = 0; i < touched->len; i++)
        if (!versions_settle(store, campaign, g_array_index(touched, gint64, i), error))
            return FALSE;
    return TRUE;
}

static gint64 place_form(Attribution *work, const IncomingForm *form, GError **error);

static gboolean attribute_forms(Attribution *work, GError **error)
{
    const Incoming *incoming = work->incoming;
    g_autofree gint64 *versions = g_new(gint64, incoming->forms->len);
    for (guint i = 0; i < incoming->forms->len; i++)
        if ((versions[i] = place_form(work, incoming->forms->pdata[i], error)) == 0)
            return FALSE;
    return attribute_beside(work, versions, error);
}

static gboolean same_unit(const IncomingForm *form, const Version *version)
{
    return (form->code != NULL && g_strcmp0(form->code, version->code) == 0) ||
           (form->unit != NULL && g_strcmp0(form->unit, version->unit) == 0);
}

static gboolean same_demand(const IncomingForm *form, const Version *version)
{
    return same_unit(form, version) && form->demand != NULL &&
           g_strcmp0(form->demand, version->demand) == 0;
}

/* FORM may be VERSION mended by its own sender: its demand was left empty there. */
static gboolean mends(const IncomingForm *form, const Version *version)
{
    return version->demand == NULL && same_unit(form, version);
}

/* Nothing that it could be compared by was read. */
static gboolean is_nameless(const Version *version)
{
    return version->unit == NULL && version->code == NULL && version->demand == NULL;
}

/* A submission of the sender's that this form may continue. */
typedef struct {
    gint64 submission;  /* 0: none */
    gint64 fill;        /* scans that wait for their form; 0: a new version */
    gint64 repeats;     /* a version with this very form; 0: none */
    gboolean several;   /* it may continue one, but nobody can say which */
    gboolean contested; /* this mail has another form about the same demand */
} Match;

static gboolean look_in(Attribution *work, gint64 submission, const IncomingForm *form,
                        Match *match, Match *vacant, GError **error);

/* The one that has this very form; else the oldest about its demand, since what came later and
 * could not be proved has one of its own; else the only one that waits for a form. */
static gboolean find_match(Attribution *work, const IncomingForm *form, Match *match,
                           GError **error)
{
    *match = (Match){0};
    Match vacant = {0};
    for (guint i = 0; i < work->mine->len && match->repeats == 0; i++) {
        const Submission *submission = work->mine->pdata[i];
        if (!look_in(work, submission->id, form, match, &vacant, error))
            return FALSE;
    }
    if (match->submission != 0)
        return TRUE;
    if (vacant.several || (vacant.fill != 0 && work->incoming->forms->len > 1))
        match->several = TRUE;
    else
        *match = vacant;
    return TRUE;
}

static gboolean same_form(Attribution *work, const Version *version, const IncomingForm *form,
                          gboolean *same, gboolean *of_this_mail, GError **error)
{
    *same = *of_this_mail = FALSE;
    if (!version_has_form(version))
        return TRUE;
    g_autoptr(Part) part = store_part(work->store, version->form_part, error);
    if (part == NULL)
        return FALSE;
    *same = strcmp(part->sha256, form->part->sha256) == 0 && version->form == form->form;
    *of_this_mail = part->mail == work->incoming->mail->id;
    return TRUE;
}

/* VERSION tells nothing of its demand: a form may be meant for it,
 * if it has none or a blank one. */
static gboolean look_at_nameless(Attribution *work, const Version *version, Match *vacant,
                                 GError **error)
{
    gboolean blank;
    if (!version_is_blank(work->store, version, &blank, error))
        return FALSE;
    gboolean scans = !version_has_form(version);
    vacant->several |= (!scans && !blank) ||
                       (vacant->submission != 0 && vacant->submission != version->submission);
    vacant->submission = version->submission;
    vacant->fill = scans ? version->id : 0;
    return TRUE;
}

static gboolean look_in(Attribution *work, gint64 submission, const IncomingForm *form,
                        Match *match, Match *vacant, GError **error)
{
    g_autoptr(GPtrArray) versions = store_versions(work->store, submission, error);
    if (versions == NULL)
        return FALSE;
    for (guint v = 0; v < versions->len; v++) {
        const Version *version = versions->pdata[v];
        gboolean replaced = strcmp(version->state, "replaced") == 0, same, of_this_mail;
        if (!same_form(work, version, form, &same, &of_this_mail, error))
            return FALSE;
        if (same && !replaced) {
            *match = (Match){.submission = submission, .repeats = version->id};
            return TRUE;
        }
        if (same_demand(form, version) || (!replaced && mends(form, version))) {
            if (match->submission == 0)
                match->submission = submission;
            match->contested |= match->submission == submission && of_this_mail;
        } else if (is_nameless(version) && !replaced && !attribution_touches(work, submission) &&
                   !look_at_nameless(work, version, vacant, error)) {
            return FALSE;
        }
    }
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

/* The scans of the version ID have got their form. */
static gboolean fill_version(Attribution *work, gint64 id, const IncomingForm *form, GError **error)
{
    g_autoptr(Version) version = store_version(work->store, id, error);
    if (version == NULL)
        return FALSE;
    version->form_part = form->part->id;
    version->form = form->form;
    g_free(version->unit);
    g_free(version->code);
    g_free(version->demand);
    version->unit = g_strdup(form->unit);
    version->code = g_strdup(form->code);
    version->demand = g_strdup(form->demand);
    return store_version_set(work->store, version, error) &&
           store_version_file_add(work->store, id, form->part->id, error);
}

/* A form that continues nothing of its sender's. */
static gint64 open_for_form(Attribution *work, const IncomingForm *form, const Match *match,
                            GError **error)
{
    gint64 rival;
    if (!find_rival(work, form, &rival, error))
        return 0;
    const gchar *reason = match->submission != 0 ? "not-proved"
                          : rival != 0           ? "same-demand"
                          : match->several       ? "which-submission"
                                                 : NULL;
    gint64 candidate = match->submission != 0 ? match->submission : rival != 0 ? rival : STORE_NULL;
    gint64 submission = attribution_open(work, candidate, reason, error);
    return submission != 0 ? attribution_add_version(work, submission, form, error) : 0;
}

/* The version that FORM makes, fills or repeats; 0 on error. */
static gint64 place_form(Attribution *work, const IncomingForm *form, GError **error)
{
    Match match;
    gboolean may = FALSE;
    if (!find_match(work, form, &match, error) ||
        (match.submission != 0 && !attribution_trusts(work, match.submission, &may, error)))
        return 0;
    /* What was missing may come from the same address, unless something speaks against it. */
    if (match.fill != 0 && !incoming_against(work->incoming))
        may = TRUE;
    if (match.submission == 0 || !may)
        return open_for_form(work, form, &match, error);
    if (!attribution_touch(work, match.submission, match.repeats != 0 ? "same" : "version", error))
        return 0;
    if (match.repeats != 0)
        return match.repeats;
    if (match.contested &&
        !store_candidate_add(work->store, match.submission, STORE_NULL, "which-form", error))
        return 0;
    if (match.fill == 0)
        return attribution_add_version(work, match.submission, form, error);
    return fill_version(work, match.fill, form, error) ? match.fill : 0;
}
