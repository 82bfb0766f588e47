/* What the campaign says of its form, from the parameters of the filter. */
#include "fields.h"

#include <string.h>

static void option_free(gpointer data)
{
    Option *option = data;
    folded_free(option->folded);
    g_free(option);
}

static void label_free(gpointer data)
{
    folded_free(data);
}

static void field_free(gpointer data)
{
    Field *field = data;
    g_ptr_array_unref(field->labels);
    if (field->options != NULL)
        g_ptr_array_unref(field->options);
    g_free(field);
}

/* A heading is found with and without its number, however that is written. */
static Folded *fold_label(const gchar *label)
{
    g_autoptr(Folded) whole = folded_new(label, strlen(label));
    const gchar *name = label + folded_end(whole, folded_skip_number(whole, 0));
    return folded_new(name, strlen(name));
}

static Field *field_new(const json_t *said)
{
    const gchar *key = json_string_value(json_object_get(said, "key"));
    if (key == NULL)
        return NULL;
    Field *field = g_new0(Field, 1);
    field->key = key;
    field->number = json_is_true(json_object_get(said, "number"));
    field->prose = json_integer_value(json_object_get(said, "max_chars")) > 0;
    field->unit = json_string_value(json_object_get(said, "unit"));
    field->labels = g_ptr_array_new_with_free_func(label_free);
    size_t i;
    const json_t *item;
    const json_t *labels = json_object_get(said, "label");
    json_array_foreach(labels, i, item)
    {
        if (json_is_string(item))
            g_ptr_array_add(field->labels, fold_label(json_string_value(item)));
    }
    const json_t *options = json_object_get(said, "options");
    if (json_array_size(options) == 0)
        return field;
    field->options = g_ptr_array_new_with_free_func(option_free);
    json_array_foreach(options, i, item)
    {
        if (!json_is_string(item))
            continue;
        Option *option = g_new0(Option, 1);
        option->label = json_string_value(item);
        option->folded = folded_new(option->label, strlen(option->label));
        g_ptr_array_add(field->options, option);
    }
    return field;
}

Fields *fields_new(const json_t *params)
{
    Fields *fields = g_new0(Fields, 1);
    fields->list = g_ptr_array_new_with_free_func(field_free);
    size_t i;
    const json_t *said;
    json_array_foreach(json_object_get(params, "fields"), i, said)
    {
        Field *field = field_new(said);
        if (field != NULL)
            g_ptr_array_add(fields->list, field);
    }
    fields->title = json_string_value(json_object_get(params, "title"));
    if (fields->title == NULL)
        fields->title = json_string_value(json_object_get(params, "name"));
    if (fields->title == NULL)
        fields->title = "";
    fields->year = g_regex_new("(?<!\\d)20\\d\\d(?!\\d)", G_REGEX_OPTIMIZE, 0, NULL);
    return fields;
}

void fields_free(Fields *fields)
{
    if (fields == NULL)
        return;
    g_ptr_array_unref(fields->list);
    g_regex_unref(fields->year);
    g_free(fields);
}

const Field *fields_get(const Fields *fields, guint index)
{
    return g_ptr_array_index(fields->list, index);
}
