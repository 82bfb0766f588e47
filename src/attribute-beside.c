/* The files of a mail with forms: which of these each belongs to. */
#include "attribute-beside.h"

#include "trail.h"

#include <string.h>

#define SEVERAL STORE_NULL

/* *ONE: 0 none yet, a version, or SEVERAL. */
static void point_at(gint64 *one, gint64 version)
{
    *one = *one == 0 || *one == version ? version : SEVERAL;
}

/* Which of VERSIONS, those of the mail's forms, the names on the way to PART tell most of. */
static gint64 told_by_names(const Incoming *incoming, const Trails *trails, const gint64 *versions,
                            const Part *part)
{
    gint64 told = 0;
    gsize most = 0;
    g_autofree gchar *names = trails_names(trails, part);
    for (guint i = 0; i < incoming->forms->len; i++) {
        const IncomingForm *form = incoming->forms->pdata[i];
        gsize tells = names_tell(names, form->unit, form->demand);
        if (tells > most)
            told = 0;
        if (tells > 0 && tells >= most) {
            most = tells;
            point_at(&told, versions[i]);
        }
    }
    return told;
}

/* Which of VERSIONS is the only one in the place where PART lies, else below it, else in the next
 * place above: a unit's folder may have one for its forms and another for its scans. Where
 * something was not read, nothing but the place itself tells: the form next to it may be that. */
static gint64 found_beside(const Incoming *incoming, const Trails *trails, const gint64 *versions,
                           const Part *part)
{
    g_autofree gchar *place = g_strdup(trails_place(trails, part));
    for (; *place != '\0'; *strrchr(place, '\n') = '\0') {
        gint64 here = 0, below = 0;
        gsize length = strlen(place);
        for (guint i = 0; i < incoming->forms->len; i++) {
            const IncomingForm *form = incoming->forms->pdata[i];
            const gchar *lies = trails_place(trails, form->part);
            if (g_str_has_prefix(lies, place) && lies[length] == '\0')
                point_at(&here, versions[i]);
            else if (g_str_has_prefix(lies, place) && lies[length] == '\n')
                point_at(&below, versions[i]);
        }
        if (here != 0 || incoming->troubled)
            return here;
        if (below != 0)
            return below;
    }
    return 0;
}

/* Which of several VERSIONS PART came with: the one that names tell, or the only one beside it; 0:
 * not certain. */
static gint64 owner_of(const Incoming *incoming, const Trails *trails, const gint64 *versions,
                       const Part *part)
{
    gint64 told = told_by_names(incoming, trails, versions, part);
    gint64 beside = found_beside(incoming, trails, versions, part);
    if (told > 0 && beside > 0 && told != beside)
        return 0;
    return told > 0 ? told : MAX(beside, 0);
}

static gboolean is_in_any(Attribution *work, const gint64 *versions, const Part *part, gboolean *is,
                          GError **error)
{
    *is = FALSE;
    for (guint i = 0; !*is && i < work->incoming->forms->len; i++)
        if (!attribution_has_file(work, versions[i], part, is, error))
            return FALSE;
    return TRUE;
}

static gboolean has_scan(Attribution *work, gint64 version, gboolean *has, GError **error)
{
    g_autoptr(GPtrArray) files = store_version_files(work->store, version, error);
    *has = FALSE;
    for (guint i = 0; files != NULL && i < files->len; i++)
        *has |= strcmp(((const Part *)files->pdata[i])->role, "scan") == 0;
    return files != NULL;
}

/* It is not certain to which of VERSIONS some of the mail's scans belong: a question where one has
 * none. A bureau's letter beside forms that all have theirs is none. */
static gboolean ask_which_form(Attribution *work, const gint64 *versions, GError **error)
{
    for (guint i = 0; i < work->incoming->forms->len; i++) {
        gboolean has;
        g_autoptr(Version) version = store_version(work->store, versions[i], error);
        if (version == NULL || !has_scan(work, version->id, &has, error))
            return FALSE;
        if (has)
            continue;
        g_autoptr(Submission) submission =
            store_submission(work->store, version->submission, error);
        if (submission == NULL || !(attribution_is_closed(work, submission->complete_at)
                                        ? attribution_touch(work, submission->id, "late", error)
                                        : store_candidate_add(work->store, submission->id,
                                                              STORE_NULL, "which-form", error)))
            return FALSE;
    }
    return TRUE;
}

gboolean attribute_beside(Attribution *work, const gint64 *versions, GError **error)
{
    const Incoming *incoming = work->incoming;
    gint64 only = 0;
    for (guint i = 0; i < incoming->forms->len; i++)
        point_at(&only, versions[i]);
    g_autoptr(Trails) trails = only == SEVERAL ? trails_new(incoming->parts) : NULL;
    gboolean uncertain = FALSE;
    const GPtrArray *files;
    for (guint kind = 0; (files = incoming_files(incoming, kind)) != NULL; kind++)
        for (guint i = 0; i < files->len; i++) {
            gint64 owner =
                only != SEVERAL ? only : owner_of(incoming, trails, versions, files->pdata[i]);
            gboolean known = FALSE;
            if (owner != 0 ? !attribution_give(work, owner, files->pdata[i], error)
                           : !is_in_any(work, versions, files->pdata[i], &known, error))
                return FALSE;
            uncertain |= owner == 0 && !known && files == incoming->scans;
        }
    return !uncertain || ask_which_form(work, versions, error);
}
