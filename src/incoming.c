/* What one mail brings: its forms, scans and other files, and how far its sender may be believed.
 */
#include "incoming.h"

#include "dossier.h"

#include <string.h>

static gboolean sort_parts(Incoming *incoming, Store *store, GError **error);
static gboolean add_forms(Incoming *incoming, Store *store, const Part *part, GError **error);

static void incoming_form_free(IncomingForm *form)
{
    g_free(form->unit);
    g_free(form->code);
    g_free(form->demand);
    g_free(form);
}

Incoming *incoming_load(Store *store, const Mail *mail, GError **error)
{
    g_autoptr(Incoming) incoming = g_new0(Incoming, 1);
    incoming->forms = g_ptr_array_new_with_free_func((GDestroyNotify)incoming_form_free);
    incoming->scans = g_ptr_array_new();
    incoming->others = g_ptr_array_new();
    incoming->containers = g_ptr_array_new();
    incoming->mail = store_mail(store, mail->id, error);
    incoming->parts = incoming->mail != NULL ? store_parts(store, mail->id, error) : NULL;
    if (incoming->parts == NULL || incoming->parts->len == 0 || !sort_parts(incoming, store, error))
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
    incoming->links = (gint64)json_array_size(fact_value(incoming->facts, "mail.links", 0));
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

static gboolean sort_parts(Incoming *incoming, Store *store, GError **error)
{
    for (guint i = 1; i < incoming->parts->len; i++) {
        Part *part = incoming->parts->pdata[i];
        if (part->is_inline)
            continue;
        if (strcmp(part->role, "form") == 0) {
            if (!add_forms(incoming, store, part, error))
                return FALSE;
        } else if (strcmp(part->role, "scan") == 0) {
            g_ptr_array_add(incoming->scans, part);
        } else if (strcmp(part->role, "container") == 0) {
            g_ptr_array_add(incoming->containers, part);
        } else {
            g_ptr_array_add(incoming->others, part);
        }
    }
    return TRUE;
}

static gchar *identity_in(const GPtrArray *facts, const gchar *name, guint form)
{
    const json_t *value = fact_value(facts, name, form);
    return json_is_string(value) ? identity_of(json_string_value(value)) : NULL;
}

static gboolean add_forms(Incoming *incoming, Store *store, const Part *part, GError **error)
{
    g_autoptr(GPtrArray) facts = store_part_facts(store, part->id, error);
    if (facts == NULL)
        return FALSE;
    g_autoptr(GArray) forms = facts_forms(facts);
    for (guint i = 0; i < forms->len; i++) {
        guint n = g_array_index(forms, guint, i);
        IncomingForm *form = g_new(IncomingForm, 1);
        *form = (IncomingForm){part, n, identity_in(facts, "form.unit_name", n),
                               identity_in(facts, "form.credit_code", n),
                               identity_in(facts, "form.demand_name", n)};
        g_ptr_array_add(incoming->forms, form);
    }
    return TRUE;
}

gboolean incoming_has(const Incoming *incoming, const gchar *name)
{
    const json_t *value = fact_value(incoming->facts, name, 0);
    return value != NULL && !json_is_false(value) && !json_is_null(value);
}

gboolean incoming_against(const Incoming *incoming)
{
    return incoming->mail->sender == NULL || incoming_has(incoming, "mail.against");
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
