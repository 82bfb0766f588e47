/* The row: names and typed values, between the stages that know them and the rules and templates
 * that use them. */
#include "row.h"

struct Row {
    GHashTable *values; /* name → Value*, whose text is owned */
};

static void value_free(gpointer data)
{
    Value *value = data;
    g_free((gchar *)value->text);
    g_free(value);
}

Row *row_new(void)
{
    Row *row = g_new0(Row, 1);
    row->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, value_free);
    return row;
}

void row_free(Row *row)
{
    if (row == NULL)
        return;
    g_hash_table_unref(row->values);
    g_free(row);
}

static Value *put(Row *row, const gchar *name, ColumnType type)
{
    Value *value = g_new0(Value, 1);
    value->type = type;
    g_hash_table_replace(row->values, g_strdup(name), value);
    return value;
}

void row_set_text(Row *row, const gchar *name, const gchar *text)
{
    /* Made valid before the old value goes: TEXT may be that value. */
    gchar *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;
    Value *value = put(row, name, COLUMN_TEXT);
    value->text = valid;
    value->null = valid == NULL;
}

void row_set_int(Row *row, const gchar *name, gint64 integer)
{
    put(row, name, COLUMN_INTEGER)->integer = integer;
}

void row_set_time(Row *row, const gchar *name, gint64 seconds)
{
    put(row, name, COLUMN_TIME)->integer = seconds;
}

void row_set_real(Row *row, const gchar *name, double real)
{
    put(row, name, COLUMN_REAL)->real = real;
}

void row_set_null(Row *row, const gchar *name)
{
    row_set_text(row, name, NULL);
}

gboolean row_get(const Row *row, const gchar *name, Value *value)
{
    const Value *found = g_hash_table_lookup(row->values, name);
    if (found == NULL)
        return FALSE;
    *value = *found;
    return TRUE;
}
