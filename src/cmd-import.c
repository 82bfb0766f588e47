/* `shoujian import`: the same stages, from files instead of the mailbox. */
#include "command.h"
#include "error.h"
#include "import.h"
#include "people.h"
#include "stages.h"

int cmd_import(House *house, const Arguments *arguments, GError **error)
{
    gint64 received_at = STORE_NULL;
    const gchar *received = arguments_option(arguments, "--received");
    if (received != NULL && !campaign_time_parse(house->campaign, received, &received_at, error))
        return 0;
    gboolean answer = arguments_option(arguments, "--answer") != NULL;
    int status = 0;
    for (guint i = 0; i < arguments->words->len; i++) {
        g_autoptr(GError) why = NULL;
        if (import_path(house->config, house->store, house->spool, arguments_word(arguments, i),
                        received_at, answer, &status, &why))
            continue;
        people_error(why);
        status = sj_worse_status(status, sj_exit_status(why));
    }
    stages_run(house, &status, error);
    return status;
}
