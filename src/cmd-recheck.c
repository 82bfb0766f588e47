/* `shoujian recheck`: everything judged again under today's campaign file; what was written down
 * changes only with --apply. */
#include "command.h"
#include "error.h"
#include "judge.h"
#include "people.h"
#include "snapshot.h"
#include "version.h"
#include "words.h"

static gboolean judge_all(House *house, const Snapshot *before, GError **error);
static gboolean notify(House *house, const Snapshot *before, const Snapshot *after, GError **error);
static void print_changes(const Campaign *campaign, const Snapshot *before, const Snapshot *after);

int cmd_recheck(House *house, const Arguments *arguments, GError **error)
{
    gboolean apply = arguments_option(arguments, "--apply") != NULL;
    gboolean tell = arguments_option(arguments, "--notify") != NULL;
    if (tell && !apply) {
        sj_fail(error, SJ_ERROR_USAGE, "--notify goes with --apply");
        return 0;
    }
    if (!store_begin(house->store, error))
        return 0;
    g_autoptr(Snapshot) before = snapshot_take(house->store, error);
    g_autoptr(Snapshot) after = before != NULL && judge_all(house, before, error)
                                    ? snapshot_take(house->store, error)
                                    : NULL;
    if (after == NULL || (tell && !notify(house, before, after, error)))
        return 0;
    if (!apply)
        store_rollback(house->store);
    else if (!store_commit(house->store, "recheck", error))
        return 0;
    print_changes(house->campaign, before, after);
    return 0;
}

static gboolean judge_all(House *house, const Snapshot *before, GError **error)
{
    for (guint i = 0; i < before->list->len; i++) {
        gint64 id = ((const Standing *)before->list->pdata[i])->submission->id;
        if (!versions_settle(house->store, house->campaign, id, error) ||
            !judge_submission(house->campaign, house->rules, house->store, id, error))
            return FALSE;
    }
    return TRUE;
}

/* Nothing is added or taken away between the two: the same submissions stand in the same order. */
static gboolean notify(House *house, const Snapshot *before, const Snapshot *after, GError **error)
{
    for (guint i = 0; i < after->list->len; i++) {
        const Standing *new = after->list->pdata[i];
        if (!standing_equal(before->list->pdata[i], new) &&
            !reply_about(house->config, house->campaign, house->texts, house->store,
                         new->submission->id, error))
            return FALSE;
    }
    return TRUE;
}

/* The findings of STANDING that OTHER does not have. */
static void print_findings(const gchar *word, const Standing *standing, const Standing *other)
{
    for (guint i = 0; i < standing->findings->len; i++) {
        const Finding *finding = standing->findings->pdata[i];
        if (!findings_have(other->findings, finding))
            people_print("    %s：%s  (%s)", word, finding->message, finding->rule);
    }
}

static void print_changes(const Campaign *campaign, const Snapshot *before, const Snapshot *after)
{
    for (guint i = 0; i < after->list->len; i++) {
        const Standing *old = before->list->pdata[i], *new = after->list->pdata[i];
        if (standing_equal(old, new))
            continue;
        const Submission *was = old->submission, *is = new->submission;
        people_print("%s %s → %s", is->receipt, words_status(was->status),
                     words_status(is->status));
        if (was->complete_at != is->complete_at) {
            g_autofree gchar *then = people_time(campaign, was->complete_at);
            g_autofree gchar *now = people_time(campaign, is->complete_at);
            people_print("    材料到齐：%s → %s", then[0] != '\0' ? then : words_said("none"),
                         now[0] != '\0' ? now : words_said("none"));
        }
        print_findings("新增", new, old);
        print_findings("消除", old, new);
    }
}
