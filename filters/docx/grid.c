/* Answers stand in the cell to the right of their label, behind it in its own cell, or below; and
 * people split and add cells and rows. */
#include "grid.h"

#include <string.h>

enum {
    BOXES_MIN = 4, /* so many cells of a character or two are one answer */
    BOX_MAX = 2,
};

/* The answers of one form are looked for. */
typedef struct {
    const Labels *labels;
    Grid *grid;
    guint end_row; /* of the form */
} Search;

static Grid *grid_of_hits(const Labels *labels, guint first, guint end);
static guint next_form(const Labels *labels, guint first);

GPtrArray *grid_read(const Table *table, const Table *before, const Fields *fields)
{
    g_autoptr(Labels) labels = labels_find(table, before, fields);
    GPtrArray *grids = g_ptr_array_new_with_free_func((GDestroyNotify)grid_free);
    for (guint first = 0; first < labels->hits->len && grids->len <= FORMS_MAX;) {
        guint end = next_form(labels, first);
        labels_forget_quotations(labels, first, &end);
        g_ptr_array_add(grids, grid_of_hits(labels, first, end));
        first = end;
    }
    return grids;
}

static guint next_form(const Labels *labels, guint first)
{
    const Hit *begins = labels_hit(labels, first);
    guint next = first + 1;
    while (next < labels->hits->len && !(labels_hit(labels, next)->field == begins->field &&
                                         labels_hit(labels, next)->whole == begins->whole &&
                                         labels_hit(labels, next)->cell == begins->cell))
        next++;
    return next;
}

/* ---- one answer ---- */

/* Text of cells as one; kept by GRID. */
static Text *new_text(Grid *grid)
{
    Text *text = text_new();
    g_ptr_array_add(grid->texts, text);
    return text;
}

static void append(Text *text, const gchar *between, const Text *more)
{
    if (text->string->len > 0)
        text_append(text, between, strlen(between), 0);
    text_append_text(text, more);
}

static gsize visible_chars(const Text *text)
{
    gsize count = 0;
    for (const gchar *c = text->string->str; *c != '\0'; c = g_utf8_next_char(c))
        count += g_unichar_isspace(g_utf8_get_char(c)) ? 0 : 1;
    return count;
}

/* The cells of ROW from INDEX to the next label. */
static GPtrArray *cells_from(const Labels *labels, const Row *row, guint index)
{
    GPtrArray *cells = g_ptr_array_new();
    for (; row_cell(row, index) != NULL && !labels_begin(labels, row, index); index++)
        g_ptr_array_add(cells, row_cell(row, index));
    return cells;
}

/* An answer in several CELLS: all of a choice; the boxes of a code; else the first cell, or the
 * last where only that says something. (What stands behind an empty cell may also be a label of
 * somebody's own, and its answer.) */
static const Text *join_cells(Grid *grid, const Field *field, const GPtrArray *cells)
{
    guint filled = 0, boxes = 0;
    for (guint i = 0; i < cells->len; i++) {
        gsize chars = visible_chars(cell_text(cells->pdata[i]));
        filled += chars > 0 ? 1 : 0;
        boxes += chars > 0 && chars <= BOX_MAX ? 1 : 0;
    }
    if (field->options == NULL && (filled < BOXES_MIN || boxes < filled)) {
        const Text *last = cell_text(cells->pdata[cells->len - 1]);
        return filled == 1 && visible_chars(last) > 0 ? last : cell_text(cells->pdata[0]);
    }
    if (cells->len == 1)
        return cell_text(cells->pdata[0]);
    Text *text = new_text(grid);
    for (guint i = 0; i < cells->len; i++)
        append(text, field->options != NULL ? " " : "", cell_text(cells->pdata[i]));
    return text;
}

/* Right of a label; where its cell spans several rows, in all of them. NULL: there is no cell. */
static const Text *answer_beside(const Search *search, const Hit *hit)
{
    const Cell *label = row_cell(table_row(search->labels->table, hit->row), hit->index);
    const Field *field = fields_get(search->labels->fields, hit->field);
    const Text *first = NULL;
    Text *all = NULL;
    for (guint r = hit->row; r < search->end_row; r++) {
        const Row *row = table_row(search->labels->table, r);
        guint index = 0;
        while (index < row->cells->len && row_cell(row, index) != label)
            index++;
        g_autoptr(GPtrArray) cells = cells_from(search->labels, row, index + 1);
        if (index == row->cells->len || (first == NULL && cells->len == 0))
            break;
        if (cells->len == 0)
            continue;
        const Text *text = join_cells(search->grid, field, cells);
        if (first == NULL) {
            first = text;
            continue;
        }
        if (text == first || visible_chars(text) == 0)
            continue; /* the answer's cell spans the same rows */
        if (all == NULL)
            text_append_text(all = new_text(search->grid), first);
        append(all, "\n", text);
    }
    return all != NULL ? all : first;
}

static gboolean has_label(const Labels *labels, guint row)
{
    const Row *cells = table_row(labels->table, row);
    for (guint i = 0; i < cells->cells->len; i++)
        if (labels_begin(labels, cells, i))
            return TRUE;
    return FALSE;
}

/* A row of labels with the row of their answers below it: cell by cell, or by the columns. */
static const Text *answer_below(const Search *search, const Hit *hit)
{
    guint below = hit->row + 1;
    if (below >= search->end_row || has_label(search->labels, below))
        return NULL;
    const Cell *label = row_cell(table_row(search->labels->table, hit->row), hit->index);
    const Row *row = table_row(search->labels->table, below);
    if (row->cells->len == table_row(search->labels->table, hit->row)->cells->len)
        return cell_text(row_cell(row, hit->index));
    for (guint i = 0; i < row->cells->len; i++) {
        Cell *cell = row_cell(row, i);
        if (cell != label && cell->column <= label->column &&
            label->column < cell->column + cell->span)
            return cell_text(cell);
    }
    return NULL;
}

/* A section has a row to itself, and perhaps rows that were added below, as one was for a table of
 * indicators. Behind the last section the table may end with rows for signatures: only an answer
 * that is nowhere else is looked for there. TEXT is all of its own cell. */
static const Text *with_rows_below(const Search *search, const Hit *hit, const Text *text)
{
    guint end = hit->row + 1;
    while (end < search->end_row && !has_label(search->labels, end))
        end++;
    gboolean last = end == search->end_row && !search->labels->table->of_lines;
    g_autofree gchar *own = text_trimmed(text->string->str, hit->end, text->string->len);
    if (last)
        end = *own == '\0' ? MIN(end, hit->row + 2) : hit->row + 1;
    if (end == hit->row + 1)
        return text;
    Text *all = new_text(search->grid);
    text_append_text(all, text);
    for (guint r = hit->row + 1; r < end; r++) {
        text_append(all, "\n", 1, 0);
        row_append(table_row(search->labels->table, r), all);
    }
    return all;
}

/* The prompt may have a row of its own. */
static gsize skip_prompt(const Text *text, gsize from)
{
    const gchar *rest = text->string->str + from;
    g_autoptr(Folded) folded = folded_new(rest, text->string->len - from);
    gsize start = label_answer_start(folded, 0, TRUE);
    return start > 0 ? from + folded_end(folded, start) : from;
}

/* Most of the row is the cell of the label, and nothing else says anything. */
static gboolean has_own_row(const Row *row, guint index)
{
    for (guint i = 0; i < row->cells->len; i++)
        if (i != index && visible_chars(cell_text(row_cell(row, i))) > 0)
            return FALSE;
    return row_cell(row, index)->span * 2 > row->columns;
}

static Place place_of(const Search *search, const Hit *hit)
{
    const Row *row = table_row(search->labels->table, hit->row);
    const Text *own = cell_text(row_cell(row, hit->index));
    gboolean section = has_own_row(row, hit->index);
    const Text *answer = hit->whole ? answer_beside(search, hit) : NULL;
    if (answer != NULL && section && visible_chars(answer) == 0)
        answer = NULL; /* a column was added */
    if (answer == NULL && hit->whole && !section)
        answer = answer_below(search, hit);
    if (answer != NULL)
        return (Place){.text = answer, .from = 0, .to = answer->string->len};
    const Text *all = section ? with_rows_below(search, hit, own) : own;
    gsize from = all != own && hit->whole ? skip_prompt(all, hit->end) : hit->end;
    gsize to = label_answer_end(all->string->str, from, all->string->len);
    return (Place){.text = all, .from = from, .to = to, .inside = TRUE};
}

/* ---- several answers in one cell ---- */

/* What the labels of FIELD and the one before it begin with alike: 联系人姓名, 联系人手机. */
static Folded *shared_group(const Fields *fields, guint field)
{
    if (field == 0)
        return NULL;
    const Folded *one = g_ptr_array_index(fields_get(fields, field - 1)->labels, 0);
    const Folded *two = g_ptr_array_index(fields_get(fields, field)->labels, 0);
    gsize shared = 0;
    while (shared < MIN(one->length, two->length) && one->chars[shared] == two->chars[shared])
        shared++;
    return shared > 0 ? folded_slice(two, 0, shared) : NULL;
}

/* Where the label of FIELD stands in TEXT at or after FROM, and *END where it ends; -1: nowhere. */
static gssize find_label(const Fields *fields, guint field, const Folded *text, gsize from,
                         gsize *end)
{
    const Field *wanted = fields_get(fields, field);
    g_autoptr(Folded) group = shared_group(fields, field);
    for (gsize at = from; at < text->length; at++) {
        *end = label_end(wanted, text, at, NULL);
        if (*end == 0 && group != NULL)
            *end = label_end(wanted, text, at, group);
        if (*end == 0 && folded_is_line(text, at))
            *end = label_end(wanted, text, folded_skip_number(text, at), NULL);
        if (*end == 0 || !label_stands_out(wanted, text, at, *end))
            continue;
        /* 其中自筹, and within it 自筹资金 */
        for (gsize within = at + 1; within < *end; within++)
            *end = MAX(*end, label_end(wanted, text, within, NULL));
        return (gssize)at;
    }
    return -1;
}

/* A label in the midst of a cell. */
typedef struct {
    guint field;
    gsize at, end; /* in the folded text */
} Find;

static gint by_place(gconstpointer a, gconstpointer b)
{
    const Find *one = a, *other = b;
    return one->at < other->at ? -1 : one->at > other->at;
}

/* Where an answer ends before another label in its line: 甲公司； */
static gsize without_separator(const gchar *text, gsize from, gsize to)
{
    while (to > from) {
        const gchar *last = g_utf8_prev_char(text + to);
        gunichar c = g_utf8_get_char(last);
        if (!g_unichar_isspace(c) && g_utf8_strchr("；;，,、。", -1, c) == NULL)
            break;
        to = (gsize)(last - text);
    }
    return MAX(from, to);
}

/* The fields after FIELD, and of numbers those before it, whose labels are in no cell of their own,
 * but in its cell behind its answer, in any order: 计划研发投入   万元，其中自筹   万元，申请专项
 * 万元. */
static void place_neighbours(const Search *search, guint field)
{
    const Grid *grid = search->grid;
    guint first = field, end = field + 1;
    while (first > 0 && grid_place(grid, first - 1)->text == NULL &&
           fields_get(search->labels->fields, first - 1)->number)
        first--;
    while (end < grid->places->len && grid_place(grid, end)->text == NULL)
        end++;
    if (end - first == 1)
        return;
    Place *place = &g_array_index(grid->places, Place, field);
    const Text *whole = place->text;
    g_autoptr(Folded) text = folded_new(whole->string->str, whole->string->len);
    gsize from = 0;
    while (from < text->length && text->at[from] < place->from)
        from++;
    g_autoptr(GArray) finds = g_array_new(FALSE, FALSE, sizeof(Find));
    for (guint other = first; other < end; other++) {
        Find find = {.field = other};
        gssize at =
            other != field ? find_label(search->labels->fields, other, text, from, &find.end) : -1;
        find.at = (gsize)at;
        if (at >= 0)
            g_array_append_val(finds, find);
    }
    g_array_sort(finds, by_place);
    for (guint i = 0; i < finds->len; i++) {
        const Find *find = &g_array_index(finds, Find, i);
        gsize start = label_answer_start(text, find->end, TRUE);
        place->to = text->at[find->at];
        if (!folded_is_line(text, find->at))
            place->to = without_separator(whole->string->str, place->from, place->to);
        place->inside = TRUE;
        place = &g_array_index(grid->places, Place, find->field);
        *place = (Place){.text = whole,
                         .from = folded_end(text, start),
                         .to = whole->string->len,
                         .inside = TRUE};
        search->grid->found++;
    }
}

/* A label with nothing else in its cell is a better place than one with text behind it. */
static Grid *grid_of_hits(const Labels *labels, guint first, guint end)
{
    Grid *grid = g_new0(Grid, 1);
    guint fields = labels->fields->list->len;
    grid->places = g_array_sized_new(FALSE, TRUE, sizeof(Place), fields);
    g_array_set_size(grid->places, fields);
    grid->texts = g_ptr_array_new_with_free_func((GDestroyNotify)text_free);
    Search search = {.labels = labels,
                     .grid = grid,
                     .end_row = end < labels->hits->len ? labels_hit(labels, end)->row
                                                        : labels->table->rows->len};
    for (int whole = TRUE; whole >= FALSE; whole--)
        for (guint i = first; i < end; i++) {
            const Hit *hit = labels_hit(labels, i);
            Place *place = &g_array_index(grid->places, Place, hit->field);
            if (hit->whole != whole || place->text != NULL)
                continue;
            *place = place_of(&search, hit);
            grid->found++;
        }
    for (guint i = 0; i < fields; i++)
        if (grid_place(grid, i)->text != NULL)
            place_neighbours(&search, i);
    return grid;
}

void grid_free(Grid *grid)
{
    if (grid == NULL)
        return;
    g_array_unref(grid->places);
    g_ptr_array_unref(grid->texts);
    g_free(grid);
}

const Place *grid_place(const Grid *grid, guint field)
{
    return &g_array_index(grid->places, Place, field);
}

guint grids_overlap(const Grid *a, const Grid *b)
{
    guint both = 0;
    for (guint i = 0; i < a->places->len; i++)
        both += grid_place(a, i)->text != NULL && grid_place(b, i)->text != NULL ? 1 : 0;
    return both;
}

void grid_join(Grid *grid, Grid *more)
{
    grid->found += more->found - grids_overlap(grid, more);
    for (guint i = 0; i < grid->places->len; i++)
        if (grid_place(grid, i)->text == NULL)
            g_array_index(grid->places, Place, i) = *grid_place(more, i);
    g_ptr_array_extend_and_steal(grid->texts, g_ptr_array_ref(more->texts));
    grid_free(more);
}
