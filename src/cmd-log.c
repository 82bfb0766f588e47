/* `shoujian log`: what was taken in, as a table for staff or one JSON object a line. */
#include "command.h"
#include "error.h"
#include "log-json.h"
#include "people.h"
#include "submission.h"
#include "table.h"
#include "unix-time.h"
#include "words.h"

#include <string.h>

typedef struct {
    const House *house;
    const gchar *status; /* NULL: any */
    gint64 since, now;
    gboolean json;
} Listing;

static gboolean parse(Listing *listing, const Arguments *arguments, GError **error);
static gboolean list_submissions(const Listing *listing, GError **error);
static gboolean list_apart(const Listing *listing, GError **error);

int cmd_log(House *house, const Arguments *arguments, GError **error)
{
    Listing listing = {.house = house, .since = G_MININT64, .now = unix_time_now()};
    if (parse(&listing, arguments, error) && list_submissions(&listing, error) &&
        arguments_option(arguments, "--all") != NULL && listing.status == NULL)
        list_apart(&listing, error);
    return 0;
}

static gboolean parse(Listing *listing, const Arguments *arguments, GError **error)
{
    static const gchar *const statuses[] = {"accepted", "rejected", "late", "incomplete",
                                            "review",   "complete", NULL};
    const gchar *since = arguments_option(arguments, "--since");
    listing->status = arguments_option(arguments, "--status");
    listing->json = arguments_option(arguments, "--json") != NULL;
    if (listing->status != NULL && !g_strv_contains(statuses, listing->status))
        return sj_fail(error, SJ_ERROR_USAGE,
                       "--status is one of accepted, rejected, late, incomplete, review, complete, "
                       "not “%s”",
                       listing->status);
    return since == NULL ||
           campaign_time_parse(listing->house->campaign, since, &listing->since, error);
}

static gboolean wanted(const Listing *listing, const Submission *submission)
{
    return submission->first_received_at >= listing->since &&
           (listing->status == NULL || strcmp(listing->status, submission->status) == 0);
}

static gboolean list_submission(const Listing *listing, const Submission *submission, Table *table,
                                GError **error);

static gboolean list_submissions(const Listing *listing, GError **error)
{
    const House *house = listing->house;
    g_autoptr(GPtrArray) submissions = store_submissions(house->store, error);
    if (submissions == NULL)
        return FALSE;
    const Field *first =
        house->campaign->fields->len > 0 ? house->campaign->fields->pdata[0] : NULL;
    const gchar *heads[] = {
        "回执号",   "状态",   "首次收到", first != NULL ? field_label(first) : "",
        "发件地址", "须补正", "答复",     NULL};
    g_autoptr(Table) table = listing->json ? NULL : table_new(heads);
    guint count = 0;
    for (guint i = 0; i < submissions->len; i++) {
        if (!wanted(listing, submissions->pdata[i]))
            continue;
        if (!list_submission(listing, submissions->pdata[i], table, error))
            return FALSE;
        count++;
    }
    if (table != NULL && count > 0)
        table_print(table, stdout);
    return TRUE;
}

static const gchar *answer_words(const GPtrArray *replies);
static gchar *count_must(const GPtrArray *findings);

static gboolean list_submission(const Listing *listing, const Submission *submission, Table *table,
                                GError **error)
{
    const House *house = listing->house;
    g_autoptr(Dossier) dossier = dossier_load(house->store, submission->id, error);
    if (dossier == NULL)
        return FALSE;
    if (listing->json) {
        json_t *object =
            json_submission(house->store, house->campaign, dossier, listing->now, error);
        if (object == NULL)
            return FALSE;
        json_print(object);
        return TRUE;
    }
    g_autofree gchar *unit =
        submission_unit(house->store, house->campaign, dossier->standing, error);
    if (unit == NULL)
        return FALSE;
    g_autofree gchar *received = people_minute(house->campaign, submission->first_received_at);
    g_autofree gchar *must = count_must(dossier->findings);
    const gchar *cells[] = {submission->receipt,
                            words_status(submission->status),
                            received,
                            unit,
                            submission->sender,
                            must,
                            answer_words(dossier->replies),
                            NULL};
    table_row(table, cells);
    return TRUE;
}

static gchar *count_must(const GPtrArray *findings)
{
    guint count = 0;
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        count += finding->level == LEVEL_MUST && !finding->person;
    }
    return count > 0 ? g_strdup_printf("%u项", count) : NULL;
}

static const gchar *answer_words(const GPtrArray *replies)
{
    if (replies->len == 0)
        return NULL;
    const ReplyRow *last = replies->pdata[replies->len - 1];
    return last->returned_at != STORE_NULL ? words_said("returned")
                                           : words_reply_state(last->state);
}

static gboolean list_mail(const Listing *listing, const Mail *mail, Table *table, GError **error);
static void list_before(const Listing *listing, const Place *place, Table *table);

/* The mail that became no submission, then what came before the window; each by time of receipt. */
static gboolean list_apart(const Listing *listing, GError **error)
{
    g_autoptr(GPtrArray) mails = store_mails_apart(listing->house->store, error);
    g_autoptr(GPtrArray) places =
        mails != NULL ? store_places(listing->house->store, STORE_NULL, error) : NULL;
    if (places == NULL)
        return FALSE;
    static const gchar *const heads[] = {"类别", "收到", "发件地址", "主题", "答复", NULL};
    g_autoptr(Table) table = listing->json ? NULL : table_new(heads);
    guint count = 0;
    for (guint i = 0; i < mails->len; i++) {
        const Mail *mail = mails->pdata[i];
        if (mail->received_at < listing->since)
            continue;
        if (!list_mail(listing, mail, table, error))
            return FALSE;
        count++;
    }
    for (guint i = 0; i < places->len; i++) {
        const Place *place = places->pdata[i];
        if (place->received_at < listing->since)
            continue;
        list_before(listing, place, table);
        count++;
    }
    if (table == NULL || count == 0)
        return TRUE;
    putchar('\n');
    table_print(table, stdout);
    return TRUE;
}

static gboolean list_mail(const Listing *listing, const Mail *mail, Table *table, GError **error)
{
    const House *house = listing->house;
    if (listing->json) {
        json_t *object = json_mail_apart(house->store, house->campaign, mail, error);
        if (object == NULL)
            return FALSE;
        json_print(object);
        return TRUE;
    }
    g_autoptr(GPtrArray) replies = store_mail_replies(house->store, mail->id, error);
    if (replies == NULL)
        return FALSE;
    g_autofree gchar *received = people_minute(house->campaign, mail->received_at);
    const gchar *cells[] = {words_class(mail->class), received, mail->sender, mail->subject,
                            answer_words(replies),    NULL};
    table_row(table, cells);
    return TRUE;
}

static void list_before(const Listing *listing, const Place *place, Table *table)
{
    if (listing->json) {
        json_print(json_place_before(listing->house->campaign, place));
        return;
    }
    g_autofree gchar *received = people_minute(listing->house->campaign, place->received_at);
    const gchar *cells[] = {words_class("before"), received, NULL, NULL, NULL, NULL};
    table_row(table, cells);
}
