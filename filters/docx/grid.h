/* The places in a table where the answers to the campaign's fields stand. */
#pragma once

#include "fields.h"
#include "table.h"

/* Where the answer to a field stands. */
typedef struct {
    const Text *text; /* NULL: the field's label is not there */
    gsize from, to;   /* bytes of the text */
    gboolean inside;  /* behind its label in one cell, with other printed words perhaps */
} Place;

/* The places of one form, or of the part of a form that is in one table; one for each field. */
typedef struct {
    GArray *places;   /* of Place */
    GPtrArray *texts; /* of Text: those that are in several cells */
    guint found;      /* how many have a text */
} Grid;

void grid_free(Grid *grid);

/* FIELD: its place in the list of fields. */
const Place *grid_place(const Grid *grid, guint field);
/* How many fields have a place in both. */
guint grids_overlap(const Grid *a, const Grid *b);
/* Takes over what MORE has and GRID has not; MORE is freed. */
void grid_join(Grid *grid, Grid *more);
/* Looks what GRID has not up in ABOVE, which must outlive it. */
void grid_inherit(Grid *grid, const Grid *above);

enum {
    FORMS_MAX = 100, /* forms that one document may have; with one more it has too many */
    PART_OF = 3,     /* so much of the fields, a third, is a good part of them */
};

/* The forms in TABLE (one more than FORMS_MAX at most), none if it has none of the labels: where
 * the label that came first comes again, the next one begins, and where a good part of the labels
 * comes again, a part of one. Of Grid, from top to bottom. BEFORE: the table above, or NULL. */
GPtrArray *grid_read(const Table *table, const Table *before, const Fields *fields);
