/* Stage 5: what is answered, to whom, when. */
#include "reply.h"

#include "dossier.h"
#include "incoming.h"
#include "letter.h"
#include "people.h"
#include "reply-text.h"
#include "unix-time.h"

#include <string.h>

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
static gboolean schedule(const Answer *answer, ReplyRow *row, gboolean *drop, GError **error);
static gboolean queue_row(Answer *answer, ReplyRow *row, GArray *submissions, GError **error);
static gboolean replace_untried(Answer *answer, ReplyRow *row, GArray *submissions, GError **error);
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
    ReplyRow row = {.mail = mail->id, .recipient = mail->sender};
    gboolean drop;
    g_autoptr(GArray) covered = g_array_copy((GArray *)submissions);
    if (!schedule(&answer, &row, &drop, error))
        return FALSE;
    if (drop)
        return TRUE;
    return queue_row(&answer, &row, covered, error);
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

/* When it goes out: after the sender has settled, and past the day's limit gathered to one an hour.
 * *drop: what acknowledges nothing new is not worth one more. */
static gboolean schedule(const Answer *answer, ReplyRow *row, gboolean *drop, GError **error)
{
    const ReplyConfig *reply = &answer->config->reply;
    gint64 last_mail, count, last_reply, now = unix_time_now();
    if (!store_mail_last_from(answer->store, row->recipient, &last_mail, error) ||
        !store_replies_to(answer->store, row->recipient, now - DAY, &count, &last_reply, error))
        return FALSE;
    row->queued_at = now;
    row->due_at = MAX(now, MIN(last_mail, now) + MINUTE * (gint64)reply->settle_minutes);
    row->state = (gchar *)"queued";
    gboolean many = reply->per_sender_per_day > 0 && count >= reply->per_sender_per_day;
    *drop = many && answer->dossiers->len == 0;
    if (many)
        row->due_at = MAX(row->due_at, last_reply + HOUR);
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
    gboolean done = replace_untried(answer, row, submissions, error) &&
                    write_row(answer, row, error) &&
                    store_reply_add(answer->store, row, submissions, error) != 0;
    g_free(row->message_id);
    g_free(row->message);
    return done;
}

static gboolean has_submission(const GArray *submissions, gint64 id)
{
    for (guint i = 0; i < submissions->len; i++)
        if (g_array_index(submissions, gint64, i) == id)
            return TRUE;
    return FALSE;
}

/* An answer that was not tried yet gives way to this one: to the same sender, about the same
 * submissions; or about any, where the day's limit gathers them. Its submissions are covered too.
 * One that is held gives way to none that goes out by itself, nor the other way round. */
static gboolean replace_untried(Answer *answer, ReplyRow *row, GArray *submissions, GError **error)
{
    g_autoptr(GPtrArray) waiting =
        store_replies_untried(answer->store, row->recipient, row->state, error);
    if (waiting == NULL)
        return FALSE;
    for (guint i = 0; i < waiting->len; i++) {
        const ReplyRow *earlier = waiting->pdata[i];
        g_autoptr(GArray) theirs = store_reply_submissions(answer->store, earlier->id, error);
        if (theirs == NULL)
            return FALSE;
        gboolean shares = theirs->len == 0 && submissions->len == 0;
        for (guint s = 0; s < theirs->len; s++)
            shares |= has_submission(submissions, g_array_index(theirs, gint64, s));
        if (!shares && earlier->due_at <=
                           row->queued_at + MINUTE * (gint64)answer->config->reply.settle_minutes)
            continue;
        for (guint s = 0; s < theirs->len; s++) {
            gint64 id = g_array_index(theirs, gint64, s);
            if (has_submission(submissions, id))
                continue;
            g_array_append_val(submissions, id);
            if (!add_dossier(answer, id, error))
                return FALSE;
        }
        if (!store_reply_remove(answer->store, earlier->id, error))
            return FALSE;
    }
    return TRUE;
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

/* The first that applies to any of the submissions. */
static const gchar *kind_of(const Answer *answer)
{
    gboolean late = FALSE, incomplete = FALSE, links = FALSE, checking = FALSE;
    if (answer->dossiers->len == 0)
        return "guide";
    for (guint i = 0; i < answer->dossiers->len; i++) {
        const Dossier *dossier = answer->dossiers->pdata[i];
        gboolean accepted = is_status(dossier, "accepted");
        late |= is_status(dossier, "late") || (answer->late && is_too_late(dossier));
        links |= only_links(dossier);
        incomplete |= has_finding(dossier, "waiting_version") ||
                      (!accepted && has_must(dossier) && !only_links(dossier));
        checking |= accepted ? dossier->submission->complete_at == STORE_NULL
                             : !is_status(dossier, "complete");
    }
    return late         ? "late"
           : incomplete ? "received-incomplete"
           : links      ? "cloud-attachment"
           : checking   ? "received-checking"
                        : "received";
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
                       answer->dossiers, number,           hash};
    g_autofree gchar *subject = NULL, *body = NULL, *references = references_of(answer);
    row->kind = (gchar *)kind_of(answer);
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
