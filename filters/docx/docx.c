/* docx: reads the campaign's form in a word document (ECMA-376), whoever wrote it: the answer to
 * each field as it would be printed, without the words of the form. */
#include "amount.h"
#include "choice.h"
#include "filter.h"
#include "form.h"
#include "package.h"
#include "title.h"

/* What is known of one form when all of its fields are read. */
typedef struct {
    gboolean filled;
    gboolean choices; /* there was one to read */
    gboolean by_formatting, options_deleted, unit_repeated;
} Remarks;

static void report(Filter *filter, const Document *document, const GPtrArray *forms,
                   const Fields *fields);
static void report_form(Filter *filter, const Document *document, const Form *form, guint number,
                        const Fields *fields);
static json_t *read_answer(const Field *field, const Place *place, Remarks *remarks);

static FilterStatus unreadable(Filter *filter, PackageFault *fault)
{
    filter_note(filter, fault->note, fault->detail);
    g_free(fault->detail);
    return FILTER_UNREADABLE;
}

static FilterStatus read_docx(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    PackageFault fault = {0};
    g_autoptr(Package) package = package_open(bytes, &fault);
    g_autoptr(Document) document = package != NULL ? document_read(package, &fault) : NULL;
    if (document == NULL)
        return unreadable(filter, &fault);
    if (document_is_picture(document, filter->prepared))
        return unreadable(filter, &(PackageFault){.note = "docx.picture_only"});
    g_autoptr(GPtrArray) forms = forms_find(document, filter->prepared);
    if (forms->len > FORMS_MAX)
        return unreadable(filter, &(PackageFault){.note = "docx.too_large"});
    /* Another document in it may be the form. */
    if (forms->len == 0 && (document->foreign || document->objects > 0))
        filter_note(filter, "docx.unsupported", NULL);
    report(filter, document, forms, filter->prepared);
    return FILTER_READ;
}

static void fact_number(Filter *filter, const gchar *name, guint form, gsize number)
{
    filter_fact(filter, name, form, json_integer((json_int_t)number));
}

static void report(Filter *filter, const Document *document, const GPtrArray *forms,
                   const Fields *fields)
{
    const Form *first = forms->len > 0 ? g_ptr_array_index(forms, 0) : NULL;
    g_autofree gchar *title =
        first != NULL && *first->title != '\0' ? g_strdup(first->title) : document_title(document);
    filter_fact_text(filter, "docx.title", 0, title);
    fact_number(filter, "docx.chars", 0, document->chars);
    for (guint i = 0; i < forms->len; i++) {
        const Form *form = g_ptr_array_index(forms, i);
        if (form->ours)
            report_form(filter, document, form, i + 1, fields);
        else
            filter_fact_text(filter, "form.other", i + 1, form->title);
    }
}

/* The remarks are about the form; what somebody left out is told by the answers themselves. A field
 * without a fact could not be read: its label is not there, or its answer is a picture. */
static void report_form(Filter *filter, const Document *document, const Form *form, guint number,
                        const Fields *fields)
{
    Remarks remarks = {0};
    for (guint i = 0; i < fields->list->len; i++) {
        const Field *field = fields_get(fields, i);
        const Place *place = grid_place(form->grid, i);
        if (place->text == NULL)
            continue;
        g_autofree gchar *name = g_strconcat("form.", field->key, NULL);
        json_t *answer = read_answer(field, place, &remarks);
        if (answer != NULL)
            filter_fact(filter, name, number, answer);
    }
    filter_fact(filter, "form.blank", number, json_boolean(!remarks.filled));
    filter_fact_text(filter, "form.title", number, form->title);
    guint year = title_year(fields, form->title);
    guint expected = title_year(fields, fields->title);
    if (year > 0 && expected > 0)
        fact_number(filter, "form.other_year", number, year != expected);
    fact_number(filter, "form.tracked_changes", number, document->changed ? 1 : 0);
    if (remarks.choices) {
        fact_number(filter, "form.options_deleted", number, remarks.options_deleted ? 1 : 0);
        fact_number(filter, "form.tick_by_formatting", number, remarks.by_formatting ? 1 : 0);
    }
    fact_number(filter, "form.unit_repeated", number, remarks.unit_repeated ? 1 : 0);
}

/* The next two give NULL where a picture stands, which may be the answer. */
static json_t *read_choice(const Field *field, const Place *place, Remarks *remarks)
{
    g_autoptr(Choice) choice = choice_read(place->text, place->from, place->to, field->options);
    remarks->choices = TRUE;
    remarks->filled |= choice->any || place->text->drawn;
    remarks->by_formatting |= choice->by_formatting;
    remarks->options_deleted |= choice->options_deleted;
    if (!choice->any && place->text->drawn)
        return NULL;
    json_t *ticked = json_array();
    for (guint i = 0; i < field->options->len; i++) {
        const Option *option = g_ptr_array_index(field->options, i);
        if (g_array_index(choice->ticked, gboolean, i))
            json_array_append_new(ticked, json_string(option->label));
    }
    return ticked;
}

/* What the programs themselves write where nothing is written yet; some that save a document again
 * forget that it is no text. */
static gboolean is_placeholder(const gchar *answer)
{
    static const char *const placeholders[] = {"单击或点击此处输入文字。",
                                               "单击此处输入文字。",
                                               "点击此处输入文字。",
                                               "单击或点击以输入日期。",
                                               "单击此处输入日期。",
                                               "选择一项。",
                                               "Click or tap here to enter text.",
                                               "Click here to enter text.",
                                               "Choose an item.",
                                               NULL};
    return g_strv_contains(placeholders, answer);
}

static json_t *read_answer(const Field *field, const Place *place, Remarks *remarks)
{
    if (field->options != NULL)
        return read_choice(field, place, remarks);
    const gchar *text = place->text->string->str + place->from;
    gsize length = place->to - place->from;
    g_autofree gchar *answer = NULL;
    if (!field->number && field->unit == NULL)
        answer = text_trimmed(text, 0, length);
    else if (place->inside)
        answer = amount_in_sentence(text, length, field->unit, &remarks->unit_repeated);
    else
        answer = amount_in_cell(text, length, field->unit, &remarks->unit_repeated);
    if (is_placeholder(answer))
        *answer = '\0';
    gboolean written = *answer != '\0';
    remarks->filled |= written || place->text->drawn;
    return written || !place->text->drawn ? json_string(answer) : NULL;
}

static gboolean prepare(Filter *filter)
{
    xmlInitParser();
    filter->prepared = fields_new(filter->params);
    return TRUE;
}

int main(int argc, char **argv)
{
    return filter_main(
        argc, argv, &(FilterProgram){.version = "docx 2", .prepare = prepare, .read = read_docx});
}
