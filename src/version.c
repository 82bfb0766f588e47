/* Which version of a submission stands. */
#include "version.h"

#include <string.h>

static gboolean set_complete_at(Store *store, const Campaign *campaign, Version *version,
                                GError **error);
static gboolean join_scans(Store *store, const Campaign *campaign, GPtrArray *versions,
                           GError **error);
static Version *choose(const Campaign *campaign, GPtrArray *versions);

static gint by_arrival(gconstpointer a, gconstpointer b)
{
    const Version *left = *(Version *const *)a, *right = *(Version *const *)b;
    if (left->received_at != right->received_at)
        return left->received_at < right->received_at ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

gboolean versions_settle(Store *store, const Campaign *campaign, gint64 id, GError **error)
{
    g_autoptr(Submission) submission = store_submission(store, id, error);
    g_autoptr(GPtrArray) versions = submission != NULL ? store_versions(store, id, error) : NULL;
    if (versions == NULL)
        return FALSE;
    for (guint i = 0; i < versions->len; i++)
        if (!set_complete_at(store, campaign, versions->pdata[i], error))
            return FALSE;
    g_ptr_array_sort(versions, by_arrival);
    if (!join_scans(store, campaign, versions, error))
        return FALSE;
    const Version *standing = choose(campaign, versions);
    for (guint i = 0; i < versions->len; i++)
        if (!store_version_set(store, versions->pdata[i], error))
            return FALSE;
    submission->standing = standing != NULL ? standing->id : STORE_NULL;
    submission->complete_at = standing != NULL ? standing->complete_at : STORE_NULL;
    return store_submission_set(store, submission, error);
}

static void set_state(Version *version, const gchar *state)
{
    g_free(version->state);
    version->state = g_strdup(state);
}

static gboolean arrival(Store *store, gint64 mail, gint64 *at, GError **error)
{
    g_autoptr(Mail) brought = store_mail(store, mail, error);
    if (brought == NULL)
        return FALSE;
    *at = MIN(*at, brought->received_at);
    return TRUE;
}

static gboolean set_complete_at(Store *store, const Campaign *campaign, Version *version,
                                GError **error)
{
    g_autoptr(GPtrArray) files = store_version_files(store, version->id, error);
    if (files == NULL)
        return FALSE;
    gint64 form_at = G_MAXINT64, scan_at = G_MAXINT64;
    for (guint i = 0; i < files->len; i++) {
        const Part *part = files->pdata[i];
        gint64 *at = part->id == version->form_part    ? &form_at
                     : strcmp(part->role, "scan") == 0 ? &scan_at
                                                       : NULL;
        if (at != NULL && !arrival(store, part->mail, at, error))
            return FALSE;
    }
    if (campaign_rule(campaign, "scan_missing") == NULL)
        scan_at = form_at;
    gint64 both = MAX(form_at, scan_at);
    version->complete_at = both < G_MAXINT64 ? both : STORE_NULL;
    return TRUE;
}

static Version *newest_form(const GPtrArray *versions)
{
    Version *newest = NULL;
    for (guint i = 0; i < versions->len; i++)
        if (version_has_form(versions->pdata[i]))
            newest = versions->pdata[i];
    return newest;
}

/* Scans that wait for their form beside a form were merged with it by a person: they belong to the
 * newest one, unless that was complete before the deadline and they came after it. */
static gboolean join_scans(Store *store, const Campaign *campaign, GPtrArray *versions,
                           GError **error)
{
    Version *newest = newest_form(versions);
    if (newest == NULL)
        return TRUE;
    gboolean closed = newest->complete_at != STORE_NULL && newest->complete_at < campaign->deadline;
    for (guint i = 0; i < versions->len; i++) {
        Version *version = versions->pdata[i];
        if (version_has_form(version))
            continue;
        gboolean late = closed && version->received_at >= campaign->deadline;
        set_state(version, late ? "late" : "replaced");
        if (!late && !store_version_files_move(store, version->id, newest->id, error))
            return FALSE;
    }
    return set_complete_at(store, campaign, newest, error);
}

/* Of VERSIONS in the order of arrival; sets their states. */
static Version *choose(const Campaign *campaign, GPtrArray *versions)
{
    Version *standing = NULL;
    gboolean any_form = newest_form(versions) != NULL;
    for (guint i = 0; i < versions->len; i++) {
        Version *version = versions->pdata[i];
        if (any_form && !version_has_form(version))
            continue;
        gboolean complete = version->complete_at != STORE_NULL;
        gint64 when = complete ? version->complete_at : version->received_at;
        if (standing != NULL && standing->complete_at != STORE_NULL &&
            standing->complete_at < campaign->deadline && when >= campaign->deadline) {
            set_state(version, "late");
        } else if (standing != NULL && standing->complete_at != STORE_NULL && !complete) {
            set_state(version, "waiting");
        } else {
            for (guint j = 0; j < i; j++)
                set_state(versions->pdata[j], "replaced");
            set_state(version, "standing");
            standing = version;
        }
    }
    return standing;
}
