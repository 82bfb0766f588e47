/* Templates: texts with {name} in them, checked when they are loaded and filled in when they are
 * used. */
#include "template.h"

#include "error.h"
#include "unix-time.h"
#include "words.h"

#include <jansson.h>
#include <string.h>

/* A stretch of text as it stands, or a name to be filled in. */
typedef struct {
    gboolean is_name;
    gchar *text;
} Piece;

struct Template {
    GPtrArray *pieces; /* Piece* */
    GPtrArray *names;  /* const gchar* of pieces, each once; ends with NULL */
};

static void piece_free(gpointer data)
{
    Piece *piece = data;
    g_free(piece->text);
    g_free(piece);
}

static const gchar *add_piece(Template *parsed, gboolean is_name, const gchar *text, gsize length)
{
    Piece *piece = g_new(Piece, 1);
    *piece = (Piece){is_name, g_strndup(text, length)};
    g_ptr_array_add(parsed->pieces, piece);
    return piece->text;
}

static void add_name(Template *parsed, const gchar *name)
{
    if (!g_ptr_array_find_with_equal_func(parsed->names, name, g_str_equal, NULL))
        g_ptr_array_add(parsed->names, (gpointer)name);
}

static guint line_of(const gchar *text, const gchar *place, guint first_line)
{
    for (; text < place; text++)
        first_line += *text == '\n';
    return first_line;
}

Template *template_parse(const gchar *text, const gchar *file, guint first_line,
                         gboolean (*known)(const gchar *name, gpointer data), gpointer data,
                         GError **error)
{
    g_autoptr(Template) parsed = g_new0(Template, 1);
    parsed->pieces = g_ptr_array_new_with_free_func(piece_free);
    parsed->names = g_ptr_array_new();
    const gchar *rest = text;
    for (const gchar *brace; (brace = strchr(rest, '{')) != NULL;) {
        gboolean doubled = brace[1] == '{';
        add_piece(parsed, FALSE, rest, (gsize)(brace - rest) + (doubled ? 1 : 0));
        rest = brace + 2;
        if (doubled)
            continue;
        gsize length = strcspn(brace + 1, "{}\n");
        guint line = line_of(text, brace, first_line);
        if (brace[1 + length] != '}') {
            sj_fail(error, SJ_ERROR_CONFIG, "%s:%u: {%.*s never closes; write {{ for a brace", file,
                    line, (int)MIN(length, 40), brace + 1);
            return NULL;
        }
        const gchar *name = add_piece(parsed, TRUE, brace + 1, length);
        if (!known(name, data)) {
            sj_fail(error, SJ_ERROR_CONFIG, "%s:%u: unknown name {%s}", file, line, name);
            return NULL;
        }
        add_name(parsed, name);
        rest = brace + length + 2;
    }
    add_piece(parsed, FALSE, rest, strlen(rest));
    g_ptr_array_add(parsed->names, NULL);
    return g_steal_pointer(&parsed);
}

void template_free(Template *parsed)
{
    if (parsed == NULL)
        return;
    g_ptr_array_unref(parsed->names);
    g_ptr_array_unref(parsed->pieces);
    g_free(parsed);
}

const gchar *const *template_names(const Template *parsed)
{
    return (const gchar *const *)parsed->names->pdata;
}

gchar *template_expand(const Template *parsed, gchar *(*value)(const gchar *name, gpointer data),
                       gpointer data)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < parsed->pieces->len; i++) {
        const Piece *piece = parsed->pieces->pdata[i];
        g_autofree gchar *filled = piece->is_name ? value(piece->text, data) : NULL;
        if (filled != NULL)
            g_string_append(text, filled);
        else
            g_string_append(text, piece->is_name ? words_said("not-read") : piece->text);
    }
    return g_string_free(text, FALSE);
}

/* The items of a JSON list of strings joined with 、; NULL when TEXT is none. */
static gchar *list_for_people(const gchar *text)
{
    if (text[0] != '[')
        return NULL;
    json_t *list = json_loads(text, 0, NULL);
    GString *joined = g_string_new(NULL);
    gboolean is_list = json_is_array(list);
    gsize i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        is_list = is_list && json_is_string(item);
        if (is_list)
            g_string_append_printf(joined, "%s%s", i > 0 ? "、" : "", json_string_value(item));
    }
    json_decref(list);
    return g_string_free(joined, !is_list);
}

gchar *value_for_people(const Value *value, GTimeZone *zone)
{
    if (value->null)
        return NULL;
    switch (value->type) {
    case COLUMN_TEXT: {
        gchar *list = list_for_people(value->text);
        return list != NULL ? list : g_strdup(value->text);
    }
    case COLUMN_INTEGER:
        return g_strdup_printf("%" G_GINT64_FORMAT, value->integer);
    case COLUMN_TIME:
        return unix_time_format(value->integer, zone, UNIX_TIME_WORDS);
    case COLUMN_REAL: {
        gchar digits[G_ASCII_DTOSTR_BUF_SIZE];
        return g_strdup(g_ascii_formatd(digits, sizeof digits, "%.15g", value->real));
    }
    }
    return NULL;
}
