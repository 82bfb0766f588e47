/* `shoujian import`: the same stages, from files instead of the mailbox. */
#include "command.h"
#include "error.h"
#include "extract.h"
#include "import.h"
#include "people.h"
#include "stages.h"

static gboolean take_paths(House *house, const Arguments *arguments, int *status, GError **error);

int cmd_import(House *house, const Arguments *arguments, GError **error)
{
    int status = 0;
    if (!take_paths(house, arguments, &status, error))
        return 0;
    g_autoptr(Extractor) extractor =
        extractor_new(house->config, house->campaign, house->store, house->spool);
    g_auto(Changes) changes = {0};
    if (extract_mails(extractor, &status, error))
        stages_settle(house, &changes, error);
    return status;
}

/* Its filters end before the extractor starts its own. */
static gboolean take_paths(House *house, const Arguments *arguments, int *status, GError **error)
{
    gint64 received_at = STORE_NULL;
    const gchar *received = arguments_option(arguments, "--received");
    if (received != NULL && !campaign_time_parse(house->campaign, received, &received_at, error))
        return FALSE;
    gboolean answer = arguments_option(arguments, "--answer") != NULL;
    g_autoptr(FilterPool) pool = NULL;
    if (received == NULL) {
        g_autofree gchar *params = campaign_params(house->campaign);
        pool = filter_pool_new(house->config, params, house->spool, error);
        if (pool == NULL)
            return FALSE;
    }
    for (guint i = 0; i < arguments->words->len; i++) {
        g_autoptr(GError) why = NULL;
        if (import_path(house->config, house->store, house->spool, pool,
                        arguments_word(arguments, i), received_at, answer, status, &why))
            continue;
        people_error(why);
        *status = sj_worse_status(*status, sj_exit_status(why));
    }
    return TRUE;
}
