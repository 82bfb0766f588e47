/* The forms in a document: tables with the campaign's labels, and tables with a title like the
 * form's. */
#include "form.h"

#include "title.h"

#include <string.h>

enum {
    TITLE_LINES = 4,     /* paragraphs above a table among which its title is looked for */
    TITLE_MAX = 100,     /* characters */
    PICTURE_CHARS = 100, /* beside a form that is a picture: 附件3, and its title */
    OTHER_ROWS = 3,      /* a smaller table is no form of another notice */
};

/* What may be a form is collected in FORMS, and afterwards those are kept that are one. */
typedef struct {
    const Fields *fields;
    GPtrArray *forms;
} Search;

static GPtrArray *search_forms(const GPtrArray *blocks, const Fields *fields);
static void search_blocks(const Search *search, const GPtrArray *blocks, const gchar *inherited);
static gboolean has_ours(const GPtrArray *forms);

static void form_free(gpointer data)
{
    Form *form = data;
    grid_free(form->grid);
    g_free(form->title);
    g_free(form);
}

GPtrArray *forms_find(Document *document, const Fields *fields)
{
    g_autoptr(GPtrArray) forms = search_forms(document->blocks, fields);
    if (has_ours(forms) || fields->list->len == 0)
        return g_steal_pointer(&forms);
    document_make_lines(document);
    g_autoptr(GPtrArray) of_lines = search_forms(document->lines, fields);
    return has_ours(of_lines) ? g_steal_pointer(&of_lines) : g_steal_pointer(&forms);
}

static gboolean has_ours(const GPtrArray *forms)
{
    for (guint i = 0; i < forms->len; i++)
        if (((const Form *)forms->pdata[i])->ours)
            return TRUE;
    return FALSE;
}

/* Half of the fields make a form; fewer another demand of the form BEFORE, which says the rest. */
static gboolean is_ours(Form *form, const Form *before, const Fields *fields)
{
    if (form->grid == NULL)
        return FALSE;
    if (form->grid->found * 2 >= fields->list->len)
        return TRUE;
    if (before == NULL || !before->ours || form->grid->found * PART_OF < fields->list->len)
        return FALSE;
    grid_inherit(form->grid, before->grid);
    return TRUE;
}

/* A form of another notice. What follows a form under the same title is a table of its own. */
static gboolean is_other(const Form *form, const Form *before, const Fields *fields)
{
    return title_is_kin(form->title, fields->title) &&
           (before == NULL || !before->ours || strcmp(before->title, form->title) != 0);
}

static GPtrArray *search_forms(const GPtrArray *blocks, const Fields *fields)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(form_free);
    Search search = {.fields = fields, .forms = candidates};
    search_blocks(&search, blocks, "");
    GPtrArray *forms = g_ptr_array_new_with_free_func(form_free);
    const Form *before = NULL;
    gsize count;
    g_autofree gpointer *all = g_ptr_array_steal(candidates, &count);
    for (gsize i = 0; i < count; i++) {
        Form *form = all[i];
        form->ours = is_ours(form, before, fields);
        if (form->ours || is_other(form, before, fields)) {
            g_ptr_array_add(forms, form);
            before = form;
        } else {
            form_free(form);
        }
    }
    return forms;
}

/* ---- lines of text ---- */

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
        if (title_is_of_form(line))
            return g_strconcat(title_begins(above, search->fields->title) ? above : "", line, NULL);
    }
    const Row *first = table->rows->len > 0 ? table_row(table, 0) : NULL;
    if (first != NULL && first->cells->len == 1) {
        g_autofree gchar *heading = short_line(cell_text(row_cell(first, 0)));
        if (title_is_of_form(heading))
            return g_steal_pointer(&heading);
    }
    return g_strdup(lines->len > 0 ? g_ptr_array_index(lines, lines->len - 1) : inherited);
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
        titled = line != NULL && title_is_kin(line, fields->title);
    }
    return titled;
}

gchar *document_title(const Document *document)
{
    gchar *line = first_line(document->blocks);
    return line != NULL ? line : g_strdup("");
}

/* ---- tables ---- */

static Form *last_form(const Search *search)
{
    guint forms = search->forms->len;
    return forms > 0 ? search->forms->pdata[forms - 1] : NULL;
}

static void add_form(const Search *search, Grid *grid, const gchar *title)
{
    Form *form = g_new0(Form, 1);
    form->title = g_strdup(title);
    form->grid = grid;
    g_ptr_array_add(search->forms, form);
}

/* A form begins anew where most of its fields come again; until then what follows belongs to it. */
static void add_grid(const Search *search, Grid *grid, const gchar *title)
{
    Form *last = last_form(search);
    if (last != NULL && last->grid != NULL &&
        grids_overlap(last->grid, grid) * 2 <= MIN(last->grid->found, grid->found))
        grid_join(last->grid, grid);
    else if (last != NULL && last->grid == NULL && strcmp(last->title, title) == 0)
        last->grid = grid; /* the table before was no form, but stood below the title */
    else if (search->forms->len <= FORMS_MAX)
        add_form(search, grid, title);
    else
        grid_free(grid);
}

/* A table without our labels is a form, when its title says so and is not that of the one before.
 */
static void add_other(const Search *search, const gchar *title)
{
    const Form *last = last_form(search);
    if (title_is_kin(title, search->fields->title) && search->forms->len <= FORMS_MAX &&
        (last == NULL || strcmp(last->title, title) != 0))
        add_form(search, NULL, title);
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

/* Whether forms in the cells of TABLE have more than MOST fields: those are meant. */
static gboolean search_inside(const Search *search, const Table *table, const gchar *title,
                              guint most)
{
    g_autoptr(GPtrArray) inside = g_ptr_array_new_with_free_func(form_free);
    Search deeper = {.fields = search->fields, .forms = inside};
    search_cells(&deeper, table, title);
    gboolean better = FALSE;
    for (guint i = 0; i < inside->len; i++) {
        const Form *form = inside->pdata[i];
        better |= form->grid != NULL && form->grid->found > most;
    }
    for (guint i = 0; better && i < inside->len; i++) {
        Form *form = inside->pdata[i];
        if (form->grid != NULL)
            add_grid(search, g_steal_pointer(&form->grid), form->title);
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
    gboolean other = grids->len == 0 && table->rows->len >= OTHER_ROWS;
    if (other)
        add_other(search, title);
    return other || grids->len > 0;
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
