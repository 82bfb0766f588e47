/* How all submissions stand at one moment. */
#include "snapshot.h"

#include <string.h>

static void standing_free(gpointer data)
{
    Standing *standing = data;
    submission_free(standing->submission);
    g_clear_pointer(&standing->findings, g_ptr_array_unref);
    g_free(standing);
}

Snapshot *snapshot_take(Store *store, GError **error)
{
    g_autoptr(GPtrArray) submissions = store_submissions(store, error);
    if (submissions == NULL)
        return NULL;
    g_autoptr(Snapshot) snapshot = g_new(Snapshot, 1);
    snapshot->list = g_ptr_array_new_with_free_func(standing_free);
    snapshot->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_ptr_array_set_free_func(submissions, NULL);
    for (guint i = 0; i < submissions->len; i++) {
        Standing *standing = g_new0(Standing, 1);
        standing->submission = submissions->pdata[i];
        g_ptr_array_add(snapshot->list, standing);
        g_hash_table_insert(snapshot->by_id, &standing->submission->id, standing);
    }
    for (guint i = 0; i < snapshot->list->len; i++) {
        Standing *standing = snapshot->list->pdata[i];
        standing->findings = store_findings(store, standing->submission->id, error);
        if (standing->findings == NULL)
            return NULL;
    }
    return g_steal_pointer(&snapshot);
}

void snapshot_free(Snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    g_hash_table_unref(snapshot->by_id);
    g_ptr_array_unref(snapshot->list);
    g_free(snapshot);
}

const Standing *snapshot_find(const Snapshot *snapshot, gint64 submission)
{
    return g_hash_table_lookup(snapshot->by_id, &submission);
}

gboolean standing_equal(const Standing *a, const Standing *b)
{
    return strcmp(a->submission->status, b->submission->status) == 0 &&
           a->submission->standing == b->submission->standing &&
           a->submission->complete_at == b->submission->complete_at &&
           findings_equal(a->findings, b->findings);
}
