/* A submission as staff know it: by its receipt, by the unit that it is from, in time or not. */
#include "submission.h"

#include "error.h"

Submission *submission_living(Store *store, const gchar *receipt, GError **error)
{
    g_autoptr(Submission) submission = store_submission_find(store, receipt, error);
    if (submission == NULL)
        return NULL;
    if (submission->merged_into != STORE_NULL) {
        g_autoptr(Submission) into = store_submission(store, submission->merged_into, error);
        if (into != NULL)
            sj_fail(error, SJ_ERROR_DATA, "%s was merged into %s", receipt, into->receipt);
        return NULL;
    }
    if (submission->dropped) {
        sj_fail(error, SJ_ERROR_DATA, "%s was decided to be no submission (see shoujian show %s)",
                receipt, receipt);
        return NULL;
    }
    return g_steal_pointer(&submission);
}

gchar *submission_unit(Store *store, const Campaign *campaign, const Version *standing,
                       GError **error)
{
    g_autoptr(GHashTable) fields = version_fields(store, campaign, standing, error);
    if (fields == NULL)
        return NULL;
    const Field *first = campaign->fields->len > 0 ? campaign->fields->pdata[0] : NULL;
    const json_t *value = first != NULL ? g_hash_table_lookup(fields, first->key) : NULL;
    return g_strdup(json_is_string(value) ? json_string_value(value) : "");
}

gchar *submission_title(Store *store, const Campaign *campaign, const Version *standing,
                        GError **error)
{
    g_autofree gchar *unit = submission_unit(store, campaign, standing, error);
    g_autofree gchar *demand =
        unit != NULL ? version_identity(store, campaign, standing, "demand", error) : NULL;
    if (demand == NULL)
        return NULL;
    return *demand != '\0' ? g_strdup_printf("%s“%s”", unit, demand) : g_steal_pointer(&unit);
}

gint64 submission_in_time(const Submission *submission, const Campaign *campaign, gint64 now)
{
    if (submission->complete_at != STORE_NULL)
        return submission->complete_at < campaign->deadline;
    return now < campaign->deadline ? STORE_NULL : 0;
}
