/* The light tree of a document: paragraphs and tables in their order, and a table as a grid in
 * which merged cells are one. */
#pragma once

#include "text.h"

typedef struct Table Table;

/* A paragraph or a table: one of the two is set. */
typedef struct {
    Text *text;
    Table *table;
    gboolean continues; /* the paragraph's mark is deleted: what follows belongs to it */
} Block;

typedef struct Cell {
    guint column, span;  /* in the grid of the table (w:tblGrid) */
    GPtrArray *blocks;   /* of Block */
    struct Cell *origin; /* of a vertical merge: the cell that holds what is read; else itself */
    Text *text;          /* private to table.c: made when asked for */
} Cell;

typedef struct {
    GPtrArray *cells; /* of Cell, from left to right */
    guint columns;    /* of the grid, that the cells so far cover */
} Row;

struct Table {
    GPtrArray *rows;   /* of Row */
    gboolean of_lines; /* it is no table but text: what follows a section is all of it */
};

typedef enum { MERGE_NONE, MERGE_START, MERGE_CONTINUE } Merge;

/* No blocks, to be filled by the next two. */
GPtrArray *blocks_new(void);
/* Where the text of a new paragraph goes: the paragraph before, when that one continues. */
Block *blocks_add_paragraph(GPtrArray *blocks);
/* A new table without rows. */
Table *blocks_add_table(GPtrArray *blocks);

/* A row that leaves the first SKIP columns of the grid free. */
Row *table_add_row(Table *table, guint skip);
/* A cell at the end of the last row. */
Cell *table_add_cell(Table *table, guint span, Merge merge);
/* Makes the last cell, which must be there, wider. */
Cell *table_widen_cell(Table *table, guint span);

/* The row of that number, from 0, which must be there. */
Row *table_row(const Table *table, guint row);
/* The cell at INDEX of ROW as it is read (merged: the origin), or NULL past the end. */
Cell *row_cell(const Row *row, guint index);
/* All that stands in a cell: paragraphs as lines, the cells of a table in it joined by tabs. */
const Text *cell_text(Cell *cell);
/* Appends the cells of ROW to TEXT, joined by tabs. */
void row_append(const Row *row, Text *text);
