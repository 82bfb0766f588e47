/* Stage 5: what is answered, to whom, when. */
#include "reply.h"

#include "dossier.h"
#include "incoming.h"
#include "letter.h"
#include "people.h"
#include "reply-kind.h"
#include "reply-text.h"
#include "unix-time.h"

#include <string.h>

/* Receipts in one answer that collects others: more than anyone sends in an hour, and few enough
 * to be read. */
#define DIGEST_MOST 50

/* What an answer is made from. */
typedef struct {
    const Config *config;
    const Campaign *campaign;
    const ReplyTexts *texts;
    Store *store;
    const Mail *mail;
    GPtrArray *facts;    /* Fact* of the message */
    GPtrArray *dossiers; /* Dossier* */
    gboolean late;       /* this mail came after the deadline */
} Answer;

static gboolean answer_load(Answer *answer, const GArray *submissions, GError **error);
static void answer_clear(Answer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)
static gboolean is_person(const Answer *answer);
static gboolean may_be_answered(const Answer *answer);
static gboolean follows_guide(const Answer *answer, gboolean *follows, GError **error);
static gboolean schedule(const Answer *answer, ReplyRow *row, GError **error);
static gboolean queue_row(Answer *answer, ReplyRow *row, GArray *submissions, GError **error);
static gboolean gather(Answer *answer, ReplyRow *row, GArray *submissions, gboolean *drop,
                       GError **error);
static gboolean write_row(Answer *answer, ReplyRow *row, GError **error);

gboolean reply_queue(const Config *config, const Campaign *campaign, const ReplyTexts *texts,
                     Store *store, const Mail *mail, const GArray *submissions, GError **error)
{
    g_auto(Answer) answer = {
        .config = config, .campaign = campaign, .texts = texts, .store = store, .mail = mail};
    if (!answer_load(&answer, submissions, error))
        return FALSE;
    if (!may_be_answered(&answer))
        return TRUE;
    gboolean again = FALSE;
    if (submissions->len == 0 && !follows_guide(&answer, &again, error))
        return FALSE;
    ReplyRow row = {.mail = mail->id, .recipient = mail->sender};
    g_autoptr(GArray) covered = g_array_copy((GArray *)submissions);
    return again || (schedule(&answer, &row, error) && queue_row(&answer, &row, covered, error));
}

gboolean reply_about(const Config *config, const Campaign *campaign, const ReplyTexts *texts,
                     Store *store, gint64 submission, GError **error)
{
    g_autoptr(GPtrArray) mails = store_submission_mails(store, submission, error);
    if (mails == NULL || mails->len == 0)
        return mails != NULL;
    const Mail *last = mails->pdata[mails->len - 1];
    g_autoptr(GArray) submissions = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_array_append_val(submissions, submission);
    g_auto(Answer) answer = {
        .config = config, .campaign = campaign, .texts = texts, .store = store, .mail = last};
    if (!answer_load(&answer, submissions, error))
        return FALSE;
    if (!is_person(&answer)) {
        const Dossier *dossier = answer.dossiers->pdata[0];
        people_complain("%s: no answer is queued, since its last mail is from a machine or from "
                        "nobody",
                        dossier->submission->receipt);
        return TRUE;
    }
    gint64 now = unix_time_now();
    ReplyRow row = {.mail = last->id,
                    .recipient = last->sender,
                    .state = (gchar *)"queued",
                    .queued_at = now,
                    .due_at = now};
    return queue_row(&answer, &row, submissions, error);
}

static gboolean renew_row(const Answer *like, const ReplyRow *earlier, GError **error)
{
    g_autoptr(Mail) mail = store_mail(like->store, earlier->mail, error);
    g_autoptr(GArray) submissions =
        mail != NULL ? store_reply_submissions(like->store, earlier->id, error) : NULL;
    if (submissions == NULL)
        return FALSE;
    g_auto(Answer) answer = *like;
    answer.mail = mail;
    ReplyRow row = *earlier;
    gboolean done = answer_load(&answer, submissions, error) &&
                    store_reply_remove(like->store, earlier->id, error) &&
                    write_row(&answer, &row, error) &&
                    store_reply_add(like->store, &row, submissions, error) != 0;
    if (row.message_id != earlier->message_id)
        g_free(row.message_id);
    if (row.message != earlier->message)
        g_free(row.message);
    return done;
}

gboolean reply_renew(const Config *config, const Campaign *campaign, const ReplyTexts *texts,
                     Store *store, gint64 submission, GError **error)
{
    const Answer like = {.config = config, .campaign = campaign, .texts = texts, .store = store};
    g_autoptr(GPtrArray) replies = store_submission_replies(store, submission, error);
    for (guint i = 0; replies != NULL && i < replies->len; i++) {
        const ReplyRow *reply = replies->pdata[i];
        gboolean waits = strcmp(reply->state, "queued") == 0 || strcmp(reply->state, "held") == 0;
        if (waits && reply->tries == 0 && !renew_row(&like, reply, error))
            return FALSE;
    }
    return replies != NULL;
}

static gboolean add_dossier(Answer *answer, gint64 submission, GError **error)
{
    Dossier *dossier = dossier_load(answer->store, submission, error);
    if (dossier == NULL)
        return FALSE;
    g_ptr_array_add(answer->dossiers, dossier);
    return TRUE;
}

static gboolean answer_load(Answer *answer, const GArray *submissions, GError **error)
{
    answer->dossiers = g_ptr_array_new_with_free_func((GDestroyNotify)dossier_free);
    answer->late = answer->mail->received_at >= answer->campaign->deadline;
    answer->facts = store_message_facts(answer->store, answer->mail->id, error);
    if (answer->facts == NULL)
        return FALSE;
    for (guint i = 0; i < submissions->len; i++)
        if (!add_dossier(answer, g_array_index(submissions, gint64, i), error))
            return FALSE;
    return TRUE;
}

static void answer_clear(Answer *answer)
{
    g_clear_pointer(&answer->facts, g_ptr_array_unref);
    g_clear_pointer(&answer->dossiers, g_ptr_array_unref);
}

/* A local part that nobody reads (RFC 3834 section 2 and habit), or what is no address ("<>"). */
static gboolean is_machine_address(const gchar *address)
{
    static const char *const locals[] = {"mailer-daemon", "postmaster", "noreply",      "no-reply",
                                         "no_reply",      "donotreply", "do-not-reply", "daemon"};
    g_auto(GStrv) pieces = g_strsplit(address, "@", 2);
    for (gsize i = 0; i < G_N_ELEMENTS(locals); i++)
        if (g_ascii_strcasecmp(pieces[0], locals[i]) == 0)
            return TRUE;
    return g_strv_length(pieces) != 2 || pieces[1][0] == '\0';
}

/* Nobody is answered who may be a machine. */
static gboolean is_person(const Answer *answer)
{
    const gchar *sender = answer->mail->sender;
    const gchar *path = json_string_value(fact_value(answer->facts, "mail.return_path", 0));
    return machine_class(answer->facts) == NULL && sender != NULL && !is_machine_address(sender) &&
           !config_is_ours(answer->config, sender) && (path == NULL || !is_machine_address(path));
}

/* Nor is mail from outside the window. */
static gboolean may_be_answered(const Answer *answer)
{
    const Mail *mail = answer->mail;
    return is_person(answer) && mail->answerable && mail->received_at >= answer->campaign->opens &&
           mail->received_at < answer->campaign->closes;
}

/* It replies to a guide of ours: whoever reads that needs no second one, and a machine without any
 * mark would go on for ever. A person answers it. */
static gboolean follows_guide(const Answer *answer, gboolean *follows, GError **error)
{
    const json_t *references = fact_value(answer->facts, "mail.references", 0);
    const gchar *replied = json_string_value(fact_value(answer->facts, "mail.in_reply_to", 0));
    *follows = FALSE;
    if (replied != NULL && !store_reply_is_guide(answer->store, replied, follows, error))
        return FALSE;
    for (gsize i = 0; !*follows && i < json_array_size(references); i++) {
        const gchar *id = json_string_value(json_array_get(references, i));
        if (id != NULL && !store_reply_is_guide(answer->store, id, follows, error))
            return FALSE;
    }
    return TRUE;
}

/* When it goes out, as long as the day's limit says nothing else: when the sender has settled. */
static gboolean schedule(const Answer *answer, ReplyRow *row, GError **error)
{
    const ReplyConfig *reply = &answer->config->reply;
    gint64 last_mail, now = unix_time_now();
    if (!store_mail_last_from(answer->store, row->recipient, &last_mail, error))
        return FALSE;
    row->queued_at = now;
    row->due_at = MAX(now, MIN(last_mail, now) + MINUTE * (gint64)reply->settle_minutes);
    row->state = (gchar *)"queued";
    if (!reply->enabled) {
        row->state = (gchar *)"held";
        row->answer = (gchar *)"switched-off";
    } else if (reply->max_age_hours > 0 &&
               now - answer->mail->received_at > HOUR * (gint64)reply->max_age_hours) {
        row->state = (gchar *)"held";
        row->answer = (gchar *)"too-old";
    }
    return TRUE;
}

/* ROW has recipient, state and times; SUBMISSIONS grows by those of the answers it replaces. */
static gboolean queue_row(Answer *answer, ReplyRow *row, GArray *submissions, GError **error)
{
    gboolean drop = FALSE;
    gboolean done = gather(answer, row, submissions, &drop, error) &&
                    (drop || (write_row(answer, row, error) &&
                              store_reply_add(answer->store, row, submissions, error) != 0));
    g_free(row->message_id);
    g_free(row->message);
    return done;
}

/* An answer to the same receiver that was not tried yet. */
typedef struct {
    const ReplyRow *row;
    GArray *submissions; /* gint64 */
    gboolean gives_way;
} Waiting;

static void waiting_clear(gpointer waiting)
{
    g_array_unref(((Waiting *)waiting)->submissions);
}

static gboolean has_submission(const GArray *submissions, gint64 id)
{
    for (guint i = 0; i < submissions->len; i++)
        if (g_array_index(submissions, gint64, i) == id)
            return TRUE;
    return FALSE;
}

static gboolean is_about_same(const GArray *submissions, const GArray *others)
{
    gboolean shares = submissions->len == 0 && others->len == 0;
    for (guint i = 0; i < others->len; i++)
        shares |= has_submission(submissions, g_array_index(others, gint64, i));
    return shares;
}

/* Waiting of ROWS (ReplyRow*); those about the same SUBMISSIONS give way. */
static GArray *load_waiting(Store *store, const GPtrArray *rows, const GArray *submissions,
                            GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Waiting));
    g_array_set_clear_func(list, waiting_clear);
    for (guint i = 0; i < rows->len; i++) {
        Waiting waiting = {.row = rows->pdata[i]};
        waiting.submissions = store_reply_submissions(store, waiting.row->id, error);
        if (waiting.submissions == NULL)
            return NULL;
        waiting.gives_way = is_about_same(submissions, waiting.submissions);
        g_array_append_val(list, waiting);
    }
    return g_steal_pointer(&list);
}

static gboolean take_over(Answer *answer, GArray *submissions, const Waiting *waiting,
                          GError **error);
static gint by_receipt(gconstpointer a, gconstpointer b);
static void collect(GArray *waiting, ReplyRow *row, guint keep, guint covered, gint64 last);

/* What was not tried yet gives way: about the same submissions to this answer; and past the day's
 * limit, whatever it is about, so that one an hour goes out. Its submissions are covered here then.
 * One that is held gives way to none that goes out by itself, nor the other way round. *drop: past
 * the limit, what acknowledges nothing new is not worth one more. */
static gboolean gather(Answer *answer, ReplyRow *row, GArray *submissions, gboolean *drop,
                       GError **error)
{
    gint64 tried, last, most = answer->config->reply.per_sender_per_day;
    g_autoptr(GPtrArray) rows =
        store_replies_untried(answer->store, row->recipient, row->state, error);
    g_autoptr(GArray) waiting =
        rows != NULL ? load_waiting(answer->store, rows, submissions, error) : NULL;
    if (waiting == NULL || !store_replies_tried_to(answer->store, row->recipient,
                                                   row->queued_at - DAY, &tried, &last, error))
        return FALSE;
    gint64 others = tried;
    for (guint i = 0; i < waiting->len; i++)
        others += !g_array_index(waiting, Waiting, i).gives_way;
    if (most > 0 && others >= most) {
        *drop = submissions->len == 0;
        if (*drop)
            return TRUE;
        collect(waiting, row, (guint)MAX(most - tried, 0), submissions->len, last);
    }
    for (guint i = 0; i < waiting->len; i++)
        if (!take_over(answer, submissions, &g_array_index(waiting, Waiting, i), error))
            return FALSE;
    g_ptr_array_sort(answer->dossiers, by_receipt);
    return TRUE;
}

static gint by_receipt(gconstpointer a, gconstpointer b)
{
    const Dossier *left = *(const Dossier *const *)a, *right = *(const Dossier *const *)b;
    return left->submission->id < right->submission->id ? -1 : 1;
}

/* Of WAITING the first KEEP go out alone, and those that are full already; the others are collected
 * in ROW, as long as there is room, which goes out an hour after the LAST before it. What still
 * comes does not put that off. */
static void collect(GArray *waiting, ReplyRow *row, guint keep, guint covered, gint64 last)
{
    gint64 due = row->due_at;
    guint stay = 0;
    for (guint i = 0; i < waiting->len; i++) {
        Waiting *one = &g_array_index(waiting, Waiting, i);
        if (!one->gives_way && stay >= keep && covered + one->submissions->len <= DIGEST_MOST)
            one->gives_way = TRUE;
        if (one->gives_way) {
            covered += one->submissions->len;
            due = MIN(due, one->row->due_at);
        } else {
            stay++;
            last = MAX(last, one->row->due_at);
        }
    }
    row->due_at = MAX(MAX(due, last + HOUR), row->queued_at);
}

static gboolean take_over(Answer *answer, GArray *submissions, const Waiting *waiting,
                          GError **error)
{
    if (!waiting->gives_way)
        return TRUE;
    for (guint i = 0; i < waiting->submissions->len; i++) {
        gint64 id = g_array_index(waiting->submissions, gint64, i);
        if (has_submission(submissions, id))
            continue;
        g_array_append_val(submissions, id);
        if (!add_dossier(answer, id, error))
            return FALSE;
    }
    return store_reply_remove(answer->store, waiting->row->id, error);
}

static ReplyKind kind_of(const Answer *answer)
{
    ReplyKind kind = REPLY_GUIDE;
    for (guint i = 0; i < answer->dossiers->len; i++)
        kind = MIN(kind, reply_kind_of(answer->dossiers->pdata[i], answer->late));
    return kind;
}

/* References of ours: those of the mail answered. */
static gchar *references_of(const Answer *answer)
{
    const json_t *list = fact_value(answer->facts, "mail.references", 0);
    g_autoptr(GString) references = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(list); i++) {
        const gchar *id = json_string_value(json_array_get(list, i));
        if (id != NULL)
            g_string_append_printf(references, "%s%s", references->len > 0 ? " " : "", id);
    }
    return references->len > 0 ? g_strdup(references->str) : NULL;
}

/* The proof in an answer is the head of the chain after the judgement, which also makes its
 * Message-ID the only one. */
static gboolean write_row(Answer *answer, ReplyRow *row, GError **error)
{
    gint64 number;
    g_autofree gchar *hash = NULL;
    if (!store_event_now(answer->store, "judge", error) ||
        !store_head(answer->store, &number, &hash, error))
        return FALSE;
    ReplyCase about = {answer->config,   answer->campaign, answer->store, answer->mail,
                       answer->dossiers, answer->late,     number,        hash};
    g_autofree gchar *subject = NULL, *body = NULL, *references = references_of(answer);
    row->kind = (gchar *)reply_kind_name(kind_of(answer));
    if (!reply_text_write(answer->texts, row->kind, &about, &subject, &body, error))
        return FALSE;
    const SmtpConfig *smtp = &answer->config->smtp;
    const gchar *at = strrchr(smtp->from, '@');
    row->message_id = g_strdup_printf("<%s.%" G_GINT64_FORMAT ".%.16s@%s>", answer->campaign->code,
                                      number, hash, at != NULL ? at + 1 : "localhost");
    Letter letter = {smtp->from_name,
                     smtp->from,
                     row->recipient,
                     subject,
                     body,
                     row->message_id,
                     answer->mail->message_id,
                     references,
                     row->queued_at,
                     answer->campaign->timezone};
    row->message = letter_write(&letter);
    return TRUE;
}
