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
    gboolean floats;    /* it is anchored in the paragraph before, and no continuation of it */
} Block;

typedef struct Cell {
    guint column, span;  /* in the grid of the table (w:tblGrid) */
    GPtrArray *blocks;   /* of Block */
    struct Cell *origin; /* of a vertical merge: the cell that holds what is read; else itself */
    Text *text;          /* private to table.c, as the next: made when asked for */
    gsize chars;         /* of the text, that say something */
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
/* A cell at the end of ROW, which must be the last one of TABLE. */
Cell *table_add_cell(Table *table, Row *row, guint span, Merge merge);
/* Makes the last cell of ROW, which must be there, wider. */
Cell *row_widen_cell(Row *row, guint span);

/* The row of that number, from 0, which must be there. */
Row *table_row(const Table *table, guint row);
/* The cell at INDEX of ROW as it is read (merged: the origin), or NULL past the end. */
Cell *row_cell(const Row *row, guint index);
/* All that stands in a cell: paragraphs as lines, the cells of a table in it joined by tabs. */
const Text *cell_text(Cell *cell);
/* How many of its characters say something (text_chars). */
gsize cell_chars(Cell *cell);
/* Appends the cells of ROW to TEXT, joined by tabs. */
void row_append(const Row *row, Text *text);
