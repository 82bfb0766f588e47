/* All that the store knows of one submission, loaded together. */
#include "dossier.h"

#include "error.h"

#include <string.h>

#define OTHER_NAMES_LIMIT 10 /* who sends a thousand forms of one code is not told of by name */

static const Version *find_standing(const Dossier *dossier);

Dossier *dossier_load(Store *store, gint64 id, GError **error)
{
    g_autoptr(Dossier) dossier = g_new0(Dossier, 1);
    if (!(dossier->submission = store_submission(store, id, error)) ||
        !(dossier->versions = store_versions(store, id, error)) ||
        !(dossier->mails = store_submission_mails(store, id, error)) ||
        !(dossier->candidates = store_candidates(store, id, error)) ||
        !(dossier->findings = store_findings(store, id, error)) ||
        !(dossier->decisions = store_decisions(store, id, error)) ||
        !(dossier->replies = store_submission_replies(store, id, error)))
        return NULL;
    dossier->standing = find_standing(dossier);
    dossier->files = dossier->standing != NULL
                         ? store_version_files(store, dossier->standing->id, error)
                         : g_ptr_array_new_with_free_func((GDestroyNotify)part_free);
    return dossier->files != NULL ? g_steal_pointer(&dossier) : NULL;
}

static const Version *find_standing(const Dossier *dossier)
{
    for (guint i = 0; i < dossier->versions->len; i++) {
        const Version *version = dossier->versions->pdata[i];
        if (version->id == dossier->submission->standing)
            return version;
    }
    return NULL;
}

void dossier_free(Dossier *dossier)
{
    if (dossier == NULL)
        return;
    g_clear_pointer(&dossier->submission, submission_free);
    GPtrArray *lists[] = {dossier->versions,   dossier->files,    dossier->mails,
                          dossier->candidates, dossier->findings, dossier->decisions,
                          dossier->replies};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        g_clear_pointer(&lists[i], g_ptr_array_unref);
    g_free(dossier);
}

/* Fact* of the document of VERSION's form; without a form none. */
static GPtrArray *form_facts(Store *store, const Version *version, GError **error)
{
    return version_has_form(version) ? store_part_facts(store, version->form_part, error)
                                     : g_ptr_array_new();
}

/* What stands in FIELD; NULL: it was not read. */
static const json_t *field_value(const GPtrArray *facts, const Version *version, const Field *field)
{
    g_autofree gchar *name = g_strconcat("form.", field->key, NULL);
    return version_has_form(version) ? fact_value(facts, name, (guint)version->form) : NULL;
}

/* A fact about the form of VERSION, or about its document; NULL: there is none. */
static const json_t *form_fact(const GPtrArray *facts, const Version *version, const gchar *name)
{
    if (!version_has_form(version))
        return NULL;
    const json_t *value = fact_value(facts, name, (guint)version->form);
    return value != NULL ? value : fact_value(facts, name, 0);
}

GHashTable *version_fields(Store *store, const Campaign *campaign, const Version *version,
                           GError **error)
{
    g_autoptr(GPtrArray) facts = form_facts(store, version, error);
    if (facts == NULL)
        return NULL;
    GHashTable *fields =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)json_decref);
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        const json_t *value = field_value(facts, version, field);
        if (value != NULL)
            g_hash_table_insert(fields, field->key, json_incref((json_t *)value));
    }
    return fields;
}

gboolean version_is_blank(Store *store, const Version *version, gboolean *blank, GError **error)
{
    g_autoptr(GPtrArray) facts = form_facts(store, version, error);
    if (facts == NULL)
        return FALSE;
    *blank = json_is_true(form_fact(facts, version, "form.blank"));
    return TRUE;
}

gboolean version_is_filled(Store *store, const Version *version, gboolean *filled, GError **error)
{
    gboolean blank, done = version_is_blank(store, version, &blank, error);
    *filled = done && version_has_form(version) && !blank;
    return done;
}

/* What could not be read in MAIL does not matter any more: a newer version stands, or what was
 * missing came after it. */
static gboolean is_superseded(const Version *standing, const Mail *mail)
{
    return standing != NULL &&
           (mail->received_at < standing->received_at ||
            (standing->complete_at != STORE_NULL && mail->received_at < standing->complete_at));
}

GPtrArray *dossier_troubles(Store *store, const Dossier *dossier, GError **error)
{
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func((GDestroyNotify)trouble_free);
    for (guint i = 0; i < dossier->mails->len; i++) {
        const Mail *mail = dossier->mails->pdata[i];
        if (is_superseded(dossier->standing, mail))
            continue;
        GPtrArray *found = store_troubles(store, mail->id, error);
        if (found == NULL)
            return NULL;
        g_ptr_array_extend_and_steal(troubles, found);
    }
    return g_steal_pointer(&troubles);
}

static guint count_role(const GPtrArray *parts, const gchar *role)
{
    guint count = 0;
    for (guint i = 0; i < parts->len; i++)
        count += !((const Part *)parts->pdata[i])->is_inline &&
                 strcmp(((const Part *)parts->pdata[i])->role, role) == 0;
    return count;
}

static guint count_parts(const GPtrArray *troubles)
{
    g_autoptr(GHashTable) parts = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < troubles->len; i++)
        g_hash_table_add(parts, &((Trouble *)troubles->pdata[i])->part);
    return g_hash_table_size(parts);
}

GPtrArray *mail_links(Store *store, const Mail *mail, GError **error)
{
    g_autoptr(GPtrArray) facts = store_mail_facts(store, mail->id, "mail.links", error);
    if (facts == NULL)
        return NULL;
    GPtrArray *links = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    for (guint i = 0; i < facts->len; i++) {
        const json_t *list = ((const Fact *)facts->pdata[i])->value;
        for (gsize l = 0; l < json_array_size(list); l++)
            g_ptr_array_add(links, json_incref(json_array_get(list, l)));
    }
    return links;
}

const gchar *link_says(const json_t *link, const gchar *what)
{
    const gchar *text = json_string_value(json_object_get(link, what));
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static void add_name(GString *names, const gchar *name)
{
    if (name != NULL && name[0] != '\0')
        g_string_append_printf(names, "%s%s", names->len > 0 ? "\n" : "", name);
}

/* Of the files in a mail (PARTS), and of those that it only links to. */
static gchar *join_names(const GPtrArray *parts, const GPtrArray *links)
{
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++)
        if (((const Part *)parts->pdata[i])->parent != STORE_NULL)
            add_name(names, ((const Part *)parts->pdata[i])->name);
    for (guint i = 0; i < links->len; i++)
        add_name(names, link_says(links->pdata[i], "name"));
    return g_string_free(names, FALSE);
}

static const gchar *domain_of(const gchar *address)
{
    const gchar *at = address != NULL ? strrchr(address, '@') : NULL;
    return at != NULL ? at + 1 : NULL;
}

/* The columns that a mail's row has too, but for the counts. */
static gboolean set_mail(Row *row, Store *store, const Campaign *campaign, const Mail *mail,
                         const GPtrArray *parts, const GPtrArray *links, GError **error)
{
    g_autoptr(GPtrArray) facts = store_message_facts(store, mail->id, error);
    if (facts == NULL)
        return FALSE;
    row_set_text(row, "sender", mail->sender);
    row_set_text(row, "sender_domain", domain_of(mail->sender));
    if (mail->sender_proved != STORE_NULL)
        row_set_int(row, "sender_proved", mail->sender_proved);
    else
        row_set_null(row, "sender_proved");
    row_set_text(row, "subject", mail->subject != NULL ? mail->subject : "");
    g_autofree gchar *names = join_names(parts, links);
    row_set_text(row, "names", names);
    row_set_time(row, "received_at", mail->received_at);
    row_set_time(row, "opens", campaign->opens);
    row_set_time(row, "deadline", campaign->deadline);
    row_set_time(row, "closes", campaign->closes);
    const json_t *body = fact_value(facts, "mail.body", 0);
    row_set_text(row, "body", json_is_string(body) ? json_string_value(body) : "");
    return TRUE;
}

Row *mail_row(Store *store, const Campaign *campaign, const Mail *mail, GError **error)
{
    g_autoptr(Row) row = row_new();
    g_autoptr(GPtrArray) parts = store_parts(store, mail->id, error);
    g_autoptr(GPtrArray) troubles = parts != NULL ? store_troubles(store, mail->id, error) : NULL;
    g_autoptr(GPtrArray) links = troubles != NULL ? mail_links(store, mail, error) : NULL;
    if (links == NULL || !set_mail(row, store, campaign, mail, parts, links, error))
        return NULL;
    row_set_int(row, "form_count", count_role(parts, "form"));
    row_set_int(row, "scan_count", count_role(parts, "scan"));
    row_set_int(row, "other_count", count_role(parts, "other"));
    row_set_int(row, "cloud_count", links->len);
    row_set_int(row, "unread_count", count_parts(troubles));
    return g_steal_pointer(&row);
}

static void set_fields(Row *row, const Campaign *campaign, const Version *version,
                       const GPtrArray *facts)
{
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        columns_set_field(row, field, field_value(facts, version, field));
    }
}

static void set_fact(Row *row, const gchar *column, const json_t *value)
{
    if (json_is_integer(value))
        row_set_int(row, column, json_integer_value(value));
    else if (json_is_boolean(value))
        row_set_int(row, column, json_is_true(value));
    else
        row_set_null(row, column);
}

/* Whether the form's file goes by an ending that its bytes have not. */
static gboolean wrong_extension(const Part *form)
{
    static const struct {
        const char *type_end;
        const char *name_ends[4];
    } endings[] = {{"wordprocessingml.document", {".docx", ".xml"}},
                   {"wordprocessingml.template", {".dotx"}},
                   {"ms-word.document.macroEnabled.12", {".docm"}},
                   {"ms-word.template.macroEnabled.12", {".dotm"}},
                   {"/msword", {".doc", ".dot", ".wps", ".wpt"}},
                   {"/rtf", {".rtf"}},
                   {"opendocument.text", {".odt"}},
                   {"opendocument.text-template", {".ott"}},
                   {"/x-word-html", {".html", ".htm"}},
                   {"/x-word-2003-xml", {".xml"}}};
    g_autofree gchar *name = g_ascii_strdown(form->name, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (!g_str_has_suffix(form->type, endings[i].type_end))
            continue;
        gboolean right = name[0] == '\0';
        for (gsize n = 0; n < G_N_ELEMENTS(endings[i].name_ends); n++)
            right |=
                endings[i].name_ends[n] != NULL && g_str_has_suffix(name, endings[i].name_ends[n]);
        return !right;
    }
    return FALSE;
}

static gboolean set_form(Row *row, Store *store, const Campaign *campaign, const Version *version,
                         GError **error)
{
    static const struct {
        const char *column, *fact;
    } about[] = {{"tracked_changes", "form.tracked_changes"},
                 {"options_deleted", "form.options_deleted"},
                 {"tick_by_formatting", "form.tick_by_formatting"},
                 {"unit_repeated", "form.unit_repeated"}};
    g_autoptr(GPtrArray) facts = form_facts(store, version, error);
    if (facts == NULL)
        return FALSE;
    set_fields(row, campaign, version, facts);
    for (gsize i = 0; i < G_N_ELEMENTS(about); i++)
        set_fact(row, about[i].column, form_fact(facts, version, about[i].fact));
    row_set_null(row, "wrong_extension");
    row_set_null(row, "forms_in_file");
    if (!version_has_form(version))
        return TRUE;
    g_autoptr(Part) form = store_part(store, version->form_part, error);
    if (form == NULL)
        return FALSE;
    g_autoptr(GArray) forms = facts_forms(facts);
    row_set_int(row, "forms_in_file", forms->len);
    row_set_int(row, "wrong_extension", wrong_extension(form));
    return TRUE;
}

static gboolean has_candidate(const Dossier *dossier, const gchar *reason)
{
    for (guint i = 0; i < dossier->candidates->len; i++)
        if (strcmp(((const Candidate *)dossier->candidates->pdata[i])->reason, reason) == 0)
            return TRUE;
    return FALSE;
}

static gboolean set_scans(Row *row, Store *store, const Dossier *dossier, GError **error)
{
    static const char *const readings[][2] = {{"ocr_unit_name", "scan.ocr.unit_name"},
                                              {"ocr_credit_code", "scan.ocr.credit_code"},
                                              {"ocr_demand_name", "scan.ocr.demand_name"}};
    gint64 seals = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(readings); k++)
        row_set_null(row, readings[k][0]);
    for (guint i = 0; i < dossier->files->len; i++) {
        const Part *part = dossier->files->pdata[i];
        if (strcmp(part->role, "scan") != 0)
            continue;
        g_autoptr(GPtrArray) facts = store_part_facts(store, part->id, error);
        if (facts == NULL)
            return FALSE;
        for (guint f = 0; f < facts->len; f++)
            seals += strcmp(((const Fact *)facts->pdata[f])->name, "scan.seal") == 0;
        for (gsize k = 0; k < G_N_ELEMENTS(readings); k++) {
            const json_t *read = fact_value(facts, readings[k][1], 0);
            if (json_is_string(read))
                row_set_text(row, readings[k][0], json_string_value(read));
        }
    }
    if (seals > 0)
        row_set_int(row, "seal_count", seals);
    else
        row_set_null(row, "seal_count");
    guint scans = count_role(dossier->files, "scan");
    /* It is not certain to which form of the mail its scans belong. */
    if (scans == 0 && has_candidate(dossier, "which-form"))
        row_set_null(row, "scan_count");
    else
        row_set_int(row, "scan_count", scans);
    return TRUE;
}

static gboolean set_counts(Row *row, Store *store, const Dossier *dossier, GError **error)
{
    g_autoptr(GPtrArray) troubles = dossier_troubles(store, dossier, error);
    if (troubles == NULL)
        return FALSE;
    row_set_int(row, "unread_count", count_parts(troubles));
    const Version *version = dossier->standing;
    gboolean form = version_has_form(version);
    /* It may be in the submission that these scans belong to. */
    if (!form && has_candidate(dossier, "which-submission"))
        row_set_null(row, "form_count");
    else
        row_set_int(row, "form_count", form);
    row_set_int(row, "other_count", count_role(dossier->files, "other"));
    gint64 links = 0;
    for (guint i = 0; i < dossier->mails->len; i++) {
        g_autoptr(GPtrArray) more = mail_links(store, dossier->mails->pdata[i], error);
        if (more == NULL)
            return FALSE;
        links += more->len;
    }
    row_set_int(row, "cloud_count", links);
    return TRUE;
}

/* Takes LIST. */
static void set_list(Row *row, const gchar *column, json_t *list)
{
    char *text = json_dumps(list, JSON_COMPACT);
    row_set_text(row, column, text);
    free(text);
    json_decref(list);
}

gchar *version_identity(Store *store, const Campaign *campaign, const Version *version,
                        const gchar *what, GError **error)
{
    g_autoptr(GHashTable) fields = version_fields(store, campaign, version, error);
    if (fields == NULL)
        return NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        const json_t *value = g_hash_table_lookup(fields, field->key);
        if (g_strcmp0(field->identity, what) == 0 && json_is_string(value))
            g_string_append(text, json_string_value(value));
    }
    return g_string_free(text, FALSE);
}

/* A name is told once, as it was written first. */
static gboolean add_other_names(json_t *names, Store *store, const Campaign *campaign,
                                const Version *version, GError **error)
{
    g_autoptr(GPtrArray) versions = store_versions_of_unit(store, NULL, version->code, error);
    if (versions == NULL)
        return FALSE;
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(told, version->unit);
    for (guint i = 0; i < versions->len && json_array_size(names) < OTHER_NAMES_LIMIT; i++) {
        const Version *other = versions->pdata[i];
        if (other->unit == NULL || !g_hash_table_add(told, other->unit))
            continue;
        g_autofree gchar *name = version_identity(store, campaign, other, "unit", error);
        if (name == NULL)
            return FALSE;
        json_array_append_new(names, json_string(name));
    }
    return TRUE;
}

/* What else came of the unit. */
static gboolean set_unit(Row *row, Store *store, const Campaign *campaign, const Dossier *dossier,
                         GError **error)
{
    const Version *version = dossier->standing;
    json_t *receipts = json_array(), *names = json_array();
    g_autoptr(GPtrArray) others = version != NULL
                                      ? store_unit_receipts(store, version->unit, version->code,
                                                            dossier->submission->id, error)
                                      : g_ptr_array_new();
    for (guint i = 0; others != NULL && i < others->len; i++)
        json_array_append_new(receipts, json_string(others->pdata[i]));
    gboolean done = others != NULL && (version == NULL || version->unit == NULL ||
                                       add_other_names(names, store, campaign, version, error));
    row_set_int(row, "unit_submissions", (gint64)json_array_size(receipts) + 1);
    set_list(row, "unit_receipts", receipts);
    set_list(row, "unit_other_names", names);
    return done;
}

Row *dossier_row(Store *store, const Campaign *campaign, const Dossier *dossier, GError **error)
{
    g_autoptr(Row) row = row_new();
    if (dossier->mails->len == 0) {
        sj_fail(error, SJ_ERROR_DATA, "%s has no mail", dossier->submission->receipt);
        return NULL;
    }
    const Mail *first = dossier->mails->pdata[0],
               *last = dossier->mails->pdata[dossier->mails->len - 1];
    g_autoptr(GPtrArray) parts = store_parts(store, first->id, error);
    g_autoptr(GPtrArray) links = parts != NULL ? mail_links(store, first, error) : NULL;
    if (links == NULL || !set_mail(row, store, campaign, first, parts, links, error) ||
        !set_form(row, store, campaign, dossier->standing, error) ||
        !set_scans(row, store, dossier, error) || !set_counts(row, store, dossier, error) ||
        !set_unit(row, store, campaign, dossier, error))
        return NULL;
    row_set_time(row, "last_at", last->received_at);
    row_set_null(row, "complete_at");
    if (dossier->submission->complete_at != STORE_NULL)
        row_set_time(row, "complete_at", dossier->submission->complete_at);
    return g_steal_pointer(&row);
}
