/* Answers stand in the cell to the right of their label, behind it in its own cell, or below; and
 * people split and add cells and rows. */
#include "grid.h"

#include "label.h"
#include "prompt.h"

#include <string.h>

enum {
    BOXES_MIN = 4, /* so many cells of a character or two are one answer */
    BOX_MAX = 2,
    NEIGHBOURS_MAX = 20000, /* bytes of a cell in which the labels of other fields are looked for */
};

/* The rows of a table with one form, or a part of one. */
typedef struct {
    const Table *table;
    const Fields *fields;
    const Labels *labels;
    Grid *grid;
    guint end_row;
} Part;

static Grid *grid_of_hits(const Part *part, guint first, guint end);
static guint next_form(const Labels *labels, guint first);
static guint next_part(const Part *part, guint first, guint end);

GPtrArray *grid_read(const Table *table, const Table *before, const Fields *fields)
{
    g_autoptr(Labels) labels = labels_find(table, before, fields);
    GPtrArray *grids = g_ptr_array_new_with_free_func((GDestroyNotify)grid_free);
    for (guint first = 0; first < labels_count(labels) && grids->len <= FORMS_MAX;) {
        guint end = next_form(labels, first);
        labels_forget_quotations(labels, first, &end);
        Part part = {.table = table, .fields = fields, .labels = labels};
        guint again = next_part(&part, first, end);
        g_ptr_array_add(grids, grid_of_hits(&part, first, again));
        if (again < end)
            g_ptr_array_add(grids, grid_of_hits(&part, again, end));
        first = end;
    }
    return grids;
}

/* A form begins with its row. */
static guint row_start(const Labels *labels, guint first, guint hit)
{
    while (hit > first + 1 && labels_hit(labels, hit - 1)->row == labels_hit(labels, hit)->row)
        hit--;
    return hit;
}

static guint next_form(const Labels *labels, guint first)
{
    const Hit *begins = labels_hit(labels, first);
    guint next = first + 1, count = labels_count(labels);
    while (next < count && !(labels_hit(labels, next)->field == begins->field &&
                             labels_hit(labels, next)->whole == begins->whole &&
                             labels_hit(labels, next)->cell == begins->cell))
        next++;
    return next < count ? row_start(labels, first, next) : count;
}

/* The hit from which on a good part of the fields comes again; END: none. */
static guint next_part(const Part *part, guint first, guint end)
{
    g_autofree gboolean *seen = g_new0(gboolean, part->fields->list->len);
    guint repeated = 0, start = end;
    for (guint i = first; i < end; i++) {
        const Hit *hit = labels_hit(part->labels, i);
        if (!seen[hit->field]) {
            seen[hit->field] = TRUE;
            continue;
        }
        if (repeated++ == 0)
            start = i;
    }
    return repeated * PART_OF >= part->fields->list->len ? row_start(part->labels, first, start)
                                                         : end;
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

/* The cells of ROW from INDEX to the next label. */
static GPtrArray *cells_from(const Labels *labels, const Row *row, guint index)
{
    GPtrArray *cells = g_ptr_array_new();
    for (; row_cell(row, index) != NULL && !labels_begin(labels, row, index); index++)
        g_ptr_array_add(cells, row_cell(row, index));
    return cells;
}

/* Of several cells those that say something, with the words of the form left out: （盖章）. */
static GPtrArray *filled_cells(const GPtrArray *cells)
{
    GPtrArray *filled = g_ptr_array_new();
    for (guint i = 0; i < cells->len; i++) {
        const GString *string = cell_text(cells->pdata[i])->string;
        if (cell_chars(cells->pdata[i]) == 0)
            continue;
        g_autoptr(Folded) text = cells->len > 1 ? folded_new(string->str, string->len) : NULL;
        if (text == NULL || text->chars[0] != '(' ||
            folded_skip_parenthesis(text, 0) < text->length)
            g_ptr_array_add(filled, cells->pdata[i]);
    }
    return filled;
}

/* An answer in several CELLS: all of a choice; the boxes of a code; else the first cell, or the
 * only one that says something. (What stands behind an empty cell may also be a label of somebody's
 * own, and its answer.) */
static const Text *join_cells(Grid *grid, const Field *field, const GPtrArray *cells)
{
    if (cells->len == 1)
        return cell_text(cells->pdata[0]);
    g_autoptr(GPtrArray) filled = filled_cells(cells);
    guint boxes = 0;
    for (guint i = 0; i < filled->len; i++)
        boxes += cell_chars(filled->pdata[i]) <= BOX_MAX ? 1 : 0;
    if (field->options == NULL && (filled->len < BOXES_MIN || boxes < filled->len))
        return cell_text(filled->len == 1 ? filled->pdata[0] : cells->pdata[0]);
    Text *text = new_text(grid);
    for (guint i = 0; i < cells->len; i++)
        append(text, field->options != NULL ? " " : "", cell_text(cells->pdata[i]));
    return text;
}

/* Right of a label; where its cell spans several rows, in all of them. NULL: there is no cell. */
static const Text *answer_beside(const Part *part, const Hit *hit)
{
    const Cell *label = row_cell(table_row(part->table, hit->row), hit->index);
    const Field *field = fields_get(part->fields, hit->field);
    const Text *first = NULL;
    Text *all = NULL;
    for (guint r = hit->row; r < part->end_row; r++) {
        const Row *row = table_row(part->table, r);
        guint index = 0;
        while (index < row->cells->len && row_cell(row, index) != label)
            index++;
        g_autoptr(GPtrArray) cells = cells_from(part->labels, row, index + 1);
        if (index == row->cells->len || (first == NULL && cells->len == 0))
            break;
        if (cells->len == 0)
            continue;
        const Text *text = join_cells(part->grid, field, cells);
        if (first == NULL) {
            first = text;
            continue;
        }
        if (text == first || text_is_blank(text, 0))
            continue; /* the answer's cell spans the same rows */
        if (all == NULL)
            text_append_text(all = new_text(part->grid), first);
        append(all, "\n", text);
    }
    return all != NULL ? all : first;
}

static gboolean has_label(const Part *part, guint row)
{
    const Row *cells = table_row(part->table, row);
    for (guint i = 0; i < cells->cells->len; i++)
        if (labels_begin(part->labels, cells, i))
            return TRUE;
    return FALSE;
}

/* A row of labels with the row of their answers below it: cell by cell, or by the columns. */
static const Text *answer_below(const Part *part, const Hit *hit)
{
    guint below = hit->row + 1;
    if (below >= part->end_row || has_label(part, below))
        return NULL;
    const Cell *label = row_cell(table_row(part->table, hit->row), hit->index);
    const Row *row = table_row(part->table, below);
    if (row->cells->len == table_row(part->table, hit->row)->cells->len)
        return cell_text(row_cell(row, hit->index));
    for (guint i = 0; i < row->cells->len; i++) {
        Cell *cell = row_cell(row, i);
        if (cell != label && cell->column <= label->column &&
            label->column < cell->column + cell->span)
            return cell_text(cell);
    }
    return NULL;
}

/* Most of the row is the cell of the label, and nothing else says anything. */
static gboolean has_own_row(const Row *row, guint index)
{
    for (guint i = 0; i < row->cells->len; i++)
        if (i != index && cell_chars(row_cell(row, i)) > 0)
            return FALSE;
    return row_cell(row, index)->span * 2 > row->columns;
}

/* Whether the section before that in ROW, if there is one, has its answer in rows of its own. */
static gboolean answers_stand_below(const Part *part, guint row)
{
    guint before = row;
    while (before > 0 && !has_label(part, before - 1))
        before--;
    return before == 0 || before < row || !has_own_row(table_row(part->table, row - 1), 0);
}

/* A section has a row to itself, and perhaps rows that were added below, as one was for a table of
 * indicators. Behind the last section the table may end with rows for signatures: only an answer
 * that is nowhere else is looked for there, where other answers stand below, too. TEXT is all of
 * its own cell. */
static const Text *with_rows_below(const Part *part, const Hit *hit, const Text *text)
{
    guint end = hit->row + 1;
    while (end < part->end_row && !has_label(part, end))
        end++;
    gboolean last = end == part->end_row && !part->table->of_lines;
    g_autofree gchar *own = text_trimmed(text->string->str, hit->end, text->string->len);
    if (last)
        end = *own == '\0' && answers_stand_below(part, hit->row) ? MIN(end, hit->row + 2)
                                                                  : hit->row + 1;
    if (end == hit->row + 1)
        return text;
    Text *all = new_text(part->grid);
    text_append_text(all, text);
    for (guint r = hit->row + 1; r < end; r++) {
        text_append(all, "\n", 1, 0);
        row_append(table_row(part->table, r), all);
    }
    return all;
}

/* The prompt may have a row of its own. */
static gsize behind_prompt(const Text *text, gsize from)
{
    const gchar *rest = text->string->str + from;
    g_autoptr(Folded) folded = folded_new(rest, text->string->len - from);
    gsize start = prompt_answer_start(folded, 0, TRUE, TRUE);
    return start > 0 ? from + folded_end(folded, start) : from;
}

static Place place_of(const Part *part, const Hit *hit)
{
    const Row *row = table_row(part->table, hit->row);
    const Text *own = cell_text(row_cell(row, hit->index));
    gboolean section = has_own_row(row, hit->index);
    const Text *answer = hit->whole ? answer_beside(part, hit) : NULL;
    if (answer != NULL && section && text_is_blank(answer, 0))
        answer = NULL; /* a column was added */
    if (answer == NULL && hit->whole && !section)
        answer = answer_below(part, hit);
    if (answer != NULL)
        return (Place){.text = answer, .from = 0, .to = answer->string->len};
    const Text *all = section ? with_rows_below(part, hit, own) : own;
    gsize from = all != own && hit->whole ? behind_prompt(all, hit->end) : hit->end;
    gsize to = prompt_answer_end(all->string->str, from, all->string->len);
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

/* A label in the midst of a cell. */
typedef struct {
    guint field;
    gsize at, end; /* in the folded text */
} Find;

/* Whether what was found looks like a label, in the cell of the field PLACED, and not like words of
 * its answer. Amounts share a sentence; in prose, a label has a line of its own, with a number or a
 * prompt; elsewhere it stands apart with a mark behind it, or alone in its line. */
static gboolean stands_out(const Part *part, guint placed, const Folded *text, const Find *find,
                           gboolean numbered)
{
    const Field *field = fields_get(part->fields, placed);
    if (field->number)
        return fields_get(part->fields, find->field)->number;
    gunichar behind = find->end < text->length ? text->chars[find->end] : 0;
    gboolean begins = folded_is_line(text, find->at);
    if (field->prose)
        return begins && (numbered || behind == '(');
    if (begins && (behind == 0 || folded_is_line(text, find->end)))
        return TRUE;
    gboolean apart = folded_is_apart(text, find->at) ||
                     (find->at > 0 && g_utf8_strchr(";,|/", -1, text->chars[find->at - 1]) != NULL);
    return apart && (behind == ':' || behind == '(');
}

/* Looks for the label of find->field in TEXT at or after FROM, in the cell of the field PLACED. */
static gboolean find_label(const Part *part, guint placed, const Folded *text, gsize from,
                           Find *find)
{
    const Field *wanted = fields_get(part->fields, find->field);
    g_autoptr(Folded) group = shared_group(part->fields, find->field);
    for (find->at = from; find->at < text->length; find->at++) {
        gsize number = folded_is_line(text, find->at) ? folded_skip_number(text, find->at) : 0;
        gboolean numbered = number > find->at;
        find->end = label_end(wanted, text, numbered ? number : find->at, NULL);
        if (find->end == 0 && group != NULL)
            find->end = label_end(wanted, text, find->at, group);
        if (find->end == 0 || !stands_out(part, placed, text, find, numbered))
            continue;
        /* 其中自筹, and within it 自筹资金 */
        for (gsize within = find->at + 1; within < find->end; within++)
            find->end = MAX(find->end, label_end(wanted, text, within, NULL));
        return TRUE;
    }
    return FALSE;
}

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

/* The fields around FIELD that have no place yet: after it, and of numbers before it. */
static void unplaced(const Part *part, guint field, guint *first, guint *end)
{
    *first = field;
    *end = field + 1;
    while (*first > 0 && grid_place(part->grid, *first - 1)->text == NULL &&
           fields_get(part->fields, *first - 1)->number)
        (*first)--;
    while (*end < part->grid->places->len && grid_place(part->grid, *end)->text == NULL)
        (*end)++;
}

/* Fields whose labels are in no cell of their own, but in the one of FIELD behind its answer, in
 * any order: 计划研发投入   万元，其中自筹   万元，申请专项   万元. */
static void place_neighbours(const Part *part, guint field)
{
    guint first, end;
    unplaced(part, field, &first, &end);
    Place *place = &g_array_index(part->grid->places, Place, field);
    const Text *whole = place->text;
    if (end - first == 1 || whole->string->len > NEIGHBOURS_MAX)
        return;
    g_autoptr(Folded) text = folded_new(whole->string->str, whole->string->len);
    gsize from = 0;
    while (from < text->length && text->at[from] < place->from)
        from++;
    g_autoptr(GArray) finds = g_array_new(FALSE, FALSE, sizeof(Find));
    for (guint other = first; other < end; other++) {
        Find find = {.field = other};
        if (other != field && find_label(part, field, text, from, &find))
            g_array_append_val(finds, find);
    }
    g_array_sort(finds, by_place);
    for (guint i = 0; i < finds->len; i++) {
        const Find *find = &g_array_index(finds, Find, i);
        gsize start = prompt_answer_start(text, find->end, TRUE,
                                          fields_get(part->fields, find->field)->prose);
        place->to =
            MAX(place->from, text->at[find->at]); /* it may be in what looks like a prompt */
        if (!folded_is_line(text, find->at))
            place->to = without_separator(whole->string->str, place->from, place->to);
        place->inside = TRUE;
        place = &g_array_index(part->grid->places, Place, find->field);
        *place = (Place){.text = whole,
                         .from = folded_end(text, start),
                         .to = whole->string->len,
                         .inside = TRUE};
        part->grid->found++;
    }
}

/* A label with nothing else in its cell is a better place than one with text behind it. */
static Grid *grid_of_hits(const Part *part, guint first, guint end)
{
    Grid *grid = g_new0(Grid, 1);
    guint fields = part->fields->list->len;
    grid->places = g_array_sized_new(FALSE, TRUE, sizeof(Place), fields);
    g_array_set_size(grid->places, fields);
    grid->texts = g_ptr_array_new_with_free_func((GDestroyNotify)text_free);
    Part one = *part;
    one.grid = grid;
    one.end_row = end < labels_count(part->labels) ? labels_hit(part->labels, end)->row
                                                   : part->table->rows->len;
    for (int whole = TRUE; whole >= FALSE; whole--)
        for (guint i = first; i < end; i++) {
            const Hit *hit = labels_hit(part->labels, i);
            Place *place = &g_array_index(grid->places, Place, hit->field);
            if (hit->whole != whole || place->text != NULL)
                continue;
            *place = place_of(&one, hit);
            grid->found++;
        }
    for (guint i = 0; i < fields; i++)
        if (grid_place(grid, i)->text != NULL)
            place_neighbours(&one, i);
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

void grid_inherit(Grid *grid, const Grid *above)
{
    for (guint i = 0; i < grid->places->len; i++)
        if (grid_place(grid, i)->text == NULL)
            g_array_index(grid->places, Place, i) = *grid_place(above, i);
}
