/* `shoujian recheck`: everything judged again under today's campaign file; what was written down
 * changes only with --apply. */
#include "command.h"
#include "error.h"
#include "judge.h"
#include "people.h"
#include "snapshot.h"
#include "version.h"
#include "words.h"

#include <string.h>

/* What a recheck changes of one submission. */
typedef struct {
    const Standing *old, *new;
    GPtrArray *gone, *come; /* const Finding*: the one has it, the other has not */
} Change;

static gboolean judge_all(House *house, const Snapshot *before, GError **error);
static GPtrArray *find_changes(const Snapshot *before, const Snapshot *after);
static gboolean renew_answers(House *house, const GPtrArray *changes, gboolean tell,
                              GError **error);
static gboolean print_change(House *house, const Change *change, GError **error);

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
    if (after == NULL)
        return 0;
    g_autoptr(GPtrArray) changes = find_changes(before, after);
    if (!apply)
        store_rollback(house->store);
    else if (!renew_answers(house, changes, tell, error) ||
             !store_commit(house->store, "recheck", error))
        return 0;
    for (guint i = 0; i < changes->len; i++)
        if (!print_change(house, changes->pdata[i], error))
            return 0;
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

static void change_free(gpointer data)
{
    Change *change = data;
    g_ptr_array_unref(change->gone);
    g_ptr_array_unref(change->come);
    g_free(change);
}

/* The findings that only FINDINGS has, const Finding*. */
static GPtrArray *only_in(const GPtrArray *findings, const GPtrArray *others)
{
    GPtrArray *only = g_ptr_array_new();
    for (guint i = 0; i < findings->len; i++) {
        gboolean in_both = FALSE;
        for (guint o = 0; o < others->len && !in_both; o++)
            in_both = finding_equal(findings->pdata[i], others->pdata[o]);
        if (!in_both)
            g_ptr_array_add(only, findings->pdata[i]);
    }
    return only;
}

/* Change*. Nothing is added or taken away between the two: the same submissions stand in the same
 * order. */
static GPtrArray *find_changes(const Snapshot *before, const Snapshot *after)
{
    GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);
    for (guint i = 0; i < after->list->len; i++) {
        const Standing *old = before->list->pdata[i], *new = after->list->pdata[i];
        if (standing_equal(old, new))
            continue;
        Change *change = g_new(Change, 1);
        *change = (Change){old, new, only_in(old->findings, new->findings),
                           only_in(new->findings, old->findings)};
        g_ptr_array_add(changes, change);
    }
    return changes;
}

static gboolean are_for_sender(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++)
        if (((const Finding *)findings->pdata[i])->level != LEVEL_STAFF)
            return TRUE;
    return FALSE;
}

/* Whether an answer would say anything else than before. */
static gboolean concerns_sender(const Change *change)
{
    const Submission *was = change->old->submission, *is = change->new->submission;
    return strcmp(was->status, is->status) != 0 || was->complete_at != is->complete_at ||
           was->standing != is->standing || are_for_sender(change->gone) ||
           are_for_sender(change->come);
}

/* Answers that wait say what holds now. Those already sent are sent again only when TELL. */
static gboolean renew_answers(House *house, const GPtrArray *changes, gboolean tell, GError **error)
{
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = changes->pdata[i];
        gint64 id = change->new->submission->id;
        if (!reply_renew(house->config, house->campaign, house->texts, house->store, id, error) ||
            (tell && concerns_sender(change) &&
             !reply_about(house->config, house->campaign, house->texts, house->store, id, error)))
            return FALSE;
    }
    return TRUE;
}

static void print_finding(const gchar *word, const Finding *finding)
{
    people_print("    %s：[%s%s] %s  (%s)", word, words_level(level_name(finding->level)),
                 finding->person ? "·须人工核对" : "", finding->message, finding->rule);
    if (finding->fix != NULL)
        people_print("        补正：%s", finding->fix);
}

/* One of the same rule that went away is what it was before. */
static void print_findings(const Change *change)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_copy(change->gone, NULL, NULL);
    for (guint i = 0; i < change->come->len; i++) {
        const Finding *finding = change->come->pdata[i], *was = NULL;
        for (guint g = 0; g < gone->len && was == NULL; g++)
            if (g_str_equal(((const Finding *)gone->pdata[g])->rule, finding->rule))
                was = g_ptr_array_remove_index(gone, g);
        if (was != NULL)
            print_finding("原为", was);
        print_finding(was != NULL ? "改为" : "新增", finding);
    }
    for (guint i = 0; i < gone->len; i++)
        print_finding("消除", gone->pdata[i]);
    if (change->come->len + change->gone->len == 0 &&
        !findings_equal(change->old->findings, change->new->findings))
        people_print("%s", "    审核意见的先后次序有变");
}

static gboolean print_version(House *house, gint64 was, gint64 is, GError **error)
{
    g_autoptr(Version) old = store_version(house->store, was, error);
    g_autoptr(Version) new = old != NULL ? store_version(house->store, is, error) : NULL;
    if (new != NULL)
        people_print("    采用版本：第%d版 → 第%d版", (int)old->number, (int)new->number);
    return new != NULL;
}

static gboolean print_change(House *house, const Change *change, GError **error)
{
    const Submission *was = change->old->submission, *is = change->new->submission;
    people_print("%s %s → %s", is->receipt, words_status(was->status), words_status(is->status));
    if (was->standing != is->standing && !print_version(house, was->standing, is->standing, error))
        return FALSE;
    if (was->complete_at != is->complete_at) {
        g_autofree gchar *then = people_time(house->campaign, was->complete_at);
        g_autofree gchar *now = people_time(house->campaign, is->complete_at);
        people_print("    材料到齐：%s → %s", then[0] != '\0' ? then : words_said("none"),
                     now[0] != '\0' ? now : words_said("none"));
    }
    print_findings(change);
    return TRUE;
}
