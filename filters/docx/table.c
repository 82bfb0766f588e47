/* The light tree of a document, and tables as grids. */
#include "table.h"

static void table_free(Table *table);

static void block_free(gpointer data)
{
    Block *block = data;
    text_free(block->text);
    table_free(block->table);
    g_free(block);
}

GPtrArray *blocks_new(void)
{
    return g_ptr_array_new_with_free_func(block_free);
}

Block *blocks_add_paragraph(GPtrArray *blocks)
{
    for (guint i = blocks->len; i-- > 0;) {
        Block *last = g_ptr_array_index(blocks, i);
        if (last->continues && !last->floats)
            return last;
        if (!last->floats)
            break;
    }
    Block *block = g_new0(Block, 1);
    block->text = text_new();
    g_ptr_array_add(blocks, block);
    return block;
}

static void row_free(gpointer data)
{
    Row *row = data;
    g_ptr_array_unref(row->cells);
    g_free(row);
}

Table *blocks_add_table(GPtrArray *blocks)
{
    Block *block = g_new0(Block, 1);
    block->table = g_new0(Table, 1);
    block->table->rows = g_ptr_array_new_with_free_func(row_free);
    g_ptr_array_add(blocks, block);
    return block->table;
}

static void table_free(Table *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->rows);
    g_free(table);
}

static void append_blocks(const GPtrArray *blocks, Text *text);

void row_append(const Row *row, Text *text)
{
    for (guint i = 0; i < row->cells->len; i++) {
        const Cell *cell = g_ptr_array_index(row->cells, i);
        if (i > 0)
            text_append(text, "\t", 1, 0);
        if (cell->origin == cell)
            append_blocks(cell->blocks, text);
    }
}

static void append_table(const Table *table, Text *text)
{
    for (guint r = 0; r < table->rows->len; r++) {
        if (r > 0)
            text_append(text, "\n", 1, 0);
        row_append(table_row(table, r), text);
    }
}

/* Paragraphs as lines; the cells of a table joined by tabs. */
static void append_blocks(const GPtrArray *blocks, Text *text)
{
    for (guint i = 0; i < blocks->len; i++) {
        const Block *block = g_ptr_array_index(blocks, i);
        if (i > 0)
            text_append(text, "\n", 1, 0);
        if (block->table != NULL)
            append_table(block->table, text);
        else
            text_append_text(text, block->text);
    }
}

static void cell_free(gpointer data)
{
    Cell *cell = data;
    g_ptr_array_unref(cell->blocks);
    text_free(cell->text);
    g_free(cell);
}

Row *table_add_row(Table *table, guint skip)
{
    Row *row = g_new0(Row, 1);
    row->cells = g_ptr_array_new_with_free_func(cell_free);
    row->columns = skip;
    g_ptr_array_add(table->rows, row);
    return row;
}

/* The cell of ROW that begins at COLUMN, or NULL. */
static Cell *cell_at(const Row *row, guint column)
{
    guint low = 0;
    guint high = row->cells->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        Cell *cell = g_ptr_array_index(row->cells, middle);
        if (cell->column == column)
            return cell;
        if (cell->column < column)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

Cell *table_add_cell(Table *table, Row *row, guint span, Merge merge)
{
    Cell *cell = g_new0(Cell, 1);
    cell->column = row->columns;
    cell->span = span;
    cell->blocks = blocks_new();
    cell->origin = cell;
    if (merge == MERGE_CONTINUE && table->rows->len > 1) {
        const Cell *above = cell_at(table_row(table, table->rows->len - 2), cell->column);
        if (above != NULL)
            cell->origin = above->origin;
    }
    row->columns += span;
    g_ptr_array_add(row->cells, cell);
    return cell;
}

Cell *row_widen_cell(Row *row, guint span)
{
    Cell *cell = g_ptr_array_index(row->cells, row->cells->len - 1);
    cell->span += span;
    row->columns += span;
    return cell;
}

Row *table_row(const Table *table, guint row)
{
    return g_ptr_array_index(table->rows, row);
}

Cell *row_cell(const Row *row, guint index)
{
    if (index >= row->cells->len)
        return NULL;
    Cell *cell = g_ptr_array_index(row->cells, index);
    return cell->origin;
}

const Text *cell_text(Cell *cell)
{
    if (cell->text == NULL) {
        cell->text = text_new();
        append_blocks(cell->blocks, cell->text);
        const GString *string = cell->text->string;
        cell->chars = text_chars(string->str, 0, string->len);
    }
    return cell->text;
}

gsize cell_chars(Cell *cell)
{
    cell_text(cell);
    return cell->chars;
}
