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

static const gchar *text_of(GHashTable *fields, const Field *field)
{
    const json_t *value = field != NULL ? g_hash_table_lookup(fields, field->key) : NULL;
    return json_is_string(value) ? json_string_value(value) : "";
}

static const Field *first_field(const Campaign *campaign)
{
    return campaign->fields->len > 0 ? campaign->fields->pdata[0] : NULL;
}

static const Field *demand_field(const Campaign *campaign)
{
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        if (g_strcmp0(field->identity, "demand") == 0)
            return field;
    }
    return NULL;
}

gchar *submission_unit(Store *store, const Campaign *campaign, const Version *standing,
                       GError **error)
{
    g_autoptr(GHashTable) fields = version_fields(store, campaign, standing, error);
    return fields != NULL ? g_strdup(text_of(fields, first_field(campaign))) : NULL;
}

gchar *submission_title(Store *store, const Campaign *campaign, const Version *standing,
                        GError **error)
{
    g_autoptr(GHashTable) fields = version_fields(store, campaign, standing, error);
    if (fields == NULL)
        return NULL;
    const gchar *unit = text_of(fields, first_field(campaign));
    const gchar *demand = text_of(fields, demand_field(campaign));
    return *demand != '\0' ? g_strdup_printf("%s“%s”", unit, demand) : g_strdup(unit);
}

gint64 submission_in_time(const Submission *submission, const Campaign *campaign, gint64 now)
{
    if (submission->complete_at != STORE_NULL)
        return submission->complete_at < campaign->deadline;
    return now < campaign->deadline ? STORE_NULL : 0;
}
