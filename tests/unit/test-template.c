/* Templates: what is refused at load, what comes out, and values as people read them. */
#include "error.h"
#include "template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static gboolean known(const gchar *name, gpointer data)
{
    (void)data;
    return g_str_equal(name, "unit_name") || g_str_equal(name, "postcode");
}

static gchar *value(const gchar *name, gpointer data)
{
    (void)data;
    return g_str_equal(name, "unit_name") ? g_strdup("甲{postcode}公司") : NULL;
}

static void test_filled_in(void **state)
{
    (void)state;
    static const gchar *const cases[][2] = {
        {"", ""},
        {"无名", "无名"},
        {"{unit_name}", "甲{postcode}公司"},
        {"“{unit_name}”：{postcode}。", "“甲{postcode}公司”：（未读出）。"},
        {"{{unit_name}", "{unit_name}"},
        {"}{{{unit_name}}", "}{甲{postcode}公司}"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) parsed = template_parse(cases[i][0], "x.txt", 1, known, NULL, &error);
        assert_null(error);
        g_autofree gchar *text = template_expand(parsed, value, NULL);
        assert_string_equal(text, cases[i][1]);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const gchar *const cases[][2] = {
        {"一\n二{unit}\n", "x.txt:8: unknown name {unit}"},
        {"{}", "x.txt:7: unknown name {}"},
        {"\n\n{unit_name\n}", "x.txt:9: {unit_name never closes; write {{ for a brace"},
        {"{unit{name}", "x.txt:7: {unit never closes; write {{ for a brace"},
        {"{", "x.txt:7: { never closes; write {{ for a brace"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(template_parse(cases[i][0], "x.txt", 7, known, NULL, &error));
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CONFIG));
        assert_string_equal(error->message, cases[i][1]);
    }
}

static void test_names_once_each(void **state)
{
    (void)state;
    g_autoptr(Template) parsed =
        template_parse("{postcode}{unit_name}{postcode}", "x", 1, known, NULL, NULL);
    const gchar *const *names = template_names(parsed);
    assert_string_equal(names[0], "postcode");
    assert_string_equal(names[1], "unit_name");
    assert_null(names[2]);
}

static void test_values_for_people(void **state)
{
    (void)state;
    const struct {
        Value value;
        const gchar *text;
    } cases[] = {
        {{.null = TRUE, .type = COLUMN_TEXT}, NULL},
        {{.type = COLUMN_TEXT, .text = "[甲]"}, "[甲]"},
        {{.type = COLUMN_TEXT, .text = "[\"先进材料\",\"其他\"]"}, "先进材料、其他"},
        {{.type = COLUMN_TEXT, .text = "[\"先进材料\",1]"}, "[\"先进材料\",1]"},
        {{.type = COLUMN_TEXT, .text = "[]"}, ""},
        {{.type = COLUMN_INTEGER, .integer = -3}, "-3"},
        {{.type = COLUMN_REAL, .real = 300.0}, "300"},
        {{.type = COLUMN_REAL, .real = 5.33}, "5.33"},
        {{.type = COLUMN_TIME, .integer = 1725930753}, "2024年9月10日 09:12:33"},
        {{.type = COLUMN_TIME, .integer = G_MAXINT64}, NULL},
    };
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Asia/Shanghai");
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *text = value_for_people(&cases[i].value, zone);
        if (cases[i].text == NULL)
            assert_null(text);
        else
            assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filled_in),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names_once_each),
        cmocka_unit_test(test_values_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
