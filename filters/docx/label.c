/* Finding labels: at the beginning of a cell, or in two cells (法定代表人 | 姓名). */
#include "label.h"

#include "prompt.h"

#include <string.h>

enum {
    GROUP_REACH = 8, /* cells to the left, or rows up, where a label's group may stand */
    SHORT_LABEL = 6, /* a shorter label at the beginning of a longer text needs an end of its own */
    REMARK_MAX = 12, /* characters of a remark to a label */
    FOLD_MAX = 4096, /* bytes; labels and prompts stand at the beginning of a cell */
    GROUP_MAX = 30,  /* characters */
};

struct Labels {
    const Table *table;
    const Fields *fields;
    Cell *group;       /* what the first column of the table before ended with; or NULL */
    GHashTable *folds; /* Cell → Folded: its beginning */
    GHashTable *cells; /* Cell → LabelCell: those that a label begins */
    GArray *hits;      /* of Hit */
};

static void scan_cell(Labels *labels, guint row, guint index);
static void take_remarks(const Labels *labels);
static Cell *last_first_cell(const Table *table, guint end);
static void folded_unref(gpointer folded);

Labels *labels_find(const Table *table, const Table *before, const Fields *fields)
{
    Labels *labels = g_new0(Labels, 1);
    labels->table = table;
    labels->fields = fields;
    labels->group = before != NULL ? last_first_cell(before, before->rows->len) : NULL;
    labels->folds = g_hash_table_new_full(NULL, NULL, NULL, folded_unref);
    labels->cells = g_hash_table_new(NULL, NULL);
    labels->hits = g_array_new(FALSE, FALSE, sizeof(Hit));
    for (guint row = 0; row < table->rows->len; row++)
        for (guint index = 0; index < table_row(table, row)->cells->len; index++)
            scan_cell(labels, row, index);
    take_remarks(labels);
    return labels;
}

void labels_free(Labels *labels)
{
    if (labels == NULL)
        return;
    g_hash_table_unref(labels->folds);
    g_hash_table_unref(labels->cells);
    g_array_unref(labels->hits);
    g_free(labels);
}

guint labels_count(const Labels *labels)
{
    return labels->hits->len;
}

const Hit *labels_hit(const Labels *labels, guint index)
{
    return &g_array_index(labels->hits, Hit, index);
}

static void folded_unref(gpointer folded)
{
    folded_free(folded);
}

static const Folded *fold(const Labels *labels, Cell *cell)
{
    Folded *folded = g_hash_table_lookup(labels->folds, cell);
    if (folded == NULL) {
        const GString *string = cell_text(cell)->string;
        gsize length = string->len;
        if (length > FOLD_MAX)
            length =
                (gsize)(g_utf8_find_prev_char(string->str, string->str + FOLD_MAX) - string->str);
        folded = folded_new(string->str, length);
        g_hash_table_insert(labels->folds, cell, folded);
    }
    return folded;
}

static LabelCell kind_of_cell(const Labels *labels, const Row *row, guint index)
{
    Cell *cell = row_cell(row, index);
    return cell != NULL ? GPOINTER_TO_INT(g_hash_table_lookup(labels->cells, cell)) : LABEL_NONE;
}

gboolean labels_begin(const Labels *labels, const Row *row, guint index)
{
    return kind_of_cell(labels, row, index) != LABEL_NONE;
}

/* Past LABEL without its first SKIP characters at FROM; 0: it is not there. 法定代表人：姓名 is one
 * label. */
static gsize match(const Folded *text, gsize from, const Folded *label, gsize skip)
{
    if (skip >= label->length)
        return 0;
    for (gsize i = skip; i < label->length; i++) {
        if (i > skip)
            from = folded_skip_set(text, from, ":");
        if (from == text->length || text->chars[from] != label->chars[i])
            return 0;
        from++;
    }
    return from;
}

gsize label_end(const Field *field, const Folded *text, gsize from, const Folded *group)
{
    gsize end = 0;
    for (guint i = 0; i < field->labels->len; i++) {
        const Folded *label = g_ptr_array_index(field->labels, i);
        if (group == NULL || folded_has(label, 0, group, 0))
            end = MAX(end, match(text, from, label, group != NULL ? group->length : 0));
    }
    return end;
}

static gboolean ends_there(const Folded *text, gsize from, gsize end)
{
    return end - from >= SHORT_LABEL || end == text->length || folded_is_apart(text, end) ||
           !g_unichar_isalnum(text->chars[end]) || g_unichar_isdigit(text->chars[end]);
}

/* Adds a hit for every field whose label, less GROUP, begins the cell. */
static LabelCell scan_labels(Labels *labels, guint row, guint index, const Folded *group)
{
    const Row *cells = table_row(labels->table, row);
    Cell *cell = row_cell(cells, index);
    const Folded *text = fold(labels, cell);
    gsize from = folded_skip_number(text, folded_skip_set(text, 0, LABEL_MARKS));
    gsize digits = folded_skip_set(text, from, "0123456789"); /* ①, or 1 with a blank behind it */
    LabelCell found = LABEL_NONE;
    for (guint i = 0; i < labels->fields->list->len; i++) {
        const Field *field = fields_get(labels->fields, i);
        gsize end = label_end(field, text, from, group);
        if (end == 0 && digits > from)
            end = label_end(field, text, digits, group);
        if (end == 0)
            continue;
        Hit hit = {.field = i, .row = row, .index = index};
        gboolean lonely = row_cell(cells, index + 1) == NULL;
        gsize behind = prompt_answer_start(text, end, lonely, field->prose);
        gsize whole = cell_text(cell)->string->len;
        hit.whole = behind == text->length && whole <= FOLD_MAX;
        hit.end = hit.whole ? whole : folded_end(text, behind);
        hit.cell = index > 0 && kind_of_cell(labels, cells, index - 1) == LABEL_ALONE
                       ? LABEL_OR_ANSWER
                   : hit.whole ? LABEL_ALONE
                               : LABEL_WITH_ANSWER;
        if (!hit.whole && (hit.cell == LABEL_OR_ANSWER || !ends_there(text, from, end)))
            continue;
        g_array_append_val(labels->hits, hit);
        found = hit.cell;
    }
    return found;
}

/* The last cell of the first column that says something, not far above row END; NULL: none. */
static Cell *last_first_cell(const Table *table, guint end)
{
    for (guint up = 1; up <= MIN(end, GROUP_REACH); up++) {
        Cell *cell = row_cell(table_row(table, end - up), 0);
        if (cell != NULL && cell->column == 0 && cell_chars(cell) > 0)
            return cell;
    }
    return NULL;
}

/* The cells where the group of a label may stand: to the left; or, where the first cell of the row
 * is empty (nobody merged it) or not there, above that. */
static GPtrArray *group_cells(const Labels *labels, guint row, guint index)
{
    GPtrArray *cells = g_ptr_array_new();
    const Row *here = table_row(labels->table, row);
    for (guint i = 1; i <= MIN(index, GROUP_REACH); i++)
        g_ptr_array_add(cells, row_cell(here, index - i));
    Cell *first = row_cell(here, 0);
    if (first->column == 0 && (index == 0 || cell_chars(first) > 0))
        return cells;
    Cell *above = last_first_cell(labels->table, row);
    if (above == NULL)
        above = labels->group;
    if (above != NULL)
        g_ptr_array_add(cells, above);
    return cells;
}

/* 法定代表人：, or 法定代表人（负责人） */
static Folded *plain_group(const Folded *group)
{
    if (group->length > GROUP_MAX)
        return folded_slice(group, 0, 0);
    gsize start = folded_skip_set(group, 0, LABEL_MARKS), end = start;
    while (end < group->length && g_utf8_strchr(LABEL_MARKS "(", -1, group->chars[end]) == NULL)
        end++;
    return folded_slice(group, start, end - start);
}

static void scan_cell(Labels *labels, guint row, guint index)
{
    const Row *here = table_row(labels->table, row);
    Cell *cell = g_ptr_array_index(here->cells, index);
    if (cell->origin != cell || fold(labels, cell)->length == 0)
        return;
    LabelCell found = scan_labels(labels, row, index, NULL);
    g_autoptr(GPtrArray) groups = group_cells(labels, row, index);
    for (guint i = 0; i < groups->len && found == LABEL_NONE; i++) {
        g_autoptr(Folded) group = plain_group(fold(labels, g_ptr_array_index(groups, i)));
        if (group->length > 0)
            found = scan_labels(labels, row, index, group);
    }
    if (found != LABEL_NONE)
        g_hash_table_insert(labels->cells, cell, GINT_TO_POINTER(found));
}

/* A few words on a line below a label, 18位, with the answer in the next cell, are no answer. */
static void take_remarks(const Labels *labels)
{
    for (guint i = 0; i < labels->hits->len; i++) {
        Hit *hit = &g_array_index(labels->hits, Hit, i);
        const Row *row = table_row(labels->table, hit->row);
        Cell *next = row_cell(row, hit->index + 1);
        if (hit->whole || next == NULL || labels_begin(labels, row, hit->index + 1) ||
            cell_chars(next) == 0)
            continue;
        const GString *text = cell_text(row_cell(row, hit->index))->string;
        const gchar *remark = text->str + hit->end;
        gboolean below =
            hit->end > 0 && strspn(remark, "\n \t") > 0 && strchr(remark, '\n') != NULL;
        if (!below || g_utf8_strlen(remark, -1) > REMARK_MAX)
            continue;
        hit->whole = TRUE;
        hit->cell = LABEL_ALONE;
        hit->end = text->len;
    }
}

void labels_forget_quotations(Labels *labels, guint first, guint *end)
{
    g_autofree gboolean *alone = g_new0(gboolean, labels->fields->list->len);
    for (guint i = first; i < *end; i++)
        alone[labels_hit(labels, i)->field] |= labels_hit(labels, i)->cell == LABEL_ALONE;
    guint kept = first;
    for (guint i = first; i < *end; i++) {
        Hit hit = *labels_hit(labels, i);
        if (hit.cell == LABEL_ALONE || !alone[hit.field])
            g_array_index(labels->hits, Hit, kept++) = hit;
        else
            g_hash_table_remove(labels->cells,
                                row_cell(table_row(labels->table, hit.row), hit.index));
    }
    g_array_remove_range(labels->hits, kept, *end - kept);
    *end = kept;
}
