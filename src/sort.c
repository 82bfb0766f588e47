/* Stage 3: extracted mail → its class; what is a submission goes to attribute.c. */
#include "sort.h"

#include "attribute.h"
#include "dossier.h"

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

static const gchar *class_of(const Config *config, const Mail *mail, const Incoming *incoming,
                             int relevant)
{
    /* Staff may forward to this mailbox what they got elsewhere; the blank form that they sent
     * around is no submission. */
    if (config_is_ours(config, mail->sender))
        return has_filled_form(incoming) ? "submission" : "own";
    const gchar *machine = machine_class(incoming->facts);
    /* A form that a unit's office system sends is a form; one in a bounce is ours coming back. */
    if (incoming->forms->len > 0 && (machine == NULL || strcmp(machine, "bounce") != 0))
        return "submission";
    if (machine != NULL)
        return machine;
    gboolean may_be_form = incoming->scans->len > 0 || incoming->troubled;
    if (relevant == 0 && may_be_form && incoming->known_sender)
        return "submission";
    /* A message that nobody could read may be anything. */
    if (relevant == 0)
        return incoming->unreadable ? "question" : "unrelated";
    return may_be_form || incoming->others->len > 0 || incoming->links > 0 ? "submission"
                                                                           : "question";
}
