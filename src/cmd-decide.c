/* `shoujian decide`: what a person decided, who and why, and what follows from it;
 * one transaction. */
#include "command.h"
#include "error.h"
#include "judge.h"
#include "people.h"
#include "submission.h"
#include "unix-time.h"
#include "version.h"
#include "words.h"

#include <string.h>

/* One decision on its way. */
typedef struct {
    House *house;
    Decision decision; /* its strings are borrowed */
    const gchar *receipt;
    gint64 about; /* the submission that is answered and said at the end; 0: none */
    gchar *said;  /* what happened, in Chinese */
} Deciding;

typedef struct {
    const gchar *word;
    gboolean argument;   /* another word follows */
    gboolean answerable; /* --answer may be given */
    gboolean (*effect)(Deciding *deciding, GError **error);
} Kind;

static gboolean judge_again(Deciding *deciding, GError **error);
static gboolean merge(Deciding *deciding, GError **error);
static gboolean reclassify(Deciding *deciding, GError **error);
static gboolean settle_answers(Deciding *deciding, GError **error);

static const Kind kinds[] = {
    {"accept", FALSE, TRUE, judge_again},     {"reject", FALSE, TRUE, judge_again},
    {"reopen", FALSE, TRUE, judge_again},     {"merge", TRUE, TRUE, merge},
    {"class", TRUE, FALSE, reclassify},       {"sent", FALSE, FALSE, settle_answers},
    {"resend", FALSE, FALSE, settle_answers},
};

static const Kind *parse(const Arguments *arguments, Decision *decision, GError **error);
static gboolean decide(Deciding *deciding, const Kind *kind, gboolean answer, GError **error);

int cmd_decide(House *house, const Arguments *arguments, GError **error)
{
    Deciding deciding = {.house = house, .receipt = arguments_word(arguments, 0)};
    const Kind *kind = parse(arguments, &deciding.decision, error);
    if (kind == NULL || !store_begin(house->store, error))
        return 0;
    if (decide(&deciding, kind, arguments_option(arguments, "--answer") != NULL, error) &&
        store_commit(house->store, "decide", error))
        people_print("%s", deciding.said);
    g_free(deciding.said);
    return 0;
}

static gboolean is_blank(const gchar *text)
{
    g_autofree gchar *stripped = g_strstrip(g_strdup(text != NULL ? text : ""));
    return stripped[0] == '\0';
}

static const Kind *parse(const Arguments *arguments, Decision *decision, GError **error)
{
    const gchar *word = arguments_word(arguments, 1), *argument = arguments_word(arguments, 2);
    const Kind *kind = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].word, word) == 0)
            kind = &kinds[i];
    *decision = (Decision){
        .at = unix_time_now(),
        .what = (gchar *)word,
        .argument = (gchar *)argument,
        .by = (gchar *)arguments_option(arguments, "--by"),
        .why = (gchar *)arguments_option(arguments, "--why"),
    };
    if (kind == NULL)
        sj_fail(error, SJ_ERROR_USAGE,
                "decide accept, reject, reopen, merge, class, sent or resend, not “%s”", word);
    else if (kind->argument && argument == NULL)
        sj_fail(error, SJ_ERROR_USAGE, "%s what?", word);
    else if (!kind->argument && argument != NULL)
        sj_fail(error, SJ_ERROR_USAGE, "what is “%s”?", argument);
    else if (is_blank(decision->by) || is_blank(decision->why))
        sj_fail(error, SJ_ERROR_USAGE, "say who decides and why: --by NAME --why TEXT");
    else if (!kind->answerable && arguments_option(arguments, "--answer") != NULL)
        sj_fail(error, SJ_ERROR_USAGE, "%s is not answered: leave --answer out", word);
    else
        return kind;
    return NULL;
}

static gboolean decide(Deciding *deciding, const Kind *kind, gboolean answer, GError **error)
{
    House *house = deciding->house;
    return kind->effect(deciding, error) &&
           (!answer || reply_about(house->config, house->campaign, house->texts, house->store,
                                   deciding->about, error));
}

static gchar *status_words(Deciding *deciding, GError **error)
{
    g_autoptr(Submission) submission =
        store_submission(deciding->house->store, deciding->about, error);
    if (submission == NULL)
        return NULL;
    return g_strdup_printf("%s 现为：%s", submission->receipt, words_status(submission->status));
}

/* The judgement takes the decision into the status. */
static gboolean judge_again(Deciding *deciding, GError **error)
{
    House *house = deciding->house;
    g_autoptr(Submission) submission = submission_living(house->store, deciding->receipt, error);
    if (submission == NULL ||
        !store_decision_add(house->store, submission->id, &deciding->decision, error) ||
        !judge_submission(house->campaign, house->rules, house->store, submission->id, error))
        return FALSE;
    deciding->about = submission->id;
    deciding->said = status_words(deciding, error);
    return deciding->said != NULL;
}

/* The decision is written at both, each with the receipt of the other. */
static gboolean merge(Deciding *deciding, GError **error)
{
    House *house = deciding->house;
    g_autoptr(Submission) from = submission_living(house->store, deciding->receipt, error);
    g_autoptr(Submission) into =
        from != NULL ? submission_living(house->store, deciding->decision.argument, error) : NULL;
    if (into == NULL)
        return FALSE;
    if (from->id == into->id)
        return sj_fail(error, SJ_ERROR_USAGE, "%s cannot be merged into itself", from->receipt);
    Decision other = deciding->decision;
    other.argument = from->receipt;
    if (!store_decision_add(house->store, from->id, &deciding->decision, error) ||
        !store_decision_add(house->store, into->id, &other, error) ||
        !store_submission_merge(house->store, from->id, into->id, error) ||
        !versions_settle(house->store, house->campaign, into->id, error) ||
        !judge_submission(house->campaign, house->rules, house->store, into->id, error))
        return FALSE;
    deciding->about = into->id;
    g_autofree gchar *now = status_words(deciding, error);
    if (now == NULL)
        return FALSE;
    deciding->said = g_strdup_printf("%s 已并入 %s；%s", from->receipt, into->receipt, now);
    return TRUE;
}

static gboolean reclassify_mail(Store *store, const Mail *mail, gint64 submission,
                                const gchar *class, GError **error);

/* Answers about this submission alone that did not go out yet. */
static gboolean withdraw_answers(Store *store, gint64 submission, GError **error)
{
    g_autoptr(GPtrArray) replies = store_submission_replies(store, submission, error);
    if (replies == NULL)
        return FALSE;
    for (guint i = 0; i < replies->len; i++) {
        const ReplyRow *reply = replies->pdata[i];
        g_autoptr(GArray) about = store_reply_submissions(store, reply->id, error);
        if (about == NULL)
            return FALSE;
        gboolean waits = strcmp(reply->state, "queued") == 0 || strcmp(reply->state, "held") == 0;
        if (waits && about->len == 1 && !store_reply_remove(store, reply->id, error))
            return FALSE;
    }
    return TRUE;
}

/* Its mail is of another class, and so it is no submission. */
static gboolean reclassify(Deciding *deciding, GError **error)
{
    static const gchar *const classes[] = {"question", "auto", "bounce",    "receipt",
                                           "list",     "own",  "unrelated", NULL};
    const gchar *class = deciding->decision.argument;
    if (!g_strv_contains(classes, class))
        return sj_fail(
            error, SJ_ERROR_USAGE,
            "a class is question, auto, bounce, receipt, list, own or unrelated, not “%s”", class);
    Store *store = deciding->house->store;
    g_autoptr(Submission) submission = submission_living(store, deciding->receipt, error);
    g_autoptr(GPtrArray) mails =
        submission != NULL ? store_submission_mails(store, submission->id, error) : NULL;
    if (mails == NULL || !store_decision_add(store, submission->id, &deciding->decision, error))
        return FALSE;
    for (guint i = 0; i < mails->len; i++)
        if (!reclassify_mail(store, mails->pdata[i], submission->id, class, error))
            return FALSE;
    deciding->said = g_strdup_printf("%s 不再作为报送材料，邮件改列为：%s", submission->receipt,
                                     words_class(class));
    return store_submission_drop(store, submission->id, error) &&
           withdraw_answers(store, submission->id, error);
}

/* A mail that another submission rests on too stays what it is. */
static gboolean reclassify_mail(Store *store, const Mail *mail, gint64 submission,
                                const gchar *class, GError **error)
{
    g_autoptr(GPtrArray) changes = store_mail_changes(store, mail->id, error);
    if (changes == NULL)
        return FALSE;
    for (guint i = 0; i < changes->len; i++) {
        gint64 id = ((const MailChange *)changes->pdata[i])->submission;
        g_autoptr(Submission) other = store_submission(store, id, error);
        if (other == NULL)
            return FALSE;
        if (id != submission && !other->dropped && other->merged_into == STORE_NULL)
            return TRUE;
    }
    return store_mail_set_class(store, mail->id, class, error);
}

static gboolean settle_answer(Store *store, ReplyRow *reply, gboolean sent, gint64 now,
                              gboolean *settled, GError **error);

/* Answers of which nobody knows (sent), or that did not go out by themselves (resend). */
static gboolean settle_answers(Deciding *deciding, GError **error)
{
    Store *store = deciding->house->store;
    gboolean sent = strcmp(deciding->decision.what, "sent") == 0;
    g_autoptr(Submission) submission = store_submission_find(store, deciding->receipt, error);
    g_autoptr(GPtrArray) replies =
        submission != NULL ? store_submission_replies(store, submission->id, error) : NULL;
    if (replies == NULL || !store_decision_add(store, submission->id, &deciding->decision, error))
        return FALSE;
    guint count = 0;
    for (guint i = 0; i < replies->len; i++) {
        gboolean settled;
        if (!settle_answer(store, replies->pdata[i], sent, deciding->decision.at, &settled, error))
            return FALSE;
        count += settled ? 1 : 0;
    }
    if (count == 0)
        return sj_fail(error, SJ_ERROR_DATA, "%s has no answer that is %s", deciding->receipt,
                       sent ? "unknown" : "unknown, failed or held");
    deciding->said =
        g_strdup_printf(sent ? "%s 的 %u 封答复记为：已发送" : "%s 的 %u 封答复将重新发送",
                        deciding->receipt, count);
    return TRUE;
}

static gboolean settle_answer(Store *store, ReplyRow *reply, gboolean sent, gint64 now,
                              gboolean *settled, GError **error)
{
    gboolean unknown = strcmp(reply->state, "unknown") == 0;
    *settled =
        unknown ||
        (!sent && (strcmp(reply->state, "failed") == 0 || strcmp(reply->state, "held") == 0));
    if (!*settled)
        return TRUE;
    g_autofree gchar *was = g_strdup(reply->state);
    if (sent) {
        reply_row_set_state(reply, "sent");
        reply->sent_at = reply->tried_at != STORE_NULL ? reply->tried_at : now;
    } else {
        reply_row_set_state(reply, "queued");
        reply->due_at = now;
        reply->tries = 0;
    }
    return store_reply_set(store, reply, was, NULL, error);
}
