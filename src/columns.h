/* The columns that rules, `relevant` and templates may name: the table that `check --columns`
 * prints. */
#pragma once

#include "campaign.h"
#include "row.h"

typedef struct {
    gchar *name;
    ColumnType type;
    gchar *meaning;     /* in English, for the administrator */
    const Field *field; /* the form's field it comes from; NULL: not from the form */
    gboolean of_mail;   /* a mail's row has it too */
} Column;

/* Every column of a submission's row under CAMPAIGN, Column*, in the order of the documentation. */
GPtrArray *columns_new(const Campaign *campaign);
/* The one of COLUMNS (Column*) that is called NAME; NULL: none is. */
const Column *columns_find(const GPtrArray *columns, const gchar *name);

/* Sets in ROW the column or columns of FIELD from what a filter read: for a plain field KEY (text),
 * with `number` KEY as a figure or NULL and KEY_text, for a choice KEY (JSON list) and KEY_count.
 * VALUE is the fact's value, NULL when it was not read. */
void columns_set_field(Row *row, const Field *field, const json_t *value);

/* What stands in FIELD, as written (a choice: the JSON list). FALSE when it was not read; VALUE
 * belongs to ROW. */
gboolean columns_get_text(const Row *row, const Field *field, Value *value);
/* How many options of a choice are ticked. */
guint columns_ticked(const Row *row, const Field *field);

/* The name of FIELD for people: the first of its labels. */
const gchar *field_label(const Field *field);
