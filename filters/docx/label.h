/* Printed labels in a table. */
#pragma once

#include "fields.h"
#include "table.h"

/* What a cell with a label is. Right of a label is its answer, even one that is the word of another
 * label; unless the answer stands in the label's own cell. */
typedef enum { LABEL_NONE, LABEL_ALONE, LABEL_WITH_ANSWER, LABEL_OR_ANSWER } LabelCell;

/* A label that was found. */
typedef struct {
    guint field;
    guint row, index; /* the cell in the row */
    gsize end;        /* where the label and its prompt end, in bytes */
    gboolean whole;   /* nothing else stands in the cell */
    LabelCell cell;
} Hit;

typedef struct Labels Labels;

/* All labels of FIELDS in TABLE; both must outlive the result. BEFORE, which may be NULL, is the
 * table above, from which this one may have been cut off. */
Labels *labels_find(const Table *table, const Table *before, const Fields *fields);
void labels_free(Labels *labels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Labels, labels_free)

/* The hits, from top to bottom. */
guint labels_count(const Labels *labels);
const Hit *labels_hit(const Labels *labels, guint index);
/* Whether a label begins the cell at INDEX of ROW; FALSE past its end. */
gboolean labels_begin(const Labels *labels, const Row *row, guint index);
/* Of hits FIRST to END, forgets those in longer texts or where an answer may be, when their label
 * also stands alone elsewhere: an answer may begin with the words of another label. */
void labels_forget_quotations(Labels *labels, guint first, guint *end);

/* Where in TEXT the label of FIELD ends that begins at FROM, when the part of the label that is
 * GROUP (NULL: none) stands elsewhere; 0: it does not begin there. */
gsize label_end(const Field *field, const Folded *text, gsize from, const Folded *group);
