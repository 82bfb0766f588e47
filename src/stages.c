/* sort → judge: nothing is judged before all that was fetched is sorted. */
#include "stages.h"

#include "judge.h"
#include "sort.h"

void changes_clear(Changes *changes)
{
    g_clear_pointer(&changes->before, snapshot_free);
    g_clear_pointer(&changes->after, snapshot_free);
}

/* For the views of schema.sql, which know no zones: that of the deadline, in seconds. */
static gboolean remember_zone(const Campaign *campaign, Store *store, GError **error)
{
    gint interval =
        g_time_zone_find_interval(campaign->timezone, G_TIME_TYPE_UNIVERSAL, campaign->deadline);
    gint32 offset = g_time_zone_get_offset(campaign->timezone, interval);
    return store_remember_alone(store, "zone_offset", offset, "campaign", error);
}

gboolean stages_settle(House *house, Changes *changes, GError **error)
{
    gboolean pending;
    if (!store_mails_pending(house->store, &pending, error))
        return FALSE;
    if (!pending)
        return TRUE;
    changes->before = snapshot_take(house->store, error);
    if (changes->before == NULL)
        return FALSE;
    gboolean done = remember_zone(house->campaign, house->store, error) &&
                    sort_mails(house->config, house->campaign, house->rules, house->store, error) &&
                    judge_mails(house->config, house->campaign, house->rules, house->texts,
                                house->store, error);
    changes->after = snapshot_take(house->store, done ? error : NULL);
    return done && changes->after != NULL;
}
