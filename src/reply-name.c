/* What stands where a text of config/replies/ says {name}. */
#include "reply-name.h"

#include "clean-line.h"
#include "reply-files.h"
#include "reply-kind.h"
#include "template.h"
#include "words.h"

#include <string.h>

#define LISTED_MOST   3 /* receipts that stand in a subject one by one */
#define DETAILED_MOST 3 /* submissions whose form is said in full */
#define VALUE_MOST    300
#define FINDING_MOST  600
#define UNIT_MOST     60

typedef gchar *(*Writer)(Filling *filling);
/* Who writes what is no column: the table at the end. NULL: nobody. */
static Writer find_writer(const gchar *name);

/* What stands in a form is said to nobody but the one who sent it, and only where that is proved:
 * the dossiers (unowned) where it is. */
static GHashTable *find_quoted(const ReplyCase *about)
{
    GHashTable *quoted = g_hash_table_new(NULL, NULL);
    for (guint i = 0; about->mail->sender_proved == 1 && i < about->dossiers->len; i++) {
        const Dossier *dossier = about->dossiers->pdata[i];
        for (guint f = 0; dossier->standing != NULL && f < dossier->files->len; f++) {
            const Part *part = dossier->files->pdata[f];
            if (part->id == dossier->standing->form_part &&
                reply_own_mail(about, dossier, part) != NULL)
                g_hash_table_add(quoted, (gpointer)dossier);
        }
    }
    return quoted;
}

static GPtrArray *load_rows(const ReplyCase *about, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);
    for (guint i = 0; i < about->dossiers->len; i++) {
        Row *row = dossier_row(about->store, about->campaign, about->dossiers->pdata[i], error);
        if (row == NULL)
            return NULL;
        g_ptr_array_add(rows, row);
    }
    if (rows->len == 0) {
        Row *row = mail_row(about->store, about->campaign, about->mail, error);
        if (row == NULL)
            return NULL;
        g_ptr_array_add(rows, row);
    }
    return g_steal_pointer(&rows);
}

gboolean filling_begin(Filling *filling, const ReplyCase *about, const GPtrArray *columns,
                       GError **error)
{
    *filling = (Filling){.about = about, .columns = columns, .rows = load_rows(about, error)};
    if (filling->rows == NULL)
        return FALSE;
    filling->quoted = find_quoted(about);
    return TRUE;
}

void filling_clear(Filling *filling)
{
    g_clear_pointer(&filling->rows, g_ptr_array_unref);
    g_clear_pointer(&filling->quoted, g_hash_table_unref);
    g_clear_error(&filling->error);
}

gchar *filling_line(const gchar *text, glong most)
{
    g_autofree gchar *line = clean_line(text);
    if (g_utf8_strlen(line, -1) <= most)
        return g_steal_pointer(&line);
    g_autofree gchar *start = g_utf8_substring(line, 0, most);
    return g_strconcat(start, "……", NULL);
}

static gboolean may_quote(const Filling *filling, const Dossier *dossier)
{
    return g_hash_table_contains(filling->quoted, dossier);
}

/* Its words come from the form, or from the scan of it. */
static gboolean is_of_form(const Column *column)
{
    return column->field != NULL || g_str_has_prefix(column->name, "ocr_");
}

static gchar *join_columns(Filling *filling, const Column *column)
{
    const ReplyCase *about = filling->about;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < filling->rows->len; i++) {
        Value value;
        if (is_of_form(column) && i < about->dossiers->len &&
            !may_quote(filling, about->dossiers->pdata[i]))
            return g_strdup(words_said("hidden"));
        g_autofree gchar *text = row_get(filling->rows->pdata[i], column->name, &value)
                                     ? value_for_people(&value, about->campaign->timezone)
                                     : NULL;
        gchar *line = text != NULL ? filling_line(text, VALUE_MOST) : NULL;
        if (line == NULL || g_ptr_array_find_with_equal_func(texts, line, g_str_equal, NULL))
            g_free(line);
        else
            g_ptr_array_add(texts, line);
    }
    if (texts->len == 0)
        return NULL;
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("、", (gchar **)texts->pdata);
}

gchar *reply_name_write(Filling *filling, const gchar *name)
{
    Writer write = find_writer(name);
    if (write != NULL)
        return write(filling);
    return join_columns(filling, columns_find(filling->columns, name));
}

gboolean reply_name_known(const gchar *name, gpointer columns)
{
    return find_writer(name) != NULL || columns_find(columns, name) != NULL;
}

static const gchar *receipt_of(gconstpointer dossier)
{
    return ((const Dossier *)dossier)->submission->receipt;
}

/* Several receipts of many, never one alone: a subject that says just one is taken for mail about
 * that one when it comes back. */
static gchar *join_receipts(const GPtrArray *dossiers)
{
    g_autoptr(GString) receipts = g_string_new(NULL);
    guint listed = dossiers->len > LISTED_MOST ? LISTED_MOST - 1 : dossiers->len;
    for (guint i = 0; i < listed; i++)
        g_string_append_printf(receipts, "%s%s", i > 0 ? "、" : "", receipt_of(dossiers->pdata[i]));
    return listed == dossiers->len ? g_strdup(receipts->str)
                                   : words_and_more(receipts->str, dossiers->len);
}

static gchar *write_receipt(Filling *filling)
{
    return join_receipts(filling->about->dossiers);
}

/* What was read in FIELD of the form at INDEX, for people; NULL: it was not. */
static gchar *field_words(const Filling *filling, guint index, const Field *field)
{
    Value value;
    g_autofree gchar *words = columns_get_text(filling->rows->pdata[index], field, &value)
                                  ? value_for_people(&value, filling->about->campaign->timezone)
                                  : NULL;
    return words != NULL ? filling_line(words, VALUE_MOST) : NULL;
}

/* The name of the unit with a blank before it, where it may be told; else "". */
static gchar *unit_words(const Filling *filling, guint index)
{
    const GPtrArray *fields = filling->about->campaign->fields;
    for (guint i = 0; may_quote(filling, filling->about->dossiers->pdata[index]) && i < fields->len;
         i++) {
        const Field *field = fields->pdata[i];
        if (g_strcmp0(field->identity, "unit") != 0)
            continue;
        g_autofree gchar *words = field_words(filling, index, field);
        g_autofree gchar *unit = filling_line(words != NULL ? words : "", UNIT_MOST);
        return unit[0] != '\0' ? g_strconcat(" ", unit, NULL) : g_strdup("");
    }
    return g_strdup("");
}

void filling_add_heading(GString *text, const Filling *filling, guint index)
{
    if (filling->about->dossiers->len < 2)
        return;
    g_autofree gchar *unit = unit_words(filling, index);
    g_string_append_printf(text, "%s【%s%s】\n", text->len > 0 ? "\n" : "",
                           receipt_of(filling->about->dossiers->pdata[index]), unit);
}

/* One line for each of several submissions: what is said of all must be true of each. */
static gchar *write_overview(Filling *filling)
{
    const ReplyCase *about = filling->about;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; about->dossiers->len > 1 && i < about->dossiers->len; i++) {
        const Dossier *dossier = about->dossiers->pdata[i];
        const Mail *mail = reply_last_mail(about, dossier);
        const gchar *kind = reply_kind_name(reply_kind_of(dossier, about->late));
        g_autofree gchar *unit = unit_words(filling, i);
        g_autofree gchar *received = campaign_time_words(about->campaign, mail->received_at);
        g_autofree gchar *earlier = words_earlier(received);
        g_string_append_printf(text, "%s%u. %s%s：%s%s", i > 0 ? "\n" : "", i + 1,
                               receipt_of(dossier), unit, words_reply_case(kind), earlier);
    }
    return g_strdup(text->str);
}

static gchar *write_status(Filling *filling)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < filling->about->dossiers->len; i++)
        g_string_append_printf(
            words, "%s%s", i > 0 ? "、" : "",
            words_status(((Dossier *)filling->about->dossiers->pdata[i])->submission->status));
    return g_strdup(words->str);
}

/* What was read, with the unit that the form prints; of a long text only that it is there. */
static gchar *answer_words(const Filling *filling, guint index, const Field *field)
{
    g_autofree gchar *words = field_words(filling, index, field);
    if (words == NULL)
        return g_strdup(words_said("not-read"));
    if (words[0] == '\0')
        return g_strdup(words_said("not-filled"));
    if (field->max_chars > 0)
        return g_strdup(words_said("filled"));
    return g_strjoin(" ", words, field->unit, NULL);
}

/* Of many, what tells them apart. */
static void add_form(GString *text, const Filling *filling, guint index)
{
    const GPtrArray *fields = filling->about->campaign->fields;
    gboolean all = filling->about->dossiers->len <= DETAILED_MOST;
    filling_add_heading(text, filling, index);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = fields->pdata[i];
        if (!all && field->identity == NULL)
            continue;
        g_autofree gchar *words = answer_words(filling, index, field);
        g_string_append_printf(text, "%s：%s\n", field_label(field), words);
    }
}

static gchar *write_understood(Filling *filling)
{
    GString *text = g_string_new(NULL);
    const ReplyCase *about = filling->about;
    g_autoptr(GPtrArray) hidden = g_ptr_array_new();
    for (guint i = 0; i < about->dossiers->len; i++) {
        Dossier *dossier = about->dossiers->pdata[i];
        if (!version_has_form(dossier->standing))
            continue;
        if (may_quote(filling, dossier))
            add_form(text, filling, i);
        else
            g_ptr_array_add(hidden, dossier);
    }
    if (hidden->len > 0 && hidden->len < about->dossiers->len) {
        g_autofree gchar *receipts = join_receipts(hidden);
        g_string_append_printf(text, "%s【%s】\n", text->len > 0 ? "\n" : "", receipts);
    }
    if (hidden->len > 0)
        g_string_append(text, words_said("hidden"));
    return g_strchomp(g_string_free(text, FALSE));
}

static gboolean is_told(const Finding *finding)
{
    return (finding->level == LEVEL_MUST || finding->level == LEVEL_SHOULD) && !finding->person;
}

static gboolean names_any(const Finding *finding, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++)
        if (strstr(finding->message, names->pdata[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* Without its scan a newer form counts for nothing: that is more than advice, though it takes
 * nothing from the status. */
static gboolean is_advice(const Finding *finding)
{
    return finding->level == LEVEL_SHOULD && strcmp(finding->rule, "waiting_version") != 0;
}

static void add_finding(GString *text, const Finding *finding, guint number)
{
    g_autofree gchar *message = filling_line(finding->message, FINDING_MOST);
    g_string_append_printf(text, "%u. %s%s\n", number,
                           is_advice(finding) ? words_said("advice") : "", message);
    if (finding->fix == NULL)
        return;
    g_autofree gchar *fix = filling_line(finding->fix, FINDING_MOST);
    g_string_append_printf(text, "   %s\n", fix);
}

static void add_findings(GString *text, Filling *filling, guint index)
{
    const Dossier *dossier = filling->about->dossiers->pdata[index];
    gboolean quotes = may_quote(filling, dossier);
    g_autoptr(GPtrArray) foreign = reply_foreign_names(
        filling->about, dossier, filling->error == NULL ? &filling->error : NULL);
    if (foreign == NULL)
        return;
    g_autoptr(GString) lines = g_string_new(NULL);
    guint number = 0, hidden = 0;
    for (guint i = 0; i < dossier->findings->len; i++) {
        const Finding *finding = dossier->findings->pdata[i];
        if (!is_told(finding))
            continue;
        if ((finding->of_form && !quotes) || names_any(finding, foreign))
            hidden++;
        else
            add_finding(lines, finding, ++number);
    }
    if (hidden > 0)
        g_string_append_printf(lines, "%u. %s\n", ++number, words_said("hidden-findings"));
    if (number == 0)
        return;
    filling_add_heading(text, filling, index);
    g_string_append(text, lines->str);
}

static gchar *write_findings(Filling *filling)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < filling->about->dossiers->len; i++)
        add_findings(text, filling, i);
    return g_strchomp(g_string_free(text, FALSE));
}

/* Midnight belongs to the day that it ends: 9月14日 24:00. */
static gchar *write_deadline(Filling *filling)
{
    const Campaign *campaign = filling->about->campaign;
    g_autofree gchar *words = campaign_time_words(campaign, campaign->deadline);
    static const char midnight[] = " 00:00:00";
    if (!g_str_has_suffix(words, midnight))
        return g_steal_pointer(&words);
    g_autofree gchar *before = campaign_time_words(campaign, campaign->deadline - 1);
    gchar *blank = strrchr(before, ' ');
    if (blank != NULL)
        *blank = '\0';
    return g_strconcat(before, " 24:00", NULL);
}

/* Of several, from the first to the last. */
static gchar *write_received_at(Filling *filling)
{
    const ReplyCase *about = filling->about;
    gint64 first = about->mail->received_at, last = first;
    for (guint i = 0; about->dossiers->len > 1 && i < about->dossiers->len; i++) {
        const Mail *mail = reply_last_mail(about, about->dossiers->pdata[i]);
        first = MIN(first, mail->received_at);
        last = MAX(last, mail->received_at);
    }
    g_autofree gchar *from = campaign_time_words(about->campaign, first);
    g_autofree gchar *to = campaign_time_words(about->campaign, last);
    return first == last ? g_steal_pointer(&from) : words_from_to(from, to);
}

static gchar *write_campaign(Filling *filling)
{
    return g_strdup(filling->about->campaign->name);
}

static gchar *write_code(Filling *filling)
{
    return g_strdup(filling->about->campaign->code);
}

static gchar *write_contact(Filling *filling)
{
    return g_strdup(filling->about->campaign->contact);
}

static gchar *write_sender_name(Filling *filling)
{
    const Mail *mail = filling->about->mail;
    return filling_line(mail->sender_name != NULL ? mail->sender_name : "", VALUE_MOST);
}

static gchar *write_subject(Filling *filling)
{
    const Mail *mail = filling->about->mail;
    return filling_line(mail->subject != NULL ? mail->subject : "", VALUE_MOST);
}

static gchar *write_from_name(Filling *filling)
{
    return g_strdup(filling->about->config->smtp.from_name);
}

static gchar *write_proof(Filling *filling)
{
    return g_strdup_printf("No. %" G_GINT64_FORMAT " · %s", filling->about->number,
                           filling->about->hash);
}

static const struct {
    const char *name;
    Writer write;
} writers[] = {
    {"receipt", write_receipt},
    {"overview", write_overview},
    {"mail_received_at", write_received_at},
    {"files", reply_files_write},
    {"understood", write_understood},
    {"findings", write_findings},
    {"status", write_status},
    {"deadline", write_deadline},
    {"campaign", write_campaign},
    {"code", write_code},
    {"contact", write_contact},
    {"sender_name", write_sender_name},
    {"subject", write_subject},
    {"from_name", write_from_name},
    {"proof", write_proof},
};

static Writer find_writer(const gchar *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(writers); i++)
        if (strcmp(writers[i].name, name) == 0)
            return writers[i].write;
    return NULL;
}
