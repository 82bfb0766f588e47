/* Printed labels in a table, and the places where their answers stand: in the cell to the right,
 * behind the label in its own cell, or below. */
#include "grid.h"

#include <string.h>

enum {
    GROUP_REACH = 8, /* cells to the left, or rows up, where a label's group may stand */
    SHORT_LABEL = 6, /* a shorter label at the beginning of a longer text needs an end of its own */
    PROMPT_MIN = 10, /* characters; a shorter parenthesis is rather (1) of the answer */
};

#define LABEL_MARKS ":*★※" /* beside a label, and no part of it */

/* A label that was found. */
typedef struct {
    guint field;
    guint row, index; /* the cell in the row */
    gsize end;        /* where the label and its prompt end, in bytes */
    gboolean whole;   /* nothing else stands in the cell */
    gboolean prompt;
} Hit;

typedef struct {
    const Table *table;
    const Fields *fields;
    GHashTable *folds;  /* Cell → Folded */
    GHashTable *labels; /* set of Cell: cells that a label begins */
    GArray *hits;
} Scan;

static void scan_cell(Scan *scan, guint row, guint index);
static Grid *grid_of_hits(const Scan *scan, guint first, guint end);
static guint next_form(const Scan *scan, guint first);
static void folded_unref(gpointer folded);

GPtrArray *grid_read(const Table *table, const Fields *fields)
{
    g_autoptr(GHashTable) folds = g_hash_table_new_full(NULL, NULL, NULL, folded_unref);
    g_autoptr(GHashTable) labels = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(Hit));
    Scan scan = {.table = table, .fields = fields, .folds = folds, .labels = labels, .hits = hits};
    for (guint row = 0; row < table->rows->len; row++)
        for (guint index = 0; index < table_row(table, row)->cells->len; index++)
            scan_cell(&scan, row, index);

    GPtrArray *grids = g_ptr_array_new_with_free_func((GDestroyNotify)grid_free);
    for (guint first = 0; first < hits->len;) {
        guint end = next_form(&scan, first);
        g_ptr_array_add(grids, grid_of_hits(&scan, first, end));
        first = end;
    }
    return grids;
}

static void folded_unref(gpointer folded)
{
    folded_free(folded);
}

static const Folded *fold(const Scan *scan, Cell *cell)
{
    Folded *folded = g_hash_table_lookup(scan->folds, cell);
    if (folded == NULL) {
        const GString *string = cell_text(cell)->string;
        folded = folded_new(string->str, string->len);
        g_hash_table_insert(scan->folds, cell, folded);
    }
    return folded;
}

/* ---- labels ---- */

static gsize skip_set(const Folded *text, gsize from, const char *set)
{
    while (from < text->length && g_utf8_strchr(set, -1, text->chars[from]) != NULL)
        from++;
    return from;
}

static gboolean is_new_line(const Folded *text, gsize index)
{
    gsize from = folded_end(text, index);
    return memchr(text->text + from, '\n', text->at[index] - from) != NULL;
}

/* Where the printed prompt ends whose parenthesis opens at OPEN: a long one, or one that says how
 * long the answer may be; 0 when it is rather the (1) that an answer begins with. */
static gsize prompt_end(const Folded *text, gsize open)
{
    gsize close = folded_skip_parenthesis(text, open);
    gsize end = close > 0 ? close : text->length;
    for (gsize i = open; i + 1 < end; i++)
        if (g_unichar_isdigit(text->chars[i]) && text->chars[i + 1] == 0x5b57) /* …500字 */
            return close > 0 ? close : i + 2; /* the closing one was deleted */
    return close >= open + PROMPT_MIN && !is_new_line(text, open) ? close : 0;
}

/* Where the answer begins behind a label that ends at END. LONELY: no other cell could hold the
 * answer; else a parenthesis up to the end of the cell is printed, however short, and so is what
 * the label goes on with (职务/职称). */
static gsize answer_start(const Folded *text, gsize end, gboolean lonely, gboolean *prompt)
{
    gsize start = skip_set(text, end, LABEL_MARKS);
    *prompt = FALSE;
    if (start < text->length && !lonely && g_utf8_strchr("/,", -1, text->chars[start]) != NULL)
        return text->length;
    if (start == text->length || text->chars[start] != '(')
        return start;
    gsize close = folded_skip_parenthesis(text, start);
    if (lonely || close < text->length)
        close = prompt_end(text, start);
    *prompt = close > 0;
    return close > 0 ? skip_set(text, close, LABEL_MARKS) : start;
}

static gboolean is_label(const Scan *scan, const Row *row, guint index)
{
    Cell *cell = row_cell(row, index);
    return cell != NULL && g_hash_table_contains(scan->labels, cell);
}

/* Where in TEXT the label of FIELD ends that begins at FROM, when the part of the label that is
 * GROUP (NULL: none) stands in a cell of its own; 0: it does not begin there. */
static gsize label_end(const Field *field, const Folded *text, gsize from, const Folded *group)
{
    gsize end = 0;
    for (guint i = 0; i < field->labels->len; i++) {
        const Folded *label = g_ptr_array_index(field->labels, i);
        if (group != NULL && !folded_has(label, 0, group, 0))
            continue;
        gsize skip = group != NULL ? group->length : 0;
        if (folded_has(text, from, label, skip))
            end = MAX(end, from + label->length - skip);
    }
    return end;
}

static gboolean ends_there(const Folded *text, gsize from, gsize end)
{
    return end - from >= SHORT_LABEL || end == text->length || folded_is_apart(text, end) ||
           !g_unichar_isalnum(text->chars[end]) || g_unichar_isdigit(text->chars[end]);
}

/* Adds a hit for every field whose label, less GROUP, begins the cell. */
static gboolean scan_labels(Scan *scan, guint row, guint index, const Folded *group)
{
    const Row *cells = table_row(scan->table, row);
    Cell *cell = row_cell(cells, index);
    const Folded *text = fold(scan, cell);
    gsize from = folded_skip_number(text, skip_set(text, 0, LABEL_MARKS));
    gboolean found = FALSE;
    for (guint i = 0; i < scan->fields->list->len; i++) {
        gsize end = label_end(fields_get(scan->fields, i), text, from, group);
        if (end == 0)
            continue;
        Hit hit = {.field = i, .row = row, .index = index};
        gboolean lonely = row_cell(cells, index + 1) == NULL;
        gsize behind = answer_start(text, end, lonely, &hit.prompt);
        hit.whole = behind == text->length;
        hit.end = hit.whole ? cell_text(cell)->string->len : folded_end(text, behind);
        /* Right of a label is its answer, whatever it begins with. */
        gboolean answer = index > 0 && is_label(scan, cells, index - 1);
        if (!hit.whole && (answer || !ends_there(text, from, end)))
            continue;
        g_array_append_val(scan->hits, hit);
        found = TRUE;
    }
    return found;
}

/* The cells where the group of a label may stand: to the left; or, where the first cell of the row
 * is empty because nobody merged it, above that. */
static GPtrArray *group_cells(const Scan *scan, guint row, guint index)
{
    GPtrArray *cells = g_ptr_array_new();
    const Row *here = table_row(scan->table, row);
    for (guint i = 1; i <= MIN(index, GROUP_REACH); i++)
        g_ptr_array_add(cells, row_cell(here, index - i));
    if (index == 0 || fold(scan, row_cell(here, 0))->length > 0)
        return cells;
    for (guint up = 1; up <= MIN(row, GROUP_REACH); up++) {
        Cell *above = row_cell(table_row(scan->table, row - up), 0);
        if (above != NULL && fold(scan, above)->length > 0) {
            g_ptr_array_add(cells, above);
            break;
        }
    }
    return cells;
}

static void scan_cell(Scan *scan, guint row, guint index)
{
    const Row *here = table_row(scan->table, row);
    Cell *cell = g_ptr_array_index(here->cells, index);
    if (cell->origin != cell || fold(scan, cell)->length == 0)
        return;
    gboolean found = scan_labels(scan, row, index, NULL);
    g_autoptr(GPtrArray) groups = group_cells(scan, row, index);
    for (guint i = 0; i < groups->len && !found; i++) {
        const Folded *group = fold(scan, g_ptr_array_index(groups, i));
        if (group->length > 0)
            found = scan_labels(scan, row, index, group);
    }
    if (found)
        g_hash_table_add(scan->labels, cell);
}

/* ---- forms ---- */

static const Hit *hit_at(const Scan *scan, guint index)
{
    return &g_array_index(scan->hits, Hit, index);
}

static guint next_form(const Scan *scan, guint first)
{
    guint next = first + 1;
    while (next < scan->hits->len && !(hit_at(scan, next)->field == hit_at(scan, first)->field &&
                                       hit_at(scan, next)->whole == hit_at(scan, first)->whole))
        next++;
    return next;
}

static Place place_of(const Scan *scan, const Hit *hit)
{
    const Row *row = table_row(scan->table, hit->row);
    Cell *cell = row_cell(row, hit->index);
    Place place = {
        .cell = cell, .from = hit->end, .to = cell_text(cell)->string->len, .inside = TRUE};
    if (!hit->whole)
        return place;
    Cell *answer = row_cell(row, hit->index + 1);
    if (answer == NULL && row->cells->len == 1 && !hit->prompt &&
        hit->row + 1 < scan->table->rows->len) {
        const Row *below = table_row(scan->table, hit->row + 1);
        if (below->cells->len == 1)
            answer = row_cell(below, 0);
    }
    if (answer != NULL && answer != cell && !g_hash_table_contains(scan->labels, answer))
        place = (Place){.cell = answer, .from = 0, .to = cell_text(answer)->string->len};
    return place;
}

/* In one cell with others, a label that is no number's must look like one. */
static gboolean stands_out(const Field *field, const Folded *text, gsize start, gsize end)
{
    if (field->number)
        return TRUE;
    return is_new_line(text, start) ||
           (end < text->length && g_utf8_strchr(":(", -1, text->chars[end]) != NULL);
}

/* The fields after FIELD whose labels are in no cell of their own, but in its cell behind its
 * answer: 计划研发投入   万元，其中自筹   万元，申请专项   万元. */
static void place_neighbours(const Scan *scan, Grid *grid, guint field)
{
    Place *place = &g_array_index(grid->places, Place, field);
    const Folded *text = fold(scan, place->cell);
    gsize from = 0;
    while (from < text->length && text->at[from] < place->from)
        from++;
    for (guint next = field + 1; next < grid->places->len; next++) {
        Place *neighbour = &g_array_index(grid->places, Place, next);
        if (neighbour->cell != NULL)
            return;
        const Field *wanted = fields_get(scan->fields, next);
        gsize end = 0;
        gsize at = from;
        for (; at < text->length && end == 0; at++) {
            end = label_end(wanted, text, at, NULL);
            if (end > 0 && !stands_out(wanted, text, at, end))
                end = 0;
        }
        if (end == 0)
            return;
        at--; /* the loop has gone past it */
        gboolean prompt;
        end = answer_start(text, end, TRUE, &prompt);
        place->to = text->at[at];
        place->inside = TRUE;
        *neighbour = (Place){.cell = place->cell, .from = folded_end(text, end), .inside = TRUE};
        neighbour->to = cell_text(place->cell)->string->len;
        grid->found++;
        place = neighbour;
        from = end;
    }
}

/* A label with nothing else in its cell is a better place than one with text behind it. */
static Grid *grid_of_hits(const Scan *scan, guint first, guint end)
{
    Grid *grid = g_new0(Grid, 1);
    grid->places = g_array_sized_new(FALSE, TRUE, sizeof(Place), scan->fields->list->len);
    g_array_set_size(grid->places, scan->fields->list->len);
    for (int whole = TRUE; whole >= FALSE; whole--)
        for (guint i = first; i < end; i++) {
            const Hit *hit = hit_at(scan, i);
            Place *place = &g_array_index(grid->places, Place, hit->field);
            if (hit->whole != whole || place->cell != NULL)
                continue;
            *place = place_of(scan, hit);
            grid->found++;
        }
    for (guint i = 0; i < grid->places->len; i++)
        if (grid_place(grid, i)->cell != NULL)
            place_neighbours(scan, grid, i);
    return grid;
}

void grid_free(Grid *grid)
{
    if (grid == NULL)
        return;
    g_array_unref(grid->places);
    g_free(grid);
}

const Place *grid_place(const Grid *grid, guint field)
{
    return &g_array_index(grid->places, Place, field);
}

gboolean grids_overlap(const Grid *a, const Grid *b)
{
    for (guint i = 0; i < a->places->len; i++)
        if (grid_place(a, i)->cell != NULL && grid_place(b, i)->cell != NULL)
            return TRUE;
    return FALSE;
}

void grid_join(Grid *grid, const Grid *more)
{
    for (guint i = 0; i < grid->places->len; i++)
        if (grid_place(grid, i)->cell == NULL)
            g_array_index(grid->places, Place, i) = *grid_place(more, i);
    grid->found += more->found;
}
