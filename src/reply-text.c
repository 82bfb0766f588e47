/* The texts of config/replies/, filled in for one answer: what it says about each submission it
 * covers. */
#include "reply-text.h"

#include "error.h"
#include "incoming.h"
#include "template.h"
#include "words.h"

#include <string.h>

static const char *const kinds[] = {
    "late", "received-incomplete", "cloud-attachment", "received-checking", "received", "guide"};

typedef struct {
    Template *subject, *body;
} ReplyText;

struct ReplyTexts {
    GHashTable *texts; /* kind → ReplyText* */
    GPtrArray *columns;
};

/* What is filled in where {name} stands. Shared by the names below and the columns of the row. */
typedef struct {
    const ReplyTexts *texts;
    const ReplyCase *about;
    GPtrArray *rows;    /* Row*, one a dossier; the mail's alone for the guide */
    GHashTable *quoted; /* Dossier* whose form may be spoken of */
    GError *error;      /* the first failure on the way */
} Filling;

typedef gchar *(*Writer)(Filling *filling);
/* Who writes what is no column: the table at the end. NULL: nobody. */
static Writer find_writer(const gchar *name);

static gboolean is_known(const gchar *name, gpointer columns);

static void reply_text_free(ReplyText *text)
{
    g_clear_pointer(&text->subject, template_free);
    g_clear_pointer(&text->body, template_free);
    g_free(text);
}

static ReplyText *parse(const gchar *path, const gchar *content, GPtrArray *columns, GError **error)
{
    const gchar *end = strstr(content, "\n\n");
    if (!g_str_has_prefix(content, "Subject:") || end == NULL || strchr(content, '\n') != end) {
        sj_fail(error, SJ_ERROR_CONFIG,
                "%s:1: must begin with a line \"Subject: …\" and an empty one", path);
        return NULL;
    }
    g_autofree gchar *subject =
        g_strndup(content + strlen("Subject:"), (gsize)(end - content) - strlen("Subject:"));
    ReplyText *text = g_new0(ReplyText, 1);
    text->subject = template_parse(g_strstrip(subject), path, 1, is_known, columns, error);
    if (text->subject != NULL)
        text->body = template_parse(end + 2, path, 3, is_known, columns, error);
    if (text->body == NULL)
        g_clear_pointer(&text, reply_text_free);
    return text;
}

/* Windows' editors begin with U+FEFF and end lines by CRLF. */
static gchar *without_windows(const gchar *content)
{
    static const gchar mark[] = "\xEF\xBB\xBF";
    if (g_str_has_prefix(content, mark))
        content += strlen(mark);
    g_auto(GStrv) lines = g_strsplit(content, "\r\n", -1);
    return g_strjoinv("\n", lines);
}

static ReplyText *load(const gchar *directory, const gchar *kind, GPtrArray *columns,
                       GError **error)
{
    g_autofree gchar *name = g_strconcat(kind, ".txt", NULL);
    g_autofree gchar *path = g_build_filename(directory, name, NULL);
    g_autofree gchar *content = NULL;
    g_autoptr(GError) why = NULL;
    if (!g_file_get_contents(path, &content, NULL, &why)) {
        sj_fail(error, SJ_ERROR_CONFIG, "%s", why->message);
        return NULL;
    }
    if (!g_utf8_validate(content, -1, NULL)) {
        sj_fail(error, SJ_ERROR_CONFIG, "%s: is not UTF-8; save it so", path);
        return NULL;
    }
    g_autofree gchar *lines = without_windows(content);
    return parse(path, lines, columns, error);
}

ReplyTexts *reply_texts_load(const Config *config, const Campaign *campaign, GError **error)
{
    g_autoptr(ReplyTexts) texts = g_new0(ReplyTexts, 1);
    texts->columns = columns_new(campaign);
    texts->texts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)reply_text_free);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        ReplyText *text = load(config->templates, kinds[i], texts->columns, error);
        if (text == NULL)
            return NULL;
        g_hash_table_insert(texts->texts, (gpointer)kinds[i], text);
    }
    return g_steal_pointer(&texts);
}

void reply_texts_free(ReplyTexts *texts)
{
    if (texts == NULL)
        return;
    g_hash_table_unref(texts->texts);
    g_ptr_array_unref(texts->columns);
    g_free(texts);
}

static gchar *fill_in(const gchar *name, gpointer data);

/* The mail that brought PART, if the receiver of this answer sent it; else NULL. */
static const Mail *own_mail(const ReplyCase *about, const Dossier *dossier, const Part *part)
{
    for (guint i = 0; i < dossier->mails->len; i++) {
        const Mail *mail = dossier->mails->pdata[i];
        if (mail->id == part->mail && incoming_same_address(mail->sender, about->mail->sender))
            return mail;
    }
    return NULL;
}

/* What stands in a form is said to nobody but the one who sent it, and only where that is proved:
 * the dossiers (unowned) where it is. */
static GHashTable *find_quoted(const ReplyCase *about)
{
    GHashTable *quoted = g_hash_table_new(NULL, NULL);
    for (guint i = 0; about->mail->sender_proved == 1 && i < about->dossiers->len; i++) {
        const Dossier *dossier = about->dossiers->pdata[i];
        for (guint f = 0; dossier->standing != NULL && f < dossier->files->len; f++) {
            const Part *part = dossier->files->pdata[f];
            if (part->id == dossier->standing->form_part && own_mail(about, dossier, part) != NULL)
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

gboolean reply_text_write(const ReplyTexts *texts, const gchar *kind, const ReplyCase *about,
                          gchar **subject, gchar **body, GError **error)
{
    const ReplyText *text = g_hash_table_lookup(texts->texts, kind);
    g_autoptr(GPtrArray) rows = load_rows(about, error);
    if (rows == NULL)
        return FALSE;
    g_autoptr(GHashTable) quoted = find_quoted(about);
    Filling filling = {texts, about, rows, quoted, NULL};
    g_autofree gchar *title = template_expand(text->subject, fill_in, &filling);
    g_autofree gchar *content = template_expand(text->body, fill_in, &filling);
    if (filling.error != NULL) {
        g_propagate_error(error, filling.error);
        return FALSE;
    }
    *subject = g_steal_pointer(&title);
    *body = g_steal_pointer(&content);
    return TRUE;
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
        gchar *text = row_get(filling->rows->pdata[i], column->name, &value)
                          ? value_for_people(&value, about->campaign->timezone)
                          : NULL;
        if (text == NULL || g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL))
            g_free(text);
        else
            g_ptr_array_add(texts, text);
    }
    if (texts->len == 0)
        return NULL;
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("、", (gchar **)texts->pdata);
}

static gchar *fill_in(const gchar *name, gpointer data)
{
    Filling *filling = data;
    Writer write = find_writer(name);
    if (write != NULL)
        return write(filling);
    return join_columns(filling, columns_find(filling->texts->columns, name));
}

static gboolean is_known(const gchar *name, gpointer columns)
{
    return find_writer(name) != NULL || columns_find(columns, name) != NULL;
}

/* What a list says when it covers several submissions: whose lines follow. */
static void add_heading(GString *text, const Filling *filling, const Dossier *dossier)
{
    if (filling->about->dossiers->len > 1)
        g_string_append_printf(text, "【%s】\n", dossier->submission->receipt);
}

static gchar *finish(GString *text)
{
    if (text->len == 0)
        g_string_append(text, words_said("none"));
    return g_strchomp(g_string_free(text, FALSE));
}

static gchar *write_receipt(Filling *filling)
{
    g_autoptr(GString) receipts = g_string_new(NULL);
    for (guint i = 0; i < filling->about->dossiers->len; i++)
        g_string_append_printf(
            receipts, "%s%s", i > 0 ? "、" : "",
            ((Dossier *)filling->about->dossiers->pdata[i])->submission->receipt);
    return g_strdup(receipts->str);
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

/* One that came with an earlier mail says when: RECEIVED is NULL for the mail that is answered. */
static void add_file(GString *text, GHashTable *seen, const Part *part, const gchar *received,
                     guint *number)
{
    if (strcmp(part->role, "container") == 0 || part->is_inline || part->parent == STORE_NULL ||
        !g_hash_table_add(seen, g_strconcat(part->sha256, part->name, NULL)))
        return;
    g_autofree gchar *name = g_strdelimit(g_strdup(part->name), "\r\n\t", ' ');
    g_autofree gchar *earlier = received != NULL ? words_earlier(received) : g_strdup("");
    g_string_append_printf(text, "%u. %s%s\n   %" G_GINT64_FORMAT " 字节，SHA-256：%s\n", ++*number,
                           name[0] != '\0' ? name : words_said("no-name"), earlier, part->size,
                           part->sha256);
}

/* Files of the standing version that the receiver of this answer sent. */
static void add_standing(Filling *filling, GString *text, GHashTable *seen, const Dossier *dossier,
                         guint *number)
{
    for (guint i = 0; i < dossier->files->len; i++) {
        const Part *part = dossier->files->pdata[i];
        const ReplyCase *about = filling->about;
        const Mail *mail = own_mail(about, dossier, part);
        if (mail == NULL)
            continue;
        g_autofree gchar *received = campaign_time_words(about->campaign, mail->received_at);
        add_file(text, seen, part, mail->id != about->mail->id ? received : NULL, number);
    }
}

/* It speaks only of files that its receiver sent: of those in force, and of all in this mail. */
static gchar *write_files(Filling *filling)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GString *text = g_string_new(NULL);
    guint number = 0;
    const ReplyCase *about = filling->about;
    for (guint i = 0; i < about->dossiers->len; i++) {
        add_heading(text, filling, about->dossiers->pdata[i]);
        add_standing(filling, text, seen, about->dossiers->pdata[i], &number);
    }
    g_autoptr(GPtrArray) parts =
        filling->error == NULL ? store_parts(about->store, about->mail->id, &filling->error) : NULL;
    for (guint i = 0; parts != NULL && i < parts->len; i++)
        add_file(text, seen, parts->pdata[i], NULL, &number);
    return finish(text);
}

/* What was read, with the unit that the form prints; of a long text only that it is there. */
static gchar *answer_words(const Campaign *campaign, const Field *field, const Row *row)
{
    Value value;
    g_autofree gchar *words =
        columns_get_text(row, field, &value) ? value_for_people(&value, campaign->timezone) : NULL;
    if (words == NULL)
        return g_strdup(words_said("not-read"));
    if (words[0] == '\0')
        return g_strdup(words_said("not-filled"));
    if (field->max_chars > 0)
        return g_strdup(words_said("filled"));
    return g_strjoin(" ", words, field->unit, NULL);
}

static void add_field(GString *text, const Campaign *campaign, const Field *field, const Row *row)
{
    g_autofree gchar *words = answer_words(campaign, field, row);
    g_string_append_printf(text, "%s：%s\n", field_label(field), words);
}

static gchar *write_understood(Filling *filling)
{
    GString *text = g_string_new(NULL);
    const ReplyCase *about = filling->about;
    for (guint i = 0; i < about->dossiers->len; i++) {
        const Dossier *dossier = about->dossiers->pdata[i];
        add_heading(text, filling, dossier);
        if (!version_has_form(dossier->standing)) {
            g_string_append_printf(text, "%s\n", words_said("no-form"));
            continue;
        }
        if (!may_quote(filling, dossier)) {
            g_string_append_printf(text, "%s\n", words_said("hidden"));
            continue;
        }
        for (guint f = 0; f < about->campaign->fields->len; f++)
            add_field(text, about->campaign, about->campaign->fields->pdata[f],
                      filling->rows->pdata[i]);
    }
    return finish(text);
}

static gboolean is_told(const Finding *finding)
{
    return (finding->level == LEVEL_MUST || finding->level == LEVEL_SHOULD) && !finding->person;
}

static gchar *write_findings(Filling *filling)
{
    GString *text = g_string_new(NULL);
    const ReplyCase *about = filling->about;
    for (guint i = 0; i < about->dossiers->len; i++) {
        const Dossier *dossier = about->dossiers->pdata[i];
        guint number = 0, hidden = 0;
        GString *lines = g_string_new(NULL);
        for (guint f = 0; f < dossier->findings->len; f++) {
            const Finding *finding = dossier->findings->pdata[f];
            if (!is_told(finding))
                continue;
            if (finding->of_form && !may_quote(filling, dossier)) {
                hidden++;
                continue;
            }
            g_string_append_printf(lines, "%u. %s%s\n", ++number,
                                   finding->level == LEVEL_SHOULD ? words_said("advice") : "",
                                   finding->message);
            if (finding->fix != NULL)
                g_string_append_printf(lines, "   %s\n", finding->fix);
        }
        if (hidden > 0)
            g_string_append_printf(lines, "%u. %s\n", ++number, words_said("hidden-findings"));
        if (number > 0)
            add_heading(text, filling, dossier);
        g_string_append(text, lines->str);
        g_string_free(lines, TRUE);
    }
    return finish(text);
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

static gchar *write_received_at(Filling *filling)
{
    return campaign_time_words(filling->about->campaign, filling->about->mail->received_at);
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
    return g_strdup(mail->sender_name != NULL ? mail->sender_name : "");
}

static gchar *write_subject(Filling *filling)
{
    const Mail *mail = filling->about->mail;
    return g_strdup(mail->subject != NULL ? mail->subject : "");
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
    {"mail_received_at", write_received_at},
    {"files", write_files},
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
