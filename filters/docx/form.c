/* The forms in a document: tables with the campaign's labels, and tables with a title like the
 * form's. */
#include "form.h"

#include <string.h>

enum {
    TITLE_LINES = 4, /* paragraphs above a table among which its title is looked for */
    TITLE_MAX = 100, /* characters */
    HALF_TITLE_MAX = 40,
    KIN_MIN = 4,         /* characters in a row that the titles of two forms share */
    PICTURE_CHARS = 100, /* beside a form that is a picture: 附件3, and its title */
    OTHER_ROWS = 3,      /* a smaller table is no form of another notice */
};

typedef struct {
    const Fields *fields;
    GPtrArray *forms;
} Search;

static void search_blocks(const Search *search, const GPtrArray *blocks, const gchar *inherited);
static gboolean is_kin(const gchar *title, const gchar *other);

/* A form of another notice. What follows a form under the same title is a table of its own. */
static gboolean is_other(const Form *form, const GPtrArray *before, const Fields *fields)
{
    const Form *last = before->len > 0 ? before->pdata[before->len - 1] : NULL;
    return is_kin(form->title, fields->title) &&
           (last == NULL || !last->ours || strcmp(last->title, form->title) != 0);
}

static void form_free(gpointer data)
{
    Form *form = data;
    grid_free(form->grid);
    g_free(form->title);
    g_free(form);
}

static GPtrArray *keep_forms(const GPtrArray *candidates, const Fields *fields)
{
    GPtrArray *forms = g_ptr_array_new_with_free_func(form_free);
    for (guint i = 0; i < candidates->len; i++) {
        Form *form = g_ptr_array_index(candidates, i);
        form->ours = form->grid != NULL && form->grid->found * 2 >= fields->list->len;
        if (form->ours || is_other(form, forms, fields))
            g_ptr_array_add(forms, form);
        else
            form_free(form);
    }
    return forms;
}

static gboolean has_ours(const GPtrArray *forms)
{
    for (guint i = 0; i < forms->len; i++)
        if (((const Form *)forms->pdata[i])->ours)
            return TRUE;
    return FALSE;
}

GPtrArray *forms_find(Document *document, const Fields *fields)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    Search search = {.fields = fields, .forms = candidates};
    search_blocks(&search, document->blocks, "");
    GPtrArray *forms = keep_forms(candidates, fields);
    if (has_ours(forms) || fields->list->len == 0)
        return forms;
    g_autoptr(GPtrArray) of_lines = g_ptr_array_new();
    Search again = {.fields = fields, .forms = of_lines};
    document_make_lines(document);
    search_blocks(&again, document->lines, "");
    GPtrArray *found = keep_forms(of_lines, fields);
    if (!has_ours(found)) {
        g_ptr_array_unref(found);
        return forms;
    }
    g_ptr_array_unref(forms);
    return found;
}

/* ---- titles ---- */

/* "…需求表", "…申报表（2024年度）", "…申报书" */
static gboolean is_form_title(const gchar *title)
{
    static const char *const endings[] = {"表", "申报书", "申请书", "任务书"};
    g_autoptr(Folded) folded = folded_new(title, strlen(title));
    gsize end = folded->length;
    if (end > 0 && folded->chars[end - 1] == ')')
        while (end > 0 && folded->chars[--end] != '(')
            ;
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autoptr(Folded) ending = folded_new(endings[i], strlen(endings[i]));
        if (end >= ending->length && folded_has(folded, end - ending->length, ending, 0))
            return TRUE;
    }
    return FALSE;
}

static gboolean share_words(const gchar *title, const gchar *other)
{
    g_autoptr(Folded) one = folded_new(title, strlen(title));
    g_autoptr(Folded) two = folded_new(other, strlen(other));
    gsize letters = 0; /* before i: a year is nothing to share */
    for (gsize i = 0; i < one->length; i++) {
        letters = g_unichar_isdigit(one->chars[i]) ? 0 : letters + 1;
        Folded piece = {.chars = one->chars + i + 1 - MIN(letters, KIN_MIN), .length = KIN_MIN};
        if (letters >= KIN_MIN && folded_find(two, 0, &piece) >= 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_kin(const gchar *title, const gchar *other)
{
    return is_form_title(title) && share_words(title, other);
}

/* Whether LINE is the first half of a title like OTHER that was broken in two. */
static gboolean begins_title(const gchar *line, const gchar *other)
{
    for (const gchar *c = line; *c != '\0'; c = g_utf8_next_char(c))
        if (g_utf8_strchr("，。；：、,;:", -1, g_utf8_get_char(c)) != NULL)
            return FALSE;
    return g_utf8_strlen(line, -1) <= HALF_TITLE_MAX && share_words(line, other) &&
           !is_form_title(line);
}

static gchar *short_line(const Text *text)
{
    g_autofree gchar *line = text_trimmed(text->string->str, 0, text->string->len);
    g_strdelimit(line, "\n\t", ' ');
    return g_utf8_substring(line, 0, MIN(g_utf8_strlen(line, -1), TITLE_MAX));
}

/* The line above TABLE that is a form's title, else the table's first row if that is one, else the
 * line next above. LINES has the nearest last. */
static gchar *title_of(const Search *search, const Table *table, const GPtrArray *lines,
                       const gchar *inherited)
{
    for (guint i = 1; i <= MIN(lines->len, TITLE_LINES); i++) {
        const gchar *line = g_ptr_array_index(lines, lines->len - i);
        const gchar *above = i < lines->len ? lines->pdata[lines->len - i - 1] : "";
        if (is_form_title(line))
            return g_strconcat(begins_title(above, search->fields->title) ? above : "", line, NULL);
    }
    const Row *first = table->rows->len > 0 ? table_row(table, 0) : NULL;
    if (first != NULL && first->cells->len == 1) {
        g_autofree gchar *heading = short_line(cell_text(row_cell(first, 0)));
        if (is_form_title(heading))
            return g_steal_pointer(&heading);
    }
    return g_strdup(lines->len > 0 ? g_ptr_array_index(lines, lines->len - 1) : inherited);
}

/* 二〇二三 and ２０２３ as 2023. */
static gchar *plain_figures(const gchar *title)
{
    static const char figures[] = "〇零○一二三四五六七八九";
    static const char plain[] = "000123456789";
    g_autofree gchar *normal = g_utf8_normalize(title, -1, G_NORMALIZE_NFKC);
    GString *result = g_string_new(NULL);
    for (const gchar *c = normal; c != NULL && *c != '\0'; c = g_utf8_next_char(c)) {
        const gchar *figure = g_utf8_strchr(figures, -1, g_utf8_get_char(c));
        if (figure != NULL)
            g_string_append_c(result, plain[g_utf8_pointer_to_offset(figures, figure)]);
        else
            g_string_append_unichar(result, g_utf8_get_char(c));
    }
    return g_string_free(result, FALSE);
}

guint title_year(const gchar *title)
{
    static GRegex *year;
    if (year == NULL)
        year = g_regex_new("(?<!\\d)20\\d\\d(?!\\d)", 0, 0, NULL);
    g_autofree gchar *plain = plain_figures(title);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(year, plain, 0, &match))
        return 0;
    g_autofree gchar *digits = g_match_info_fetch(match, 0);
    return (guint)g_ascii_strtoull(digits, NULL, 10);
}

static gchar *first_line(const GPtrArray *blocks)
{
    for (guint i = 0; i < blocks->len; i++) {
        const Block *block = g_ptr_array_index(blocks, i);
        if (block->text != NULL) {
            g_autofree gchar *line = short_line(block->text);
            if (*line != '\0')
                return g_steal_pointer(&line);
            continue;
        }
        for (guint r = 0; r < block->table->rows->len; r++) {
            const Row *row = table_row(block->table, r);
            for (guint k = 0; k < row->cells->len; k++) {
                const Cell *cell = g_ptr_array_index(row->cells, k);
                gchar *line = first_line(cell->blocks);
                if (line != NULL)
                    return line;
            }
        }
    }
    return NULL;
}

gboolean document_is_picture(const Document *document, const Fields *fields)
{
    if (document->pictures == 0 || document->chars > PICTURE_CHARS)
        return FALSE;
    gboolean titled = document->chars == 0;
    for (guint i = 0; i < document->blocks->len && !titled; i++) {
        const Block *block = document->blocks->pdata[i];
        g_autofree gchar *line = block->text != NULL ? short_line(block->text) : NULL;
        titled = line != NULL && is_kin(line, fields->title);
    }
    return titled;
}

gchar *document_title(const Document *document)
{
    gchar *line = first_line(document->blocks);
    return line != NULL ? line : g_strdup("");
}

/* ---- tables ---- */

/* A form begins anew where most of its fields come again; until then what follows belongs to it. */
static void add_grid(const Search *search, Grid *grid, const gchar *title)
{
    GPtrArray *forms = search->forms;
    Form *last = forms->len > 0 ? g_ptr_array_index(forms, forms->len - 1) : NULL;
    if (last != NULL && last->grid != NULL && grid != NULL &&
        grids_overlap(last->grid, grid) * 2 <= MIN(last->grid->found, grid->found)) {
        grid_join(last->grid, grid);
        return;
    }
    if (forms->len > FORMS_MAX) {
        grid_free(grid);
        return;
    }
    Form *form = g_new0(Form, 1);
    form->title = g_strdup(title);
    form->grid = grid;
    g_ptr_array_add(forms, form);
}

/* Forms in the cells of TABLE, which is there for the layout. */
static void search_cells(const Search *search, const Table *table, const gchar *title)
{
    for (guint r = 0; r < table->rows->len; r++) {
        const Row *row = table_row(table, r);
        for (guint i = 0; i < row->cells->len; i++) {
            const Cell *cell = g_ptr_array_index(row->cells, i);
            search_blocks(search, cell->blocks, title);
        }
    }
}

static guint most_found(const GPtrArray *grids)
{
    guint most = 0;
    for (guint i = 0; i < grids->len; i++)
        most = MAX(most, ((const Grid *)grids->pdata[i])->found);
    return most;
}

/* What the forms in the cells of TABLE have more than MOST fields: those are meant. */
static gboolean search_inside(const Search *search, const Table *table, const gchar *title,
                              guint most)
{
    g_autoptr(GPtrArray) inside = g_ptr_array_new();
    Search deeper = {.fields = search->fields, .forms = inside};
    search_cells(&deeper, table, title);
    gboolean better = FALSE;
    for (guint i = 0; i < inside->len; i++) {
        const Form *form = inside->pdata[i];
        better |= form->grid != NULL && form->grid->found > most;
    }
    for (guint i = 0; i < inside->len; i++) {
        Form *form = inside->pdata[i];
        if (better && form->grid != NULL)
            add_grid(search, g_steal_pointer(&form->grid), form->title);
        form_free(form);
    }
    return better;
}

/* Whether TABLE is a form, ours or another. */
static gboolean search_table(const Search *search, const Table *table, const Table *before,
                             const gchar *title)
{
    g_autoptr(GPtrArray) grids = grid_read(table, before, search->fields);
    guint most = most_found(grids);
    if (most * 2 < search->fields->list->len && search_inside(search, table, title, most))
        return TRUE;
    for (guint i = 0; i < grids->len; i++)
        add_grid(search, g_steal_pointer(&g_ptr_array_index(grids, i)), title);
    if (grids->len == 0 && table->rows->len >= OTHER_ROWS)
        add_grid(search, NULL, title);
    return grids->len > 0 || table->rows->len >= OTHER_ROWS;
}

/* The title of a form goes on for the tables that it was cut into. */
static void search_blocks(const Search *search, const GPtrArray *blocks, const gchar *inherited)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree gchar *before = g_strdup(inherited);
    const Table *above = NULL;
    for (guint i = 0; i < blocks->len; i++) {
        const Block *block = g_ptr_array_index(blocks, i);
        if (block->text != NULL) {
            g_autofree gchar *line = short_line(block->text);
            if (*line != '\0')
                g_ptr_array_add(lines, g_steal_pointer(&line));
            continue;
        }
        g_autofree gchar *title = title_of(search, block->table, lines, before);
        if (search_table(search, block->table, above, title)) {
            g_ptr_array_set_size(lines, 0);
            g_free(before);
            before = g_steal_pointer(&title);
        }
        above = block->table;
    }
}
