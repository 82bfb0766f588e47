/* Columns for people: aligned as a terminal shows them,
 * and harmless to it whatever a sender wrote. */
#pragma once

#include <glib.h>
#include <stdio.h>

typedef struct Table Table;

/* HEADS ends with NULL; it says how many columns there are. */
Table *table_new(const gchar *const *heads);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* One cell a column, NULL for an empty one; copied, after clean_line. */
void table_row(Table *table, const gchar *const *cells);

/* The heads, then the rows, two blanks between columns, no trailing blanks. The caller checks
 * ferror. */
void table_print(const Table *table, FILE *out);
