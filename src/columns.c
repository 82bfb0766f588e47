/* The table of columns: what a row may hold under a campaign, and what it means. */
#include "columns.h"

#include "function.h"

typedef struct {
    const gchar *name;
    ColumnType type;
    gboolean of_mail;
    const gchar *meaning;
} FixedColumn;

static const FixedColumn fixed_columns[] = {
    {"form_count", COLUMN_INTEGER, TRUE, "files that are the form"},
    {"scan_count", COLUMN_INTEGER, TRUE, "files that are scans"},
    {"other_count", COLUMN_INTEGER, TRUE, "files that are neither"},
    {"cloud_count", COLUMN_INTEGER, TRUE, "files linked to but not attached"},
    {"unread_count", COLUMN_INTEGER, TRUE, "files that could not be read"},
    {"seal_count", COLUMN_INTEGER, FALSE,
     "seals on the scans; NULL: none found and a page was undecided"},
    {"received_at", COLUMN_TIME, TRUE, "when the first mail was received"},
    {"complete_at", COLUMN_TIME, FALSE, "when everything required had arrived; NULL: it has not"},
    {"last_at", COLUMN_TIME, FALSE, "when the last mail was received"},
    {"opens", COLUMN_TIME, TRUE, "of the campaign"},
    {"deadline", COLUMN_TIME, TRUE, "of the campaign"},
    {"closes", COLUMN_TIME, TRUE, "of the campaign"},
    {"sender", COLUMN_TEXT, TRUE, "address of the first mail's sender"},
    {"sender_domain", COLUMN_TEXT, TRUE, "what follows the @ of it"},
    {"sender_proved", COLUMN_INTEGER, TRUE,
     "1: the provider vouches for it; 0: it does not; NULL: it says nothing"},
    {"subject", COLUMN_TEXT, TRUE, "of the first mail"},
    {"body", COLUMN_TEXT, TRUE, "of the first mail, as plain text"},
    {"names", COLUMN_TEXT, TRUE, "names of the first mail's files, also of those it only links to"},
    {"tracked_changes", COLUMN_INTEGER, FALSE, "the form holds changes that nobody accepted"},
    {"options_deleted", COLUMN_INTEGER, FALSE, "choices made by deleting the other options"},
    {"tick_by_formatting", COLUMN_INTEGER, FALSE, "choices shown by formatting alone"},
    {"unit_repeated", COLUMN_INTEGER, FALSE, "answers that repeat the printed unit"},
    {"wrong_extension", COLUMN_INTEGER, FALSE,
     "the form's name says another kind of file than its bytes"},
    {"forms_in_file", COLUMN_INTEGER, FALSE, "forms in the form's file"},
    {"ocr_unit_name", COLUMN_TEXT, FALSE, "from the scan"},
    {"ocr_credit_code", COLUMN_TEXT, FALSE, "from the scan"},
    {"ocr_demand_name", COLUMN_TEXT, FALSE, "from the scan"},
    {"unit_submissions", COLUMN_INTEGER, FALSE, "submissions of the same unit in this campaign"},
    {"unit_receipts", COLUMN_TEXT, FALSE, "receipts of the others of these, as a JSON list"},
    {"unit_other_names", COLUMN_TEXT, FALSE,
     "other unit names in forms with its credit code (the first ten), as a JSON list"},
};

static void column_free(gpointer data)
{
    Column *column = data;
    g_free(column->name);
    g_free(column->meaning);
    g_free(column);
}

/* NAME and MEANING are taken over. */
static void add_column(GPtrArray *columns, gchar *name, ColumnType type, gchar *meaning,
                       const Field *field, gboolean of_mail)
{
    Column *column = g_new(Column, 1);
    *column = (Column){name, type, meaning, field, of_mail};
    g_ptr_array_add(columns, column);
}

static gchar *text_name(const Field *field)
{
    return g_strconcat(field->key, "_text", NULL);
}

static gchar *count_name(const Field *field)
{
    return g_strconcat(field->key, "_count", NULL);
}

static void add_field(GPtrArray *columns, const Field *field)
{
    const gchar *label = field_label(field);
    gchar *key = g_strdup(field->key);
    if (field->options != NULL) {
        add_column(columns, key, COLUMN_TEXT,
                   g_strdup_printf("%s: options ticked, as a JSON list; NULL: not read", label),
                   field, FALSE);
        add_column(columns, count_name(field), COLUMN_INTEGER,
                   g_strdup_printf("%s: how many are ticked", label), field, FALSE);
    } else if (field->number) {
        add_column(columns, key, COLUMN_REAL,
                   g_strdup_printf("%s: the figure; NULL: no plain number", label), field, FALSE);
        add_column(columns, text_name(field), COLUMN_TEXT, g_strdup_printf("%s: as written", label),
                   field, FALSE);
    } else {
        add_column(columns, key, COLUMN_TEXT,
                   g_strdup_printf("%s: as written; '' read and empty; NULL not read", label),
                   field, FALSE);
    }
}

GPtrArray *columns_new(const Campaign *campaign)
{
    GPtrArray *columns = g_ptr_array_new_with_free_func(column_free);
    for (guint i = 0; i < campaign->fields->len; i++)
        add_field(columns, campaign->fields->pdata[i]);
    for (guint i = 0; i < G_N_ELEMENTS(fixed_columns); i++) {
        const FixedColumn *fixed = &fixed_columns[i];
        add_column(columns, g_strdup(fixed->name), fixed->type, g_strdup(fixed->meaning), NULL,
                   fixed->of_mail);
    }
    return columns;
}

const Column *columns_find(const GPtrArray *columns, const gchar *name)
{
    for (guint i = 0; i < columns->len; i++) {
        const Column *column = columns->pdata[i];
        if (g_str_equal(column->name, name))
            return column;
    }
    return NULL;
}

const gchar *field_label(const Field *field)
{
    return field->label != NULL && field->label[0] != NULL ? field->label[0] : field->key;
}

static void set_choice(Row *row, const Field *field, const json_t *value)
{
    g_autofree gchar *count = count_name(field);
    if (!json_is_array(value)) {
        row_set_null(row, field->key);
        row_set_null(row, count);
        return;
    }
    char *list = json_dumps(value, JSON_COMPACT);
    row_set_text(row, field->key, list);
    row_set_int(row, count, (gint64)json_array_size(value));
    free(list);
}

static void set_number(Row *row, const Field *field, const gchar *text)
{
    g_autofree gchar *text_column = text_name(field);
    double number;
    row_set_text(row, text_column, text);
    if (text != NULL && text_number(text, &number))
        row_set_real(row, field->key, number);
    else
        row_set_null(row, field->key);
}

void columns_set_field(Row *row, const Field *field, const json_t *value)
{
    if (field->options != NULL) {
        set_choice(row, field, value);
        return;
    }
    /* A filter may say a figure as a JSON number. */
    char *figure = json_is_number(value) ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    const gchar *text = figure != NULL ? figure : json_string_value(value);
    if (field->number)
        set_number(row, field, text);
    else
        row_set_text(row, field->key, text);
    free(figure);
}

gboolean columns_get_text(const Row *row, const Field *field, Value *value)
{
    g_autofree gchar *text_column =
        field->number && field->options == NULL ? text_name(field) : NULL;
    return row_get(row, text_column != NULL ? text_column : field->key, value) && !value->null;
}

guint columns_ticked(const Row *row, const Field *field)
{
    g_autofree gchar *count = count_name(field);
    Value value;
    return row_get(row, count, &value) && value.integer > 0 ? (guint)value.integer : 0;
}
