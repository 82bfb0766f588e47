/* Stage 4: the submissions that a poll touched, judged by the campaign's rules. */
#include "judge.h"

#include "dossier.h"
#include "words.h"

#include <string.h>

/* How far the provider's time of receipt and its own Received line may lie apart. */
#define CLOCK_TOLERANCE (10 * 60)

static gboolean judge_mail(const Config *config, const Campaign *campaign, RuleSet *rules,
                           const ReplyTexts *texts, Store *store, const Mail *mail,
                           GHashTable *judged, GError **error);

gboolean judge_mails(const Config *config, const Campaign *campaign, RuleSet *rules,
                     const ReplyTexts *texts, Store *store, GError **error)
{
    g_autoptr(GPtrArray) mails = store_mails_in(store, "sorted", error);
    if (mails == NULL)
        return FALSE;
    /* All mail is sorted: what five hundred mails are about is judged once. */
    g_autoptr(GHashTable) judged = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < mails->len; i++)
        if (!store_batch_begin(store, i, error) ||
            !judge_mail(config, campaign, rules, texts, store, mails->pdata[i], judged, error) ||
            !store_batch_end(store, i, mails->len, "judge", error)) {
            store_rollback(store);
            return FALSE;
        }
    return TRUE;
}

static gboolean judge_mail(const Config *config, const Campaign *campaign, RuleSet *rules,
                           const ReplyTexts *texts, Store *store, const Mail *mail,
                           GHashTable *judged, GError **error)
{
    g_autoptr(GPtrArray) changes = store_mail_changes(store, mail->id, error);
    if (changes == NULL)
        return FALSE;
    g_autoptr(GArray) submissions = g_array_new(FALSE, FALSE, sizeof(gint64));
    gboolean news = g_strcmp0(mail->class, "question") == 0;
    for (guint i = 0; i < changes->len; i++) {
        const MailChange *change = changes->pdata[i];
        if (g_hash_table_add(judged, g_memdup2(&change->submission, sizeof(gint64))) &&
            !judge_submission(campaign, rules, store, change->submission, error))
            return FALSE;
        news |= strcmp(change->change, "same") != 0;
        g_array_append_val(submissions, change->submission);
    }
    return store_mail_set_state(store, mail->id, "done", error) &&
           (!news || reply_queue(config, campaign, texts, store, mail, submissions, error));
}

/* What is judged, and what was found so far. */
typedef struct {
    const Campaign *campaign;
    RuleSet *rules;
    Store *store;
    const Dossier *dossier;
    const Row *row;
    gboolean blank; /* the standing form is the untouched one */
    GPtrArray *findings;
    GPtrArray *after; /* … about mail that came when all was complete already */
} Judgement;

static gboolean find_by_program(Judgement *judgement, gboolean *delayed, GError **error);
static gboolean find_by_rules(Judgement *judgement, gboolean delayed, GError **error);
static const gchar *status_of(const Judgement *judgement);

gboolean judge_submission(const Campaign *campaign, RuleSet *rules, Store *store, gint64 id,
                          GError **error)
{
    g_autoptr(Dossier) dossier = dossier_load(store, id, error);
    g_autoptr(Row) row = dossier != NULL ? dossier_row(store, campaign, dossier, error) : NULL;
    if (row == NULL)
        return FALSE;
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    g_autoptr(GPtrArray) after = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    Judgement judgement = {campaign, rules, store, dossier, row, FALSE, findings, after};
    gboolean delayed;
    if (!version_is_blank(store, dossier->standing, &judgement.blank, error) ||
        !find_by_program(&judgement, &delayed, error) || !find_by_rules(&judgement, delayed, error))
        return FALSE;
    Submission *submission = dossier->submission;
    g_free(submission->status);
    submission->status = g_strdup(status_of(&judgement));
    g_ptr_array_extend_and_steal(findings, g_steal_pointer(&after));
    return store_findings_set(store, id, findings, error) &&
           store_submission_set(store, submission, error);
}

/* A hundred files of one name, or the same file in a hundred mails, are one finding. */
static void add_finding(Judgement *judgement, GPtrArray *findings, const gchar *name,
                        const gchar *object)
{
    g_autoptr(Finding) finding = ruleset_finding(judgement->rules, name, object, judgement->row);
    if (!findings_have(findings, finding))
        g_ptr_array_add(findings, g_steal_pointer(&finding));
}

static void found(Judgement *judgement, const gchar *name, const gchar *object)
{
    add_finding(judgement, judgement->findings, name, object);
}

static gboolean find_troubles(Judgement *judgement, GError **error);
static gboolean find_other_forms(Judgement *judgement, GError **error);
static gboolean find_links(Judgement *judgement, GError **error);
static gboolean find_delay(Judgement *judgement, gboolean *delayed, GError **error);

/* A newer form that stands when its scan comes. */
static gboolean has_waiting(const Dossier *dossier)
{
    for (guint i = 0; i < dossier->versions->len; i++)
        if (strcmp(((const Version *)dossier->versions->pdata[i])->state, "waiting") == 0)
            return TRUE;
    return FALSE;
}

static gboolean find_by_program(Judgement *judgement, gboolean *delayed, GError **error)
{
    gboolean late;
    if (!find_troubles(judgement, error) || !find_other_forms(judgement, error) ||
        !find_links(judgement, error) || !find_delay(judgement, delayed, error) ||
        !store_submission_has_late(judgement->store, judgement->dossier->submission->id, &late,
                                   error))
        return FALSE;
    if (judgement->blank)
        found(judgement, "template_untouched", NULL);
    if (late)
        found(judgement, "late_version", NULL);
    if (has_waiting(judgement->dossier))
        found(judgement, "waiting_version", NULL);
    const GPtrArray *candidates = judgement->dossier->candidates;
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = candidates->pdata[i];
        g_autofree gchar *object = words_attribution(candidate->reason, candidate->receipt);
        found(judgement, "attribution", object);
    }
    return TRUE;
}

/* A note that the campaign has words for is a finding of that name; any other is a file that could
 * not be read. What is wrong in mail that came after a complete version takes nothing from it: a
 * person looks. Of what came after the deadline late_version tells. */
static gboolean find_troubles(Judgement *judgement, GError **error)
{
    g_autoptr(GPtrArray) troubles = dossier_troubles(judgement->store, judgement->dossier, error);
    if (troubles == NULL)
        return FALSE;
    gint64 complete_at = judgement->dossier->submission->complete_at;
    gint64 deadline = judgement->campaign->deadline;
    for (guint i = 0; i < troubles->len; i++) {
        const Trouble *trouble = troubles->pdata[i];
        gboolean after = complete_at != STORE_NULL && trouble->received_at > complete_at;
        if (after && complete_at < deadline && trouble->received_at >= deadline)
            continue;
        const gchar *dot = strrchr(trouble->note, '.');
        const gchar *name = dot != NULL ? dot + 1 : trouble->note;
        if (campaign_finding(judgement->campaign, name) == NULL)
            name = "unread_file";
        const gchar *object = trouble->object[0] != '\0' ? trouble->object : words_said("the-mail");
        add_finding(judgement, after ? judgement->after : judgement->findings, name, object);
    }
    return TRUE;
}

/* The form under another year's title; or, while there is none, documents that are another form. */
static gboolean find_other_forms(Judgement *judgement, GError **error)
{
    const Dossier *dossier = judgement->dossier;
    gboolean has_form = version_has_form(dossier->standing);
    for (guint i = 0; i < dossier->files->len; i++) {
        const Part *part = dossier->files->pdata[i];
        g_autoptr(GPtrArray) facts = store_part_facts(judgement->store, part->id, error);
        if (facts == NULL)
            return FALSE;
        guint form = has_form ? (guint)dossier->standing->form : 0;
        const json_t *other_year = fact_value(facts, "form.other_year", form);
        if (has_form && part->id == dossier->standing->form_part &&
            json_integer_value(other_year) == 1)
            found(judgement, "other_year_title", part->name);
        for (guint f = 0; f < facts->len && !has_form; f++)
            if (strcmp(((const Fact *)facts->pdata[f])->name, "form.other") == 0) {
                found(judgement, "not_this_form", part->name);
                break;
            }
    }
    return TRUE;
}

static void report_link(Judgement *judgement, const json_t *link)
{
    const gchar *name = link_says(link, "name"), *url = link_says(link, "url");
    g_autofree gchar *object = words_link(name != NULL  ? name
                                          : url != NULL ? url
                                                        : words_said("no-name"),
                                          link_says(link, "size"), link_says(link, "expires"));
    found(judgement, "cloud_attachment", object);
}

/* Files that are only linked, while something is missing: it may be there. */
static gboolean find_links(Judgement *judgement, GError **error)
{
    const Dossier *dossier = judgement->dossier;
    if (dossier->submission->complete_at != STORE_NULL)
        return TRUE;
    for (guint i = 0; i < dossier->mails->len; i++) {
        g_autoptr(GPtrArray) links = mail_links(judgement->store, dossier->mails->pdata[i], error);
        if (links == NULL)
            return FALSE;
        for (guint l = 0; l < links->len; l++)
            report_link(judgement, links->pdata[l]);
    }
    return TRUE;
}

static gint64 moment_in(const json_t *received, const gchar *which)
{
    const json_t *moment = json_object_get(received, which);
    return json_is_integer(moment) ? json_integer_value(moment) : STORE_NULL;
}

/* Both times, since a person has to decide by them. */
static void found_delay(Judgement *judgement, gint64 received_at, gint64 on_the_way)
{
    g_autofree gchar *received = campaign_time_words(judgement->campaign, received_at);
    g_autofree gchar *recorded = campaign_time_words(judgement->campaign, on_the_way);
    g_autofree gchar *object = words_transit(received, recorded);
    found(judgement, "delayed_delivery", object);
}

/* Mail that was handed over before the deadline and delivered after it, or whose two times of
 * receipt do not fit. *delayed is about the mail that completed the submission. */
static gboolean find_delay(Judgement *judgement, gboolean *delayed, GError **error)
{
    const Dossier *dossier = judgement->dossier;
    gint64 deadline = judgement->campaign->deadline;
    *delayed = FALSE;
    for (guint i = 0; i < dossier->mails->len; i++) {
        const Mail *mail = dossier->mails->pdata[i];
        if (strcmp(mail->clock, "said") == 0)
            continue;
        g_autoptr(GPtrArray) facts = store_message_facts(judgement->store, mail->id, error);
        if (facts == NULL)
            return FALSE;
        const json_t *received = fact_value(facts, "mail.received", 0);
        gint64 first = moment_in(received, "first"), top = moment_in(received, "top");
        gboolean late = mail->received_at >= deadline && first != STORE_NULL && first < deadline;
        gboolean apart = top != STORE_NULL && (top < mail->received_at - CLOCK_TOLERANCE ||
                                               top > mail->received_at + CLOCK_TOLERANCE);
        *delayed |= late && mail->received_at == dossier->submission->complete_at;
        if (late || apart)
            found_delay(judgement, mail->received_at, late ? first : top);
    }
    return TRUE;
}

static gboolean find_by_rules(Judgement *judgement, gboolean delayed, GError **error)
{
    gboolean form_read = version_has_form(judgement->dossier->standing) && !judgement->blank;
    g_autoptr(GPtrArray) ruled = ruleset_judge(judgement->rules, judgement->row, form_read, error);
    if (ruled == NULL)
        return FALSE;
    for (guint i = ruled->len; i-- > 0;)
        if (delayed && ((const Finding *)ruled->pdata[i])->level == LEVEL_LATE)
            g_ptr_array_remove_index(ruled, i);
    g_ptr_array_extend_and_steal(judgement->findings, g_steal_pointer(&ruled));
    return TRUE;
}

static const gchar *decided_status(const GPtrArray *decisions)
{
    const gchar *status = NULL;
    for (guint i = 0; i < decisions->len; i++) {
        const gchar *what = ((const Decision *)decisions->pdata[i])->what;
        if (strcmp(what, "accept") == 0)
            status = "accepted";
        else if (strcmp(what, "reject") == 0)
            status = "rejected";
        else if (strcmp(what, "reopen") == 0)
            status = NULL;
    }
    return status;
}

/* The first that applies. */
static const gchar *status_of(const Judgement *judgement)
{
    const gchar *decided = decided_status(judgement->dossier->decisions);
    if (decided != NULL)
        return decided;
    gboolean late = FALSE, must = FALSE, person = judgement->after->len > 0;
    for (guint i = 0; i < judgement->findings->len; i++) {
        const Finding *finding = judgement->findings->pdata[i];
        late |= finding->level == LEVEL_LATE;
        must |= finding->level == LEVEL_MUST && !finding->person;
        /* What came after the deadline waits for a person and changes nothing until then. */
        person |= finding->person && strcmp(finding->rule, "late_version") != 0;
    }
    return late ? "late" : must ? "incomplete" : person ? "review" : "complete";
}
