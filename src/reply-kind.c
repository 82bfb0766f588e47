/* Which of the texts of config/replies/ an answer is: what is to be said of a submission. */
#include "reply-kind.h"

#include <string.h>

const gchar *reply_kind_name(ReplyKind kind)
{
    static const char *const names[REPLY_KINDS] = {
        [REPLY_LATE] = "late",
        [REPLY_INCOMPLETE] = "received-incomplete",
        [REPLY_CLOUD] = "cloud-attachment",
        [REPLY_CHECKING] = "received-checking",
        [REPLY_RECEIVED] = "received",
        [REPLY_GUIDE] = "guide",
    };
    return names[kind];
}

static gboolean has_finding(const Dossier *dossier, const gchar *rule)
{
    for (guint i = 0; i < dossier->findings->len; i++)
        if (strcmp(((const Finding *)dossier->findings->pdata[i])->rule, rule) == 0)
            return TRUE;
    return FALSE;
}

/* Something is to be mended, whatever a person has decided about the whole. */
static gboolean has_must(const Dossier *dossier)
{
    for (guint i = 0; i < dossier->findings->len; i++) {
        const Finding *finding = dossier->findings->pdata[i];
        if (finding->level == LEVEL_MUST && !finding->person)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_status(const Dossier *dossier, const gchar *status)
{
    return strcmp(dossier->submission->status, status) == 0;
}

/* Neither form nor scan came, only a link to them. */
static gboolean only_links(const Dossier *dossier)
{
    return dossier->files->len == 0 && has_finding(dossier, "cloud_attachment");
}

/* What came after the deadline: something new for a submission that was complete before, or a part
 * of one that no longer can be. Mail that was only delivered late is being checked. */
static gboolean is_too_late(const Dossier *dossier)
{
    return has_finding(dossier, "late_version") ||
           (dossier->submission->complete_at == STORE_NULL && !is_status(dossier, "accepted") &&
            !has_finding(dossier, "delayed_delivery"));
}

ReplyKind reply_kind_of(const Dossier *dossier, gboolean after_deadline)
{
    gboolean accepted = is_status(dossier, "accepted");
    if (is_status(dossier, "late") || (after_deadline && is_too_late(dossier)))
        return REPLY_LATE;
    if (has_finding(dossier, "waiting_version") ||
        (!accepted && has_must(dossier) && !only_links(dossier)))
        return REPLY_INCOMPLETE;
    if (only_links(dossier))
        return REPLY_CLOUD;
    gboolean settled =
        accepted ? dossier->submission->complete_at != STORE_NULL : is_status(dossier, "complete");
    return settled ? REPLY_RECEIVED : REPLY_CHECKING;
}
