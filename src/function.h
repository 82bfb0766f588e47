/* What rules can call beyond SQLite's own functions, and the readings of text that the fields' own
 * settings share with them. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/* TRUE when TEXT is a plain number after NFKC ("1,200.50", "１２００", "-3"; no exponent, no unit),
 * which is then in *number (may be NULL). */
gboolean text_number(const gchar *text, double *number);
/* The characters of TEXT without white space. */
guint64 text_chars(const gchar *text);

/* The companies with an unfinished project: a set of names and of codes, as unfinished(name, code)
 * compares them. PATH is a CSV file name,code in UTF-8; further cells are for people, lines that
 * begin with # are comments. Where there is no such file the set is empty. */
GHashTable *unfinished_load(const gchar *path, GError **error);

/* Makes number, near, chars, credit_code_ok, credit_code_likely, mobile_ok, phone_ok, email_ok and
 * unfinished known to DB. UNFINISHED must outlive it. */
gboolean functions_add(sqlite3 *db, GHashTable *unfinished);
/* Whether a rule may call NAME: those above and SQLite's own that always give the same for the same
 * row. */
gboolean function_allowed(const gchar *name);
