/* extract → sort → judge: nothing is judged before all that was fetched is sorted. */
#include "stages.h"

#include "extract.h"
#include "judge.h"
#include "sort.h"

/* For the views of schema.sql, which know no zones: that of the deadline, in seconds. */
static gboolean remember_zone(const Campaign *campaign, Store *store, GError **error)
{
    gint interval =
        g_time_zone_find_interval(campaign->timezone, G_TIME_TYPE_UNIVERSAL, campaign->deadline);
    gint32 offset = g_time_zone_get_offset(campaign->timezone, interval);
    return store_remember_alone(store, "zone_offset", offset, "campaign", error);
}

gboolean stages_run(House *house, int *status, GError **error)
{
    return remember_zone(house->campaign, house->store, error) &&
           extract_mails(house->config, house->campaign, house->store, house->spool, status,
                         error) &&
           sort_mails(house->config, house->campaign, house->rules, house->store, error) &&
           judge_mails(house->config, house->campaign, house->rules, house->texts, house->store,
                       error);
}
