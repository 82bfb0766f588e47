/* SQL expressions over one row, in a SQLite that has nothing else: no files, no other tables, no
 * functions but those of function.h. */
#pragma once

#include "columns.h"

#include <sqlite3.h>

/* A connection with one table `row` of one row. */
typedef struct Engine Engine;

/* The table has COLUMNS (Column*, which must outlive the engine, as must UNFINISHED); of_mail TRUE:
 * only those that a mail's row has. Two columns of one name are SJ_ERROR_CONFIG. */
Engine *engine_new(const GPtrArray *columns, gboolean of_mail, GHashTable *unfinished,
                   GError **error);
void engine_free(Engine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Engine, engine_free)

/* Puts ROW into the table; a name that ROW does not have is NULL. */
gboolean engine_set_row(Engine *engine, const Row *row, GError **error);

typedef struct Expression Expression;

/* Prepares SQL, which must be one expression over the columns. Anything else (an unknown name, a
 * function that is not allowed, a subquery, a text compared with a bare number) is SJ_ERROR_CONFIG
 * in SQLite's words or ours. */
Expression *expression_new(Engine *engine, const gchar *sql, GError **error);
void expression_free(Expression *expression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expression, expression_free)

/* The columns that it reads, const Column*, each once; owned by the expression. */
const GPtrArray *expression_reads(const Expression *expression);

typedef enum { VERDICT_FALSE, VERDICT_TRUE, VERDICT_UNKNOWN } Verdict;

/* Its value over the engine's row. UNKNOWN is NULL, and also what this row makes too long or too
 * much work. FALSE is returned on an error of the machinery alone. */
gboolean expression_judge(Expression *expression, Verdict *verdict, GError **error);
/* Its value as text, to be freed; NULL where the verdict would be UNKNOWN. */
gboolean expression_text(Expression *expression, gchar **text, GError **error);
