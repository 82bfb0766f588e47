/* One row of named, typed values: what rules are judged over and what templates are filled from. */
#pragma once

#include <glib.h>

typedef enum {
    COLUMN_TEXT,
    COLUMN_INTEGER,
    COLUMN_REAL,
    COLUMN_TIME, /* to SQL an INTEGER: Unix seconds */
} ColumnType;

typedef struct Row Row;

Row *row_new(void);
void row_free(Row *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Row, row_free)

/* A NULL text is the value NULL: “not read”. A name set again is replaced. */
void row_set_text(Row *row, const gchar *name, const gchar *text);
void row_set_int(Row *row, const gchar *name, gint64 value);
void row_set_time(Row *row, const gchar *name, gint64 seconds);
void row_set_real(Row *row, const gchar *name, double value);
void row_set_null(Row *row, const gchar *name);

/* Of text, integer (also of a TIME) and real the one that TYPE says counts, unless it is null. */
typedef struct {
    gboolean null;
    ColumnType type;
    const gchar *text;
    gint64 integer;
    double real;
} Value;

/* FALSE when there is no such name. VALUE belongs to the row. */
gboolean row_get(const Row *row, const gchar *name, Value *value);
