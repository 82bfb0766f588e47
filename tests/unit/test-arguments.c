/* Command lines: options anywhere, and everything that does not fit. */
#include "arguments.h"
#include "error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const options[] = {"--all", "--by=", NULL};
static const Syntax syntax = {options, 1, 2};

static void fitting(void **state)
{
    (void)state;
    static const struct {
        const gchar *line, *first, *second, *by;
        gboolean all;
    } table[] = {
        {"x", "x", NULL, NULL, FALSE},
        {"x y", "x", "y", NULL, FALSE},
        {"--all x", "x", NULL, NULL, TRUE},
        {"x --by 王 y --all", "x", "y", "王", TRUE},
        {"--by=王=x x", "x", NULL, "王=x", FALSE},
        {"--by --all x", "x", NULL, "--all", FALSE},
        {"-- --all", "--all", NULL, NULL, FALSE},
        {"-", "-", NULL, NULL, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_auto(GStrv) words = g_strsplit(table[i].line, " ", 0);
        g_autoptr(GError) error = NULL;
        g_autoptr(Arguments) arguments = arguments_parse(&syntax, words, &error);
        assert_non_null(arguments);
        assert_true(g_strcmp0(arguments_word(arguments, 0), table[i].first) == 0);
        assert_true(g_strcmp0(arguments_word(arguments, 1), table[i].second) == 0);
        assert_true(g_strcmp0(arguments_option(arguments, "--by"), table[i].by) == 0);
        assert_int_equal(arguments_option(arguments, "--all") != NULL, table[i].all);
    }
}

static void refused(void **state)
{
    (void)state;
    static const gchar *const lines[] = {
        "--all",  "x y z",          "x --none",      "x -a",   "x --all=yes",
        "x --by", "x --by= --by=y", "x --all --all", "x --al", "-- x y z"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 0);
        g_autoptr(GError) error = NULL;
        assert_null(arguments_parse(&syntax, words, &error));
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_USAGE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fitting), cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
