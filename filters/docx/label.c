/* Finding labels: at the beginning of a cell, or in two cells (法定代表人 | 姓名). */
#include "label.h"

#include <string.h>

enum {
    GROUP_REACH = 8, /* cells to the left, or rows up, where a label's group may stand */
    SHORT_LABEL = 6, /* a shorter label at the beginning of a longer text needs an end of its own */
    REMARK_MAX = 12, /* characters of a remark to a label */
    PROMPT_MIN = 10, /* characters; a shorter parenthesis is rather (1) of the answer */
};

#define LABEL_MARKS ":*★※" /* beside a label, and no part of it */

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
        folded = folded_new(string->str, string->len);
        g_hash_table_insert(labels->folds, cell, folded);
    }
    return folded;
}

static gsize skip_set(const Folded *text, gsize from, const char *set)
{
    while (from < text->length && g_utf8_strchr(set, -1, text->chars[from]) != NULL)
        from++;
    return from;
}

/* Past the printed limit, 限500字, that stands at FROM, and a parenthesis that it closes; FROM
 * where there is none. */
static gsize skip_limit(const Folded *text, gsize from)
{
    gsize i = from;
    if (i == text->length || text->chars[i++] != 0x9650) /* 限 */
        return from;
    gsize digits = i;
    while (i < text->length && g_unichar_isdigit(text->chars[i]))
        i++;
    if (i == digits || i == text->length || text->chars[i++] != 0x5b57) /* 字 */
        return from;
    gsize close = i;
    while (close < text->length && close < i + 3 && text->chars[close] != ')')
        close++; /* 以内, 。 */
    return close < text->length && text->chars[close] == ')' ? close + 1 : i;
}

/* Whether FROM to END says how many characters an answer may have: …500字. */
static gboolean has_limit(const Folded *text, gsize from, gsize end)
{
    for (gsize i = from; i + 1 < end; i++)
        if (g_unichar_isdigit(text->chars[i]) && text->chars[i + 1] == 0x5b57)
            return TRUE;
    return FALSE;
}

static gsize line_end(const Folded *text, gsize from)
{
    do
        from++;
    while (from < text->length && !folded_is_line(text, from));
    return MIN(from, text->length);
}

/* Where the printed prompt ends that begins at FROM; FROM: there is none. It says how long the
 * answer may be; or it is a long parenthesis, in one paragraph, unlike the (1) that an answer
 * begins with. Some of it may have been deleted. */
static gsize skip_prompt(const Folded *text, gsize from)
{
    gsize end = line_end(text, from);
    gboolean opens = from < text->length && text->chars[from] == '(';
    gsize close = opens ? folded_skip_parenthesis(text, from) : 0;
    if (close > 0 && has_limit(text, from, close))
        return close;
    if (close >= from + PROMPT_MIN && close <= end && !folded_is_line(text, from))
        return skip_prompt(text, close); /* （…）（限500字） */
    for (gsize line = from; line < end; line++) {
        gsize behind = skip_limit(text, line);
        if (behind > line)
            return behind;
    }
    return opens && close == 0 && end < text->length ? end : from;
}

gsize label_answer_start(const Folded *text, gsize end, gboolean lonely)
{
    gsize start = skip_set(text, end, LABEL_MARKS);
    if (start == text->length)
        return start;
    if (!lonely) {
        gsize close = folded_skip_parenthesis(text, start);
        if (g_utf8_strchr("/,", -1, text->chars[start]) != NULL ||
            (text->chars[start] == '(' && close > 0 &&
             skip_set(text, close, LABEL_MARKS) == text->length))
            return text->length;
    }
    gsize behind = skip_prompt(text, start);
    return behind > start ? skip_set(text, behind, LABEL_MARKS) : start;
}

gsize label_answer_end(const gchar *text, gsize from, gsize to)
{
    while (to > from && g_ascii_isspace(text[to - 1]))
        to--;
    gsize line = to;
    while (line > from && text[line - 1] != '\n')
        line--;
    g_autoptr(Folded) last = folded_new(text + line, to - line);
    gboolean prompt = last->length > 0 && last->chars[0] == '(' &&
                      folded_skip_parenthesis(last, 0) == last->length &&
                      has_limit(last, 0, last->length);
    return prompt ? line : to;
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
            from = skip_set(text, from, ":");
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

static gboolean cell_is_blank(const Cell *cell)
{
    const Text *text = cell_text((Cell *)cell);
    g_autofree gchar *said = text_trimmed(text->string->str, 0, text->string->len);
    return *said == '\0';
}

/* Adds a hit for every field whose label, less GROUP, begins the cell. */
static LabelCell scan_labels(Labels *labels, guint row, guint index, const Folded *group)
{
    const Row *cells = table_row(labels->table, row);
    Cell *cell = row_cell(cells, index);
    const Folded *text = fold(labels, cell);
    gsize from = folded_skip_number(text, skip_set(text, 0, LABEL_MARKS));
    gsize digits = skip_set(text, from, "0123456789"); /* ①, or 1 with a blank behind it */
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
        gsize behind = label_answer_start(text, end, lonely);
        hit.whole = behind == text->length;
        hit.end = hit.whole ? cell_text(cell)->string->len : folded_end(text, behind);
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
        if (cell != NULL && cell->column == 0 && !cell_is_blank(cell))
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
    const Cell *first = row_cell(here, 0);
    if (first->column == 0 && (index == 0 || !cell_is_blank(first)))
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
    gsize start = skip_set(group, 0, LABEL_MARKS), end = start;
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
        const Cell *next = row_cell(row, hit->index + 1);
        if (hit->whole || next == NULL || labels_begin(labels, row, hit->index + 1) ||
            cell_is_blank(next))
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

static gboolean stands_alone(const Labels *labels, guint field, guint first, guint end)
{
    for (guint i = first; i < end; i++)
        if (labels_hit(labels, i)->field == field && labels_hit(labels, i)->cell == LABEL_ALONE)
            return TRUE;
    return FALSE;
}

void labels_forget_quotations(Labels *labels, guint first, guint *end)
{
    for (guint i = *end; i-- > first;) {
        const Hit *hit = labels_hit(labels, i);
        if (hit->cell == LABEL_ALONE || !stands_alone(labels, hit->field, first, *end))
            continue;
        g_hash_table_remove(labels->cells,
                            row_cell(table_row(labels->table, hit->row), hit->index));
        g_array_remove_index(labels->hits, i);
        (*end)--;
    }
}

gboolean label_stands_out(const Field *field, const Folded *text, gsize start, gsize end)
{
    if (field->number)
        return TRUE;
    return folded_is_line(text, start) ||
           (end < text->length && g_utf8_strchr(":(", -1, text->chars[end]) != NULL);
}
