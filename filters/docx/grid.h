/* Printed labels in a table, and the places where their answers stand. */
#pragma once

#include "fields.h"
#include "table.h"

/* Where the answer to a field stands. */
typedef struct {
    Cell *cell;      /* NULL: the field's label is not there */
    gsize from, to;  /* bytes of the cell's text */
    gboolean inside; /* behind its label in one cell, with other printed words perhaps */
} Place;

/* The places of one form, or of the part of a form that is in one table; one for each field. */
typedef struct {
    GArray *places; /* of Place */
    guint found;    /* how many have a cell */
} Grid;

void grid_free(Grid *grid);

/* FIELD: its place in the list of fields. */
const Place *grid_place(const Grid *grid, guint field);
/* Whether both have a place for the same field. */
gboolean grids_overlap(const Grid *a, const Grid *b);
/* Takes over what MORE has. */
void grid_join(Grid *grid, const Grid *more);

/* The forms in TABLE, none if it has none of the labels: where the label that came first comes
 * again, the next one begins. Of Grid, from top to bottom. */
GPtrArray *grid_read(const Table *table, const Fields *fields);
