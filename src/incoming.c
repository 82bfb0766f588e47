/* What one mail brings: its forms, scans and other files,
 * and how far its sender may be believed. */
#include "incoming.h"

#include "dossier.h"
#include "error.h"

#include <string.h>

#define FORMS_LIMIT 300 /* of one mail; documents beyond are its other files */

static gboolean sort_parts(Incoming *incoming, const Campaign *campaign, Store *store,
                           GError **error);
static gboolean add_forms(Incoming *incoming, const Campaign *campaign, Store *store,
                          const Part *part, GError **error);
static void drop_templates(Incoming *incoming);

static void incoming_form_free(IncomingForm *form)
{
    g_free(form->unit);
    g_free(form->code);
    g_free(form->demand);
    g_free(form);
}

Incoming *incoming_load(Store *store, const Campaign *campaign, const Mail *mail, GError **error)
{
    g_autoptr(Incoming) incoming = g_new0(Incoming, 1);
    incoming->forms = g_ptr_array_new_with_free_func((GDestroyNotify)incoming_form_free);
    incoming->scans = g_ptr_array_new();
    incoming->others = g_ptr_array_new();
    incoming->containers = g_ptr_array_new();
    incoming->mail = store_mail(store, mail->id, error);
    incoming->parts = incoming->mail != NULL ? store_parts(store, mail->id, error) : NULL;
    if (incoming->parts != NULL && incoming->parts->len == 0)
        sj_fail(error, SJ_ERROR_DATA, "mail %s was not extracted", incoming->mail->sha256);
    if (incoming->parts == NULL || incoming->parts->len == 0 ||
        !sort_parts(incoming, campaign, store, error))
        return NULL;
    const Part *root = incoming->parts->pdata[0];
    incoming->facts = store_part_facts(store, root->id, error);
    g_autoptr(GPtrArray) troubles =
        incoming->facts != NULL ? store_troubles(store, mail->id, error) : NULL;
    g_autoptr(GPtrArray) submissions = troubles != NULL && mail->sender != NULL
                                           ? store_submissions_from(store, mail->sender, error)
                                           : g_ptr_array_new();
    if (troubles == NULL || submissions == NULL)
        return NULL;
    g_autoptr(GPtrArray) links = mail_links(store, mail, error);
    if (links == NULL)
        return NULL;
    incoming->links = links->len;
    incoming->troubled = troubles->len > 0;
    for (guint i = 0; i < troubles->len; i++)
        incoming->unreadable |= ((const Trouble *)troubles->pdata[i])->part == root->id;
    incoming->known_sender = submissions->len > 0;
    return g_steal_pointer(&incoming);
}

void incoming_free(Incoming *incoming)
{
    if (incoming == NULL)
        return;
    g_clear_pointer(&incoming->mail, mail_free);
    g_clear_pointer(&incoming->facts, g_ptr_array_unref);
    g_ptr_array_unref(incoming->forms);
    g_ptr_array_unref(incoming->scans);
    g_ptr_array_unref(incoming->others);
    g_ptr_array_unref(incoming->containers);
    g_clear_pointer(&incoming->parts, g_ptr_array_unref);
    g_free(incoming);
}

static gboolean sort_parts(Incoming *incoming, const Campaign *campaign, Store *store,
                           GError **error)
{
    for (guint i = 1; i < incoming->parts->len; i++) {
        Part *part = incoming->parts->pdata[i];
        if (part->is_inline)
            continue;
        if (strcmp(part->role, "form") == 0 && incoming->forms->len < FORMS_LIMIT) {
            if (!add_forms(incoming, campaign, store, part, error))
                return FALSE;
        } else if (strcmp(part->role, "scan") == 0) {
            g_ptr_array_add(incoming->scans, part);
        } else if (strcmp(part->role, "container") == 0) {
            g_ptr_array_add(incoming->containers, part);
        } else {
            g_ptr_array_add(incoming->others, part);
        }
    }
    drop_templates(incoming);
    return TRUE;
}

/* A template sent along with filled forms is one of the other files. */
static void drop_templates(Incoming *incoming)
{
    guint filled = 0;
    for (guint i = 0; i < incoming->forms->len; i++)
        filled += ((const IncomingForm *)incoming->forms->pdata[i])->blank ? 0 : 1;
    for (guint i = incoming->forms->len; filled > 0 && i-- > 0;) {
        const IncomingForm *form = incoming->forms->pdata[i];
        if (!form->blank)
            continue;
        g_ptr_array_add(incoming->others, (gpointer)form->part);
        g_ptr_array_remove_index(incoming->forms, i);
    }
}

/* What stands in the fields that the campaign says are its unit, code or demand (WHAT),
 * together. */
static gchar *identity_in(const Campaign *campaign, const gchar *what, const GPtrArray *facts,
                          guint form)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        if (g_strcmp0(field->identity, what) != 0)
            continue;
        g_autofree gchar *name = g_strconcat("form.", field->key, NULL);
        const json_t *value = fact_value(facts, name, form);
        if (json_is_string(value))
            g_string_append(text, json_string_value(value));
    }
    return identity_of(text->str);
}

static gboolean add_forms(Incoming *incoming, const Campaign *campaign, Store *store,
                          const Part *part, GError **error)
{
    g_autoptr(GPtrArray) facts = store_part_facts(store, part->id, error);
    if (facts == NULL)
        return FALSE;
    g_autoptr(GArray) forms = facts_forms(facts);
    for (guint i = 0; i < forms->len; i++) {
        guint n = g_array_index(forms, guint, i);
        IncomingForm *form = g_new(IncomingForm, 1);
        *form = (IncomingForm){part,
                               n,
                               json_is_true(fact_value(facts, "form.blank", n)),
                               identity_in(campaign, "unit", facts, n),
                               identity_in(campaign, "code", facts, n),
                               identity_in(campaign, "demand", facts, n)};
        g_ptr_array_add(incoming->forms, form);
    }
    return TRUE;
}

const GPtrArray *incoming_files(const Incoming *incoming, guint kind)
{
    const GPtrArray *kinds[] = {incoming->scans, incoming->others, incoming->containers};
    return kind < G_N_ELEMENTS(kinds) ? kinds[kind] : NULL;
}

/* The message has the fact NAME, and it is not false. */
static gboolean is_marked(const GPtrArray *facts, const gchar *name)
{
    const json_t *value = fact_value(facts, name, 0);
    return value != NULL && !json_is_false(value) && !json_is_null(value);
}

const gchar *machine_class(const GPtrArray *facts)
{
    static const struct {
        const char *mark, *class;
    } marks[] = {{"mail.bounce", "bounce"},
                 {"mail.receipt", "receipt"},
                 {"mail.list", "list"},
                 {"mail.automatic", "auto"}};
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (is_marked(facts, marks[i].mark))
            return marks[i].class;
    return NULL;
}

gboolean incoming_same_address(const gchar *a, const gchar *b)
{
    return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

gboolean incoming_against(const Incoming *incoming)
{
    return incoming->mail->sender == NULL ||
           (incoming->mail->sender_proved != 1 && is_marked(incoming->facts, "mail.against"));
}

const gchar *incoming_route(const Incoming *incoming)
{
    return json_string_value(
        json_object_get(fact_value(incoming->facts, "mail.received", 0), "from"));
}

gchar *identity_of(const gchar *text)
{
    g_autofree gchar *normal = g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE);
    if (normal == NULL)
        return NULL;
    g_autoptr(GString) kept = g_string_new(NULL);
    for (const gchar *at = normal; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isalnum(c))
            g_string_append_unichar(kept, c);
    }
    return kept->len > 0 ? g_utf8_casefold(kept->str, -1) : NULL;
}
