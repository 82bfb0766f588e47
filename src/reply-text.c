/* The texts of config/replies/: loaded and checked, and filled in for one answer. */
#include "reply-text.h"

#include "error.h"
#include "reply-kind.h"
#include "reply-name.h"
#include "template.h"

#include <string.h>

/* A text is filled in paragraph by paragraph: one that names something, and has nothing to say
 * about any of it, is left out. */
typedef struct {
    Template *subject;
    GPtrArray *paragraphs; /* Template* */
} ReplyText;

struct ReplyTexts {
    GHashTable *texts; /* kind → ReplyText* */
    GPtrArray *columns;
};

static void reply_text_free(ReplyText *text)
{
    g_clear_pointer(&text->subject, template_free);
    g_clear_pointer(&text->paragraphs, g_ptr_array_unref);
    g_free(text);
}

static guint count_lines(const gchar *text)
{
    guint lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* Template* of BODY, which begins on LINE. */
static GPtrArray *parse_paragraphs(const gchar *path, const gchar *body, guint line,
                                   GPtrArray *columns, GError **error)
{
    g_autoptr(GPtrArray) parsed = g_ptr_array_new_with_free_func((GDestroyNotify)template_free);
    g_auto(GStrv) paragraphs = g_strsplit(body, "\n\n", -1);
    for (guint i = 0; paragraphs[i] != NULL; i++) {
        Template *one = template_parse(paragraphs[i], path, line, reply_name_known, columns, error);
        if (one == NULL)
            return NULL;
        g_ptr_array_add(parsed, one);
        line += count_lines(paragraphs[i]) + 2;
    }
    return g_steal_pointer(&parsed);
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
    text->subject = template_parse(g_strstrip(subject), path, 1, reply_name_known, columns, error);
    if (text->subject != NULL)
        text->paragraphs = parse_paragraphs(path, end + 2, 3, columns, error);
    if (text->paragraphs == NULL)
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
    for (guint i = 0; i < REPLY_KINDS; i++) {
        const gchar *kind = reply_kind_name(i);
        ReplyText *text = load(config->templates, kind, texts->columns, error);
        if (text == NULL)
            return NULL;
        g_hash_table_insert(texts->texts, (gpointer)kind, text);
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

/* What the names of one paragraph said. */
typedef struct {
    Filling *filling;
    gboolean names, says;
} Saying;

static gchar *fill_in(const gchar *name, gpointer data)
{
    Saying *saying = data;
    gchar *text = reply_name_write(saying->filling, name);
    saying->names = TRUE;
    saying->says |= text == NULL || text[0] != '\0';
    return text;
}

static gchar *write_body(const GPtrArray *paragraphs, Filling *filling)
{
    GString *body = g_string_new(NULL);
    for (guint i = 0; i < paragraphs->len; i++) {
        Saying saying = {.filling = filling};
        g_autofree gchar *text = template_expand(paragraphs->pdata[i], fill_in, &saying);
        if (!saying.names || saying.says)
            g_string_append_printf(body, "%s%s", body->len > 0 ? "\n\n" : "", text);
    }
    return g_string_free(body, FALSE);
}

gboolean reply_text_write(const ReplyTexts *texts, const gchar *kind, const ReplyCase *about,
                          gchar **subject, gchar **body, GError **error)
{
    const ReplyText *text = g_hash_table_lookup(texts->texts, kind);
    g_auto(Filling) filling = {0};
    if (!filling_begin(&filling, about, texts->columns, error))
        return FALSE;
    Saying saying = {.filling = &filling};
    g_autofree gchar *title = template_expand(text->subject, fill_in, &saying);
    g_autofree gchar *content = write_body(text->paragraphs, &filling);
    if (filling.error != NULL) {
        g_propagate_error(error, g_steal_pointer(&filling.error));
        return FALSE;
    }
    *subject = g_steal_pointer(&title);
    *body = g_steal_pointer(&content);
    return TRUE;
}
