/* `shoujian send`: the answers that are due; with --held, first those that waited for a person. */
#include "command.h"
#include "error.h"
#include "send.h"

int cmd_send(House *house, const Arguments *arguments, GError **error)
{
    int status = 0;
    if (!house->config->reply.enabled) {
        sj_fail(error, SJ_ERROR_CONFIG,
                "answers are switched off: set reply.enabled = true in %s, then send",
                house->config->path);
        return 0;
    }
    if (arguments_option(arguments, "--held") != NULL && !send_release_held(house->store, error))
        return 0;
    send_replies(house->config, house->store, &status, error);
    return status;
}
