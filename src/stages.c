/* extract → sort → judge: nothing is judged before all that was fetched is sorted. */
#include "stages.h"

#include "extract.h"
#include "judge.h"
#include "sort.h"

gboolean stages_run(House *house, int *status, GError **error)
{
    return extract_mails(house->config, house->campaign, house->store, house->spool, status,
                         error) &&
           sort_mails(house->config, house->campaign, house->rules, house->store, error) &&
           judge_mails(house->config, house->campaign, house->rules, house->texts, house->store,
                       error);
}
