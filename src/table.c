/* Aligned columns for people on a terminal (log, campaign, check --columns). */
#include "table.h"

#include "clean-line.h"

struct Table {
    guint columns;
    guint *widths;
    GPtrArray *rows; /* gchar**, the heads first */
};

static guint width_of(const gchar *text);
static void print_blanks(guint count, FILE *out);

Table *table_new(const gchar *const *heads)
{
    Table *table = g_new0(Table, 1);
    table->columns = g_strv_length((gchar **)heads);
    table->widths = g_new0(guint, table->columns);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    table_row(table, heads);
    return table;
}

void table_free(Table *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->rows);
    g_free(table->widths);
    g_free(table);
}

void table_row(Table *table, const gchar *const *cells)
{
    gchar **row = g_new0(gchar *, table->columns + 1);
    for (guint i = 0; i < table->columns; i++) {
        row[i] = clean_line(cells[i] != NULL ? cells[i] : "");
        table->widths[i] = MAX(table->widths[i], width_of(row[i]));
    }
    g_ptr_array_add(table->rows, row);
}

void table_print(const Table *table, FILE *out)
{
    for (guint r = 0; r < table->rows->len; r++) {
        gchar **row = g_ptr_array_index(table->rows, r);
        guint blanks = 0; /* owed, printed only when something follows */
        for (guint i = 0; i < table->columns; i++) {
            if (row[i][0] != '\0') {
                print_blanks(blanks, out);
                fputs(row[i], out);
                blanks = 0;
            }
            blanks += table->widths[i] - width_of(row[i]) + 2;
        }
        fputc('\n', out);
    }
}

static guint width_of(const gchar *text)
{
    guint width = 0;
    for (const gchar *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static void print_blanks(guint count, FILE *out)
{
    while (count-- > 0)
        fputc(' ', out);
}
