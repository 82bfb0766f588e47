/* Stage 3: extracted mail → its class; what is a submission goes to attribute.c. */
#include "sort.h"

#include "attribute.h"
#include "dossier.h"
#include "people.h"
#include "store-reply.h"

#include <string.h>

static gboolean sort_mail(const Config *config, const Campaign *campaign, RuleSet *rules,
                          Store *store, const Mail *mail, GError **error);

gboolean sort_mails(const Config *config, const Campaign *campaign, RuleSet *rules, Store *store,
                    GError **error)
{
    g_autoptr(GPtrArray) mails = store_mails_in(store, "extracted", error);
    if (mails == NULL)
        return FALSE;
    for (guint i = 0; i < mails->len; i++)
        if (!store_batch_begin(store, i, error) ||
            !sort_mail(config, campaign, rules, store, mails->pdata[i], error) ||
            !store_batch_end(store, i, mails->len, "sort", error)) {
            store_rollback(store);
            return FALSE;
        }
    return TRUE;
}

static const gchar *class_of(const Config *config, const Mail *mail, const Incoming *incoming,
                             int relevant);

/* One of our answers came back: it stands at that answer, and a person has to reach its receiver.
 */
static gboolean note_bounce(Store *store, const Incoming *incoming, GError **error)
{
    const gchar *message_id = json_string_value(fact_value(incoming->facts, "mail.bounce_of", 0));
    gint64 reply = 0;
    if (message_id != NULL &&
        !store_bounce_add(store, message_id, incoming->mail->id, &reply, error))
        return FALSE;
    if (reply == 0)
        return TRUE;
    g_autofree gchar *receipts = store_reply_receipts(store, reply, error);
    if (receipts == NULL)
        return FALSE;
    people_complain("an answer of ours came back undelivered (%s): reach its receiver another way",
                    *receipts != '\0' ? receipts : "about no submission");
    return TRUE;
}

static gboolean sort_mail(const Config *config, const Campaign *campaign, RuleSet *rules,
                          Store *store, const Mail *mail, GError **error)
{
    g_autoptr(Incoming) incoming = incoming_load(store, campaign, mail, error);
    g_autoptr(Row) row = incoming != NULL ? mail_row(store, campaign, mail, error) : NULL;
    if (row == NULL)
        return FALSE;
    int relevant = ruleset_relevant(rules, row, error);
    if (relevant == -2)
        return FALSE;
    const gchar *class = class_of(config, mail, incoming, relevant);
    gboolean submission = strcmp(class, "submission") == 0;
    if (submission && !attribute_mail(campaign, store, incoming, error))
        return FALSE;
    if (strcmp(class, "bounce") == 0 && !note_bounce(store, incoming, error))
        return FALSE;
    gboolean open = submission || strcmp(class, "question") == 0;
    return store_mail_set_class(store, mail->id, class, error) &&
           store_mail_set_state(store, mail->id, open ? "sorted" : "done", error);
}

/* Somebody has filled one in. */
static gboolean has_filled_form(const Incoming *incoming)
{
    for (guint i = 0; i < incoming->forms->len; i++) {
        const IncomingForm *form = incoming->forms->pdata[i];
        if (form->unit != NULL || form->code != NULL || form->demand != NULL)
            return TRUE;
    }
    return FALSE;
}

/* A unit's office system, or a service that sends its mail, marks what a person sends by it: what
 * has a form is a form, and scans by a list are scans. What is in a bounce or a receipt for reading
 * is ours, coming back. */
static gboolean is_sent_by_program(const Incoming *incoming, const gchar *machine, int relevant)
{
    gboolean list = strcmp(machine, "list") == 0;
    return (incoming->forms->len > 0 && (list || strcmp(machine, "auto") == 0)) ||
           (incoming->scans->len > 0 && list && relevant != 0);
}

static const gchar *class_of(const Config *config, const Mail *mail, const Incoming *incoming,
                             int relevant)
{
    /* Staff may forward to this mailbox what they got elsewhere; the blank form that they sent
     * around is no submission. */
    if (config_is_ours(config, mail->sender))
        return has_filled_form(incoming) ? "submission" : "own";
    const gchar *machine = machine_class(incoming->facts);
    if (machine != NULL && !is_sent_by_program(incoming, machine, relevant))
        return machine;
    if (incoming->forms->len > 0)
        return "submission";
    gboolean may_be_form = incoming->scans->len > 0 || incoming->troubled || incoming->links > 0;
    if (relevant == 0 && may_be_form && incoming->known_sender)
        return "submission";
    /* A message that nobody could read may be anything. */
    if (relevant == 0)
        return incoming->unreadable ? "question" : "unrelated";
    return may_be_form || incoming->others->len > 0 ? "submission" : "question";
}
