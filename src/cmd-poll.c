/* `shoujian poll`: all stages, one after the other; says only what a person must know. */
#include "command.h"
#include "error.h"
#include "fetch.h"
#include "people.h"
#include "retain.h"
#include "send.h"
#include "snapshot.h"
#include "stages.h"
#include "submission.h"
#include "words.h"

#include <string.h>

/* What there was at one moment. */
typedef struct {
    Snapshot *submissions;
    GHashTable *classes; /* class of mail → how many (GUINT_TO_POINTER) */
} Moment;

static void moment_free(Moment *moment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Moment, moment_free)
static Moment *moment_new(Store *store, GError **error);
static int work(House *house, gboolean trial, gboolean answers);
static gboolean print_changes(House *house, const Moment *before, const Moment *after,
                              GError **error);
static void print_news(const Moment *before, const Moment *after);

int cmd_poll(House *house, const Arguments *arguments, GError **error)
{
    gboolean trial = arguments_option(arguments, "--dry-run") != NULL;
    gboolean answers = !trial && arguments_option(arguments, "--no-send") == NULL;
    g_autoptr(Moment) before = moment_new(house->store, error);
    if (before == NULL)
        return 0;
    int status = work(house, trial, answers);
    g_autoptr(Moment) after = moment_new(house->store, error);
    if (after != NULL && trial)
        print_changes(house, before, after, error);
    else if (after != NULL)
        print_news(before, after);
    return status;
}

static void went_wrong(GError **why, int *status)
{
    people_error(*why);
    *status = sj_worse_status(*status, sj_exit_status(*why));
    g_clear_error(why);
}

/* A mailbox that cannot be reached keeps nobody from working on what is there, nor one file that
 * cannot be written the answers of yesterday. */
static int work(House *house, gboolean trial, gboolean answers)
{
    int status = 0;
    g_autoptr(GError) why = NULL;
    if (!fetch_mails(house->config, house->campaign, house->store, house->spool, &status, &why))
        went_wrong(&why, &status);
    if (!stages_run(house, &status, &why))
        went_wrong(&why, &status);
    if (!trial && !retain_drop(house->config, house->store, house->spool, &why))
        went_wrong(&why, &status);
    if (answers && !send_replies(house->config, house->store, &status, &why))
        went_wrong(&why, &status);
    return status;
}

static gboolean count_mails(GHashTable *classes, Store *store, const Snapshot *submissions,
                            GError **error);

static Moment *moment_new(Store *store, GError **error)
{
    g_autoptr(Moment) moment = g_new0(Moment, 1);
    moment->classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    moment->submissions = snapshot_take(store, error);
    if (moment->submissions == NULL ||
        !count_mails(moment->classes, store, moment->submissions, error))
        return NULL;
    return g_steal_pointer(&moment);
}

static void moment_free(Moment *moment)
{
    g_clear_pointer(&moment->submissions, snapshot_free);
    g_hash_table_unref(moment->classes);
    g_free(moment);
}

static void count(GHashTable *classes, const gchar *class)
{
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(classes, class));
    g_hash_table_insert(classes, g_strdup(class), GUINT_TO_POINTER(before + 1));
}

/* A mail of several submissions counts once. */
static gboolean count_mails(GHashTable *classes, Store *store, const Snapshot *submissions,
                            GError **error)
{
    g_autoptr(GPtrArray) apart = store_mails_apart(store, error);
    g_autoptr(GPtrArray) before = apart != NULL ? store_places(store, STORE_NULL, error) : NULL;
    if (before == NULL)
        return FALSE;
    for (guint i = 0; i < apart->len; i++)
        count(classes, ((const Mail *)apart->pdata[i])->class);
    for (guint i = 0; i < before->len; i++)
        count(classes, "before");
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < submissions->list->len; i++) {
        const Standing *standing = submissions->list->pdata[i];
        g_autoptr(GPtrArray) mails = store_submission_mails(store, standing->submission->id, error);
        if (mails == NULL)
            return FALSE;
        for (guint m = 0; m < mails->len; m++)
            if (g_hash_table_add(seen,
                                 g_memdup2(&((const Mail *)mails->pdata[m])->id, sizeof(gint64))))
                count(classes, "submission");
    }
    return TRUE;
}

static gboolean print_change(House *house, const Standing *old, const Standing *new,
                             GError **error);

/* What the trial run would have changed. */
static gboolean print_changes(House *house, const Moment *before, const Moment *after,
                              GError **error)
{
    static const gchar *const classes[] = {"submission", "question",  "auto",
                                           "bounce",     "receipt",   "list",
                                           "own",        "unrelated", "before"};
    for (guint i = 0; i < after->submissions->list->len; i++) {
        const Standing *new = after->submissions->list->pdata[i];
        const Standing *old = snapshot_find(before->submissions, new->submission->id);
        if ((old == NULL || strcmp(old->submission->status, new->submission->status) != 0) &&
            !print_change(house, old, new, error))
            return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        guint old = GPOINTER_TO_UINT(g_hash_table_lookup(before->classes, classes[i]));
        guint new = GPOINTER_TO_UINT(g_hash_table_lookup(after->classes, classes[i]));
        if (new > old)
            people_print("新邮件 %u 封：%s", new - old, words_class(classes[i]));
    }
    return TRUE;
}

static gboolean print_change(House *house, const Standing *old, const Standing *new, GError **error)
{
    g_autoptr(Dossier) dossier = dossier_load(house->store, new->submission->id, error);
    g_autofree gchar *unit =
        dossier != NULL ? submission_unit(house->store, house->campaign, dossier->standing, error)
                        : NULL;
    if (unit == NULL)
        return FALSE;
    people_print("%s %s → %s %s", new->submission->receipt,
                 old != NULL ? words_status(old->submission->status) : "新收",
                 words_status(new->submission->status), unit);
    return TRUE;
}

static gchar *to_look_at(const Standing *old, const Standing *new);

/* What a person must act on, in the poll that brought it. Of answers that did not go out send.c
 * says so itself. */
static void print_news(const Moment *before, const Moment *after)
{
    for (guint i = 0; i < after->submissions->list->len; i++) {
        const Standing *new = after->submissions->list->pdata[i];
        g_autofree gchar *why =
            to_look_at(snapshot_find(before->submissions, new->submission->id), new);
        if (why != NULL)
            people_print("%s %s：%s", new->submission->receipt, words_status("review"), why);
    }
}

/* The findings that a person must look at, where there is a new one, or where nothing else is open
 * any more; NULL: none. A decided submission keeps its status, so only this tells of them. */
static gchar *to_look_at(const Standing *old, const Standing *new)
{
    static const gchar *const told_of[] = {"review", "complete", "accepted", "rejected", NULL};
    const gchar *status = new->submission->status;
    if (!g_strv_contains(told_of, status))
        return NULL;
    gboolean all = strcmp(status, "review") == 0 &&
                   (old == NULL || strcmp(old->submission->status, "review") != 0);
    GString *why = g_string_new(NULL);
    for (guint i = 0; i < new->findings->len; i++) {
        const Finding *finding = new->findings->pdata[i];
        if (finding->person && (all || old == NULL || !findings_have(old->findings, finding)))
            g_string_append_printf(why, "%s%s", why->len > 0 ? "；" : "", finding->message);
    }
    return g_string_free(why, why->len == 0);
}
