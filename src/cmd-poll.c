/* `shoujian poll`: all stages: files are read while the rest is fetched, then mail is sorted,
 * judged and answered; says only what a person must know. */
#include "command.h"
#include "error.h"
#include "extract.h"
#include "fetch.h"
#include "fetching.h"
#include "people.h"
#include "retain.h"
#include "send.h"
#include "stages.h"
#include "submission.h"
#include "words.h"

#include <string.h>

static int work(House *house, gboolean trial, gboolean answers, Changes *changes);
static void print_changes(House *house, const Changes *changes, GHashTable *classes,
                          GError **error);
static void print_news(const Changes *changes);

int cmd_poll(House *house, const Arguments *arguments, GError **error)
{
    gboolean trial = arguments_option(arguments, "--dry-run") != NULL;
    gboolean answers = !trial && arguments_option(arguments, "--no-send") == NULL;
    g_auto(Changes) changes = {0};
    /* Of a trial: class of mail → how many there were (gint64*). */
    g_autoptr(GHashTable) classes = trial ? store_mail_classes(house->store, error) : NULL;
    if (trial && classes == NULL)
        return 0;
    int status = work(house, trial, answers, &changes);
    if (trial)
        print_changes(house, &changes, classes, error);
    else if (changes.after != NULL)
        print_news(&changes);
    return status;
}

static void went_wrong(GError **why, int *status)
{
    people_error(*why);
    *status = sj_worse_status(*status, sj_exit_status(*why));
    g_clear_error(why);
}

static void fetch_and_extract(House *house, Extractor *extractor, int *status);
static void fetch_then_extract(House *house, Extractor *extractor, int *status);

/* A mailbox that cannot be reached keeps nobody from working on what is there, nor one file that
 * cannot be written the answers of yesterday. */
static int work(House *house, gboolean trial, gboolean answers, Changes *changes)
{
    int status = 0;
    g_autoptr(GError) why = NULL;
    g_autoptr(Extractor) extractor =
        extractor_new(house->config, house->campaign, house->store, house->spool);
    if (trial)
        fetch_then_extract(house, extractor, &status);
    else
        fetch_and_extract(house, extractor, &status);
    if (!stages_settle(house, changes, &why))
        went_wrong(&why, &status);
    if (!trial && !retain_drop(house->config, house->store, house->spool, &why))
        went_wrong(&why, &status);
    if (answers && !send_replies(house->config, house->store, &status, &why))
        went_wrong(&why, &status);
    return status;
}

/* The filters read what came while the server sends the rest. */
static void fetch_and_extract(House *house, Extractor *extractor, int *status)
{
    g_autoptr(GError) why = NULL;
    Fetching *fetching = fetching_start(house->config, house->campaign, house->spool);
    gboolean more, able = TRUE;
    do {
        more = fetching_wait(fetching);
        if (more)
            extract_prepare(extractor);
        able = able && extract_mails(extractor, status, &why);
    } while (more);
    if (!able)
        went_wrong(&why, status);
    if (!fetching_end(fetching, status, &why))
        went_wrong(&why, status);
}

/* The copy of the database that a trial works on cannot be shared. */
static void fetch_then_extract(House *house, Extractor *extractor, int *status)
{
    g_autoptr(GError) why = NULL;
    if (!fetch_mails(house->config, house->campaign, house->store, house->spool, NULL, NULL, status,
                     &why))
        went_wrong(&why, status);
    if (!extract_mails(extractor, status, &why))
        went_wrong(&why, status);
}

static gboolean print_change(House *house, const Standing *old, const Standing *new,
                             GError **error);

static gint64 count_of(GHashTable *classes, const gchar *class)
{
    const gint64 *count = g_hash_table_lookup(classes, class);
    return count != NULL ? *count : 0;
}

/* What the trial run would have changed. */
static void print_changes(House *house, const Changes *changes, GHashTable *classes, GError **error)
{
    static const gchar *const names[] = {"submission", "question", "auto",      "bounce", "receipt",
                                         "list",       "own",      "unrelated", "before"};
    for (guint i = 0; changes->after != NULL && i < changes->after->list->len; i++) {
        const Standing *new = changes->after->list->pdata[i];
        const Standing *old = snapshot_find(changes->before, new->submission->id);
        if ((old == NULL || strcmp(old->submission->status, new->submission->status) != 0) &&
            !print_change(house, old, new, error))
            return;
    }
    g_autoptr(GHashTable) now = store_mail_classes(house->store, error);
    for (gsize i = 0; now != NULL && i < G_N_ELEMENTS(names); i++) {
        gint64 more = count_of(now, names[i]) - count_of(classes, names[i]);
        if (more > 0)
            people_print("新邮件 %" G_GINT64_FORMAT " 封：%s", more, words_class(names[i]));
    }
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
static void print_news(const Changes *changes)
{
    for (guint i = 0; i < changes->after->list->len; i++) {
        const Standing *new = changes->after->list->pdata[i];
        g_autofree gchar *why =
            to_look_at(snapshot_find(changes->before, new->submission->id), new);
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
