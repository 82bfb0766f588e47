/* Splits the command line of one command by its table of options. */
#include "arguments.h"

#include "error.h"

#include <string.h>

static gboolean take_option(const Syntax *syntax, Arguments *arguments, gchar ***word,
                            GError **error);

Arguments *arguments_parse(const Syntax *syntax, gchar **words, GError **error)
{
    g_autoptr(Arguments) arguments = g_new(Arguments, 1);
    arguments->options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    arguments->words = g_ptr_array_new_with_free_func(g_free);
    gboolean ended = FALSE;
    for (gchar **word = words; *word != NULL; word++) {
        if (ended || (*word)[0] != '-' || (*word)[1] == '\0')
            g_ptr_array_add(arguments->words, g_strdup(*word));
        else if (strcmp(*word, "--") == 0)
            ended = TRUE;
        else if (!take_option(syntax, arguments, &word, error))
            return NULL;
    }
    guint count = arguments->words->len;
    if (count >= syntax->least && count <= syntax->most)
        return g_steal_pointer(&arguments);
    if (count < syntax->least)
        sj_fail(error, SJ_ERROR_USAGE, "an argument is missing");
    else
        sj_fail(error, SJ_ERROR_USAGE, "what is “%s”?", arguments_word(arguments, syntax->most));
    return NULL;
}

/* Takes the option at *WORD, and the value behind it where it has one. */
static gboolean take_option(const Syntax *syntax, Arguments *arguments, gchar ***word,
                            GError **error)
{
    const gchar *equals = strchr(**word, '=');
    g_autofree gchar *name =
        equals != NULL ? g_strndup(**word, (gsize)(equals - **word)) : g_strdup(**word);
    g_autofree gchar *with_value = g_strconcat(name, "=", NULL);
    const gchar *value = "";
    if (g_strv_contains(syntax->options, with_value)) {
        value = equals != NULL ? equals + 1 : *++*word;
        if (value == NULL)
            return sj_fail(error, SJ_ERROR_USAGE, "%s needs a value", name);
    } else if (!g_strv_contains(syntax->options, name)) {
        return sj_fail(error, SJ_ERROR_USAGE, "unknown option %s", name);
    } else if (equals != NULL) {
        return sj_fail(error, SJ_ERROR_USAGE, "%s takes no value", name);
    }
    if (g_hash_table_contains(arguments->options, name))
        return sj_fail(error, SJ_ERROR_USAGE, "%s is given twice", name);
    g_hash_table_insert(arguments->options, g_steal_pointer(&name), g_strdup(value));
    return TRUE;
}

void arguments_free(Arguments *arguments)
{
    if (arguments == NULL)
        return;
    g_hash_table_unref(arguments->options);
    g_ptr_array_unref(arguments->words);
    g_free(arguments);
}

const gchar *arguments_option(const Arguments *arguments, const gchar *option)
{
    return g_hash_table_lookup(arguments->options, option);
}

const gchar *arguments_word(const Arguments *arguments, guint n)
{
    return n < arguments->words->len ? g_ptr_array_index(arguments->words, n) : NULL;
}
