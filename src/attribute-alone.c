/* The files of a mail without a form: which of its sender's submissions they belong to. */
#include "attribute-alone.h"

#include "trail.h"

#include <string.h>

/* More submissions of one sender that a name fits are not looked at. */
#define EQUAL_LIMIT 20

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

/* SUBMISSION as a home for scans (SCANS) or other files. */
static gboolean home_in(Attribution *work, const Submission *submission, gboolean scans, Home *home,
                        GError **error)
{
    *home = (Home){submission->id, submission->standing, submission->complete_at == STORE_NULL};
    gint64 lacking = 0;
    if (scans && !lacks_scan(work, submission->id, &lacking, error))
        return FALSE;
    if (lacking != 0)
        *home = (Home){submission->id, lacking, TRUE};
    return TRUE;
}

/* Version* of all the sender's submissions, those of one together. */
static GPtrArray *own_versions(Attribution *work, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)version_free);
    for (guint i = 0; i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        GPtrArray *versions = store_versions(work->store, one->id, error);
        if (versions == NULL)
            return NULL;
        g_ptr_array_extend_and_steal(all, versions);
    }
    return g_steal_pointer(&all);
}

/* The submissions (gint64) of VERSIONS that NAMES tell most of, as much of each. */
static GArray *most_told(const GPtrArray *versions, const gchar *names)
{
    GArray *told = g_array_new(FALSE, FALSE, sizeof(gint64));
    gsize most = 1;
    for (guint i = 0; i < versions->len; i++) {
        const Version *version = versions->pdata[i];
        gsize tells = names_tell(names, version->unit, version->demand);
        if (tells < most)
            continue;
        if (tells > most)
            g_array_set_size(told, 0);
        most = tells;
        if (told->len == 0 || g_array_index(told, gint64, told->len - 1) != version->submission)
            g_array_append_val(told, version->submission);
    }
    return told;
}

static const Submission *own_submission(const Attribution *work, gint64 id)
{
    for (guint i = 0; i < work->mine->len; i++)
        if (((const Submission *)work->mine->pdata[i])->id == id)
            return work->mine->pdata[i];
    return NULL;
}

/* Which of the sender's submissions NAMES tell most of; of a few equal ones, the one that waits for
 * a scan. NULL, without an error, where that is none, or more than one. */
static gboolean find_told(Attribution *work, const GPtrArray *versions, const gchar *names,
                          const Submission **told, GError **error)
{
    g_autoptr(GArray) equal = most_told(versions, names);
    guint waiting = 0;
    *told = equal->len == 1 ? own_submission(work, g_array_index(equal, gint64, 0)) : NULL;
    for (guint i = 0; equal->len > 1 && equal->len <= EQUAL_LIMIT && i < equal->len; i++) {
        gint64 id = g_array_index(equal, gint64, i), lacking;
        if (!lacks_scan(work, id, &lacking, error))
            return FALSE;
        if (lacking != 0)
            *told = ++waiting == 1 ? own_submission(work, id) : NULL;
    }
    return TRUE;
}

/* The submission of the sender's that the subject is about: by its receipt, as our answers ask for,
 * or by the name of its unit or demand. */
static gboolean find_in_subject(Attribution *work, const GPtrArray *versions,
                                const Submission **about, GError **error)
{
    const gchar *subject = work->incoming->mail->subject;
    guint named = 0;
    *about = NULL;
    for (guint i = 0; subject != NULL && i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        if (strstr(subject, one->receipt) == NULL)
            continue;
        *about = one;
        named++;
    }
    if (named == 1 || subject == NULL)
        return TRUE;
    g_autofree gchar *names = identity_of(subject);
    return find_told(work, versions, names, about, error);
}

/* The one submission of the sender's that files without a form go to: the one that the subject is
 * about, else the only one that lacks a scan, else his only one. */
static gboolean find_home(Attribution *work, const GPtrArray *versions, Home *home, GError **error)
{
    gboolean scans = work->incoming->scans->len > 0;
    const Submission *about;
    *home = (Home){0};
    if (!find_in_subject(work, versions, &about, error))
        return FALSE;
    if (about != NULL)
        return home_in(work, about, scans, home, error);
    guint lacking = 0;
    for (guint i = 0; scans && i < work->mine->len; i++) {
        const Submission *one = work->mine->pdata[i];
        gint64 version;
        if (!lacks_scan(work, one->id, &version, error))
            return FALSE;
        if (version == 0)
            continue;
        *home = (Home){one->id, version, TRUE};
        lacking++;
    }
    if (lacking == 0 && work->mine->len == 1)
        return home_in(work, work->mine->pdata[0], FALSE, home, error);
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

static gboolean give_all(Attribution *work, gint64 version, const GPtrArray *files, GError **error)
{
    for (guint i = 0; i < files->len; i++)
        if (!attribution_give(work, version, files->pdata[i], error))
            return FALSE;
    return TRUE;
}

/* Gives PART to the submission that its names tell; *given: there is one. */
static gboolean give_told(Attribution *work, const GPtrArray *versions, const Trails *trails,
                          const Part *part, gboolean *given, GError **error)
{
    g_autofree gchar *names = trails_names(trails, part);
    const Submission *told;
    Home home;
    *given = FALSE;
    if (!find_told(work, versions, names, &told, error))
        return FALSE;
    if (told == NULL)
        return TRUE;
    if (!home_in(work, told, strcmp(part->role, "scan") == 0, &home, error) ||
        !may_add(work, &home, given, error))
        return FALSE;
    return !*given || (attribution_touch(work, told->id, "same", error) &&
                       attribution_give(work, home.version, part, error));
}

/* Of a mail's files those that say whose they are, where the sender has several submissions. REST
 * (Part*) gets the others; *given: there were some. */
static gboolean give_those_told(Attribution *work, const GPtrArray *versions, GPtrArray *rest,
                                gboolean *given, GError **error)
{
    gboolean several = work->mine->len > 1;
    g_autoptr(Trails) trails = several ? trails_new(work->incoming->parts) : NULL;
    const GPtrArray *files;
    *given = FALSE;
    for (guint kind = 0; (files = incoming_files(work->incoming, kind)) != NULL; kind++)
        for (guint i = 0; i < files->len; i++) {
            gboolean one = FALSE;
            if (several && files != work->incoming->containers &&
                !give_told(work, versions, trails, files->pdata[i], &one, error))
                return FALSE;
            *given |= one;
            if (!one)
                g_ptr_array_add(rest, files->pdata[i]);
        }
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
        if (one->id == home->submission && attribution_is_closed(work, one->complete_at))
            return "late";
    }
    return "other";
}

static gboolean has_scans(const GPtrArray *files)
{
    for (guint i = 0; i < files->len; i++)
        if (strcmp(((const Part *)files->pdata[i])->role, "scan") == 0)
            return TRUE;
    return FALSE;
}

gboolean attribute_alone(Attribution *work, GError **error)
{
    g_autoptr(GPtrArray) versions = own_versions(work, error);
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    gboolean given, may;
    if (versions == NULL || !give_those_told(work, versions, rest, &given, error))
        return FALSE;
    if (given && !has_scans(rest))
        return TRUE;
    Home home;
    if (!find_home(work, versions, &home, error) || !may_add(work, &home, &may, error))
        return FALSE;
    if (may)
        return attribution_touch(work, home.submission, change_without_files(work, &home), error) &&
               give_all(work, home.version, rest, error);
    gint64 candidate = home.submission != 0 ? home.submission : STORE_NULL;
    const gchar *reason = home.submission != 0  ? "not-proved"
                          : work->mine->len > 0 ? "which-submission"
                                                : NULL;
    gint64 submission = attribution_open(work, candidate, reason, error);
    gint64 version = submission != 0 ? attribution_add_version(work, submission, NULL, error) : 0;
    return version != 0 && give_all(work, version, rest, error);
}
