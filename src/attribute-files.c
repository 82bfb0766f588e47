/* Which version a mail's scans and other files belong to: beside its forms, or alone. */
#include "attribute-files.h"

#include <string.h>

/* NAME as identity_of gives it. */
static gboolean name_tells(const gchar *name, const IncomingForm *form)
{
    return name != NULL && ((form->unit != NULL && strstr(name, form->unit) != NULL) ||
                            (form->demand != NULL && strstr(name, form->demand) != NULL));
}

/* In the same archive or mail, and the same folder of it. */
static gboolean lies_beside(const Part *a, const Part *b)
{
    const gchar *a_end = strrchr(a->name, '/'), *b_end = strrchr(b->name, '/');
    gsize a_length = a_end != NULL ? (gsize)(a_end - a->name) : 0;
    gsize b_length = b_end != NULL ? (gsize)(b_end - b->name) : 0;
    return a->parent == b->parent && a_length == b_length &&
           strncmp(a->name, b->name, a_length) == 0;
}

#define SEVERAL STORE_NULL

/* *ONE: 0 none yet, a version, or SEVERAL. */
static void point_at(gint64 *one, gint64 version)
{
    *one = *one == 0 || *one == version ? version : SEVERAL;
}

/* Which of VERSIONS, those of the mail's forms, PART came with: the only one, the only one beside
 * it, or the only one that its name tells; 0: not certain. */
static gint64 owner_of(const Incoming *incoming, const gint64 *versions, const Part *part)
{
    gint64 only = 0, beside = 0, told = 0;
    g_autofree gchar *name = identity_of(part->name);
    for (guint i = 0; i < incoming->forms->len; i++) {
        const IncomingForm *form = incoming->forms->pdata[i];
        point_at(&only, versions[i]);
        if (lies_beside(form->part, part))
            point_at(&beside, versions[i]);
        if (name_tells(name, form))
            point_at(&told, versions[i]);
    }
    if (only != SEVERAL)
        return only;
    if (told > 0 && beside > 0 && told != beside)
        return 0;
    return told > 0 ? told : MAX(beside, 0);
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

/* What was complete before the deadline takes nothing that comes after it. */
static gboolean is_closed(const Attribution *work, gint64 complete_at)
{
    gint64 deadline = work->campaign->deadline;
    return work->incoming->mail->received_at >= deadline && complete_at != STORE_NULL &&
           complete_at < deadline;
}

static gboolean give_file(Attribution *work, gint64 id, const Part *part, GError **error)
{
    gboolean has;
    g_autoptr(Version) version = store_version(work->store, id, error);
    if (version == NULL || !has_file(work, id, part, &has, error))
        return FALSE;
    gboolean closed = is_closed(work, version->complete_at);
    const gchar *change = strcmp(part->role, "container") == 0 ? "same"
                          : closed                             ? "late"
                          : strcmp(part->role, "scan") == 0    ? "scan"
                                                               : "other";
    return has || (attribution_touch(work, version->submission, change, error) &&
                   (closed || store_version_file_add(work->store, id, part->id, error)));
}

/* Scans, the other files, and what they came in. */
static const GPtrArray *files_of(const Incoming *incoming, guint kind)
{
    const GPtrArray *kinds[] = {incoming->scans, incoming->others, incoming->containers};
    return kind < G_N_ELEMENTS(kinds) ? kinds[kind] : NULL;
}

static gboolean is_in_any(Attribution *work, const gint64 *versions, const Part *part, gboolean *is,
                          GError **error)
{
    *is = FALSE;
    for (guint i = 0; !*is && i < work->incoming->forms->len; i++)
        if (!has_file(work, versions[i], part, is, error))
            return FALSE;
    return TRUE;
}

/* It is not certain to which of the submissions touched the mail's scans belong. */
static gboolean ask_which_form(Attribution *work, GError **error)
{
    for (guint i = 0; i < work->touched->len; i++) {
        gint64 id = g_array_index(work->touched, gint64, i);
        g_autoptr(Submission) submission = store_submission(work->store, id, error);
        if (submission == NULL ||
            !(is_closed(work, submission->complete_at)
                  ? attribution_touch(work, id, "late", error)
                  : store_candidate_add(work->store, id, STORE_NULL, "which-form", error)))
            return FALSE;
    }
    return TRUE;
}

gboolean attribute_beside(Attribution *work, const gint64 *versions, GError **error)
{
    const Incoming *incoming = work->incoming;
    gboolean uncertain = FALSE;
    const GPtrArray *files;
    for (guint kind = 0; (files = files_of(incoming, kind)) != NULL; kind++)
        for (guint i = 0; i < files->len; i++) {
            gint64 owner = owner_of(incoming, versions, files->pdata[i]);
            gboolean known = FALSE;
            if (owner != 0 ? !give_file(work, owner, files->pdata[i], error)
                           : !is_in_any(work, versions, files->pdata[i], &known, error))
                return FALSE;
            uncertain |= owner == 0 && !known && files == incoming->scans;
        }
    return !uncertain || ask_which_form(work, error);
}

/* Where files without a form go. */
typedef struct {
    gint64 submission; /* 0: nowhere for certain */
    gint64 version;
    gboolean lacks; /* something was missing in it */
} Home;

/* The newest version of SUBMISSION that waits for a scan; 0: none. */
static gboolean lacks_scan(Attribution *work, gint64 submission, gint64 *lacking, GError **error)
{
    *lacking = 0;
    g_autoptr(GPtrArray) versions = store_versions(work->store, submission, error);
    if (versions == NULL)
        return FALSE;
    for (guint i = versions->len; *lacking == 0 && i-- > 0;) {
        const Version *version = versions->pdata[i];
        if (version_has_form(version) && version->complete_at == STORE_NULL &&
            strcmp(version->state, "replaced") != 0)
            *lacking = version->id;
    }
    return TRUE;
}

/* Whether the subject names the receipt of ONE, as our answers ask for. */
static gboolean is_named(const Attribution *work, const Submission *one)
{
    const gchar *subject = work->incoming->mail->subject;
    return subject != NULL && strstr(subject, one->receipt) != NULL;
}

static guint count_named(const Attribution *work)
{
    guint named = 0;
    for (guint i = 0; i < work->mine->len; i++)
        named += is_named(work, work->mine->pdata[i]) ? 1 : 0;
    return named;
}

/* The one submission of the sender's that files without a form go to: the one that he names, else
 * the only one that lacks a scan, else his only one. */
static gboolean find_home(Attribution *work, Home *home, GError **error)
{
    *home = (Home){0};
    guint lacking = 0, named = count_named(work);
    for (guint i = 0; work->incoming->scans->len > 0 && i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        gint64 version;
        if (named == 1 && !is_named(work, one))
            continue;
        if (!lacks_scan(work, one->id, &version, error))
            return FALSE;
        if (version == 0)
            continue;
        *home = (Home){one->id, version, TRUE};
        lacking++;
    }
    for (guint i = 0; lacking == 0 && i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        if (named == 1 ? is_named(work, one) : work->mine->len == 1)
            *home = (Home){one->id, one->standing, one->complete_at == STORE_NULL};
    }
    if (lacking > 1)
        *home = (Home){0};
    return TRUE;
}

/* Whether this mail may add to HOME. What is missing there may come from the same address, unless
 * something speaks against it; but where that is not certain to be the sender's own, and he has
 * others, only the same way. */
static gboolean may_add(Attribution *work, const Home *home, gboolean *may, GError **error)
{
    *may = FALSE;
    if (home->submission == 0 || incoming_against(work->incoming))
        return TRUE;
    g_autoptr(GPtrArray) candidates = store_candidates(work->store, home->submission, error);
    if (candidates == NULL)
        return FALSE;
    if (candidates->len > 0 && work->mine->len > 1)
        return attribution_same_way(work, home->submission, may, error);
    if (!home->lacks)
        return attribution_trusts(work, home->submission, may, error);
    *may = TRUE;
    return TRUE;
}

static gboolean give_all(Attribution *work, gint64 version, GError **error)
{
    const GPtrArray *files;
    for (guint kind = 0; (files = files_of(work->incoming, kind)) != NULL; kind++)
        for (guint i = 0; i < files->len; i++)
            if (!give_file(work, version, files->pdata[i], error))
                return FALSE;
    return TRUE;
}

/* Links alone are news: the files may be there. */
static const gchar *change_without_files(Attribution *work, const Home *home)
{
    const Incoming *incoming = work->incoming;
    if (incoming->scans->len + incoming->others->len > 0)
        return "same";
    for (guint i = 0; i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        if (one->id == home->submission && is_closed(work, one->complete_at))
            return "late";
    }
    return "other";
}

gboolean attribute_alone(Attribution *work, GError **error)
{
    Home home;
    gboolean may;
    if (!find_home(work, &home, error) || !may_add(work, &home, &may, error))
        return FALSE;
    if (may)
        return attribution_touch(work, home.submission, change_without_files(work, &home), error) &&
               give_all(work, home.version, error);
    gint64 candidate = home.submission != 0 ? home.submission : STORE_NULL;
    const gchar *reason = home.submission != 0  ? "not-proved"
                          : work->mine->len > 0 ? "which-submission"
                                                : NULL;
    gint64 submission = attribution_open(work, candidate, reason, error);
    gint64 version = submission != 0 ? attribution_add_version(work, submission, NULL, error) : 0;
    return version != 0 && give_all(work, version, error);
}
