/* Columns: what a filter read, as the values that rules see. */
#include "columns.h"
#include "function.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static gchar *option[] = {(gchar *)"甲", (gchar *)"乙", NULL};
static const Field plain = {.key = (gchar *)"unit_name"};
static const Field figure = {.key = (gchar *)"budget", .number = TRUE};
static const Field choice = {.key = (gchar *)"level", .options = option};

/* What stands in ROW under NAME: "NULL", or text or figure. */
static void assert_value(const Row *row, const gchar *name, const gchar *expected)
{
    Value value;
    assert_true(row_get(row, name, &value));
    g_autofree gchar *text = value.null                  ? g_strdup("NULL")
                             : value.type == COLUMN_TEXT ? g_strdup(value.text)
                             : value.type == COLUMN_REAL
                                 ? g_strdup_printf("%g", value.real)
                                 : g_strdup_printf("%d", (int)value.integer);
    assert_string_equal(text, expected);
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        const Field *field;
        const gchar *json;
        const gchar *column, *value, *other_column, *other_value;
    } cases[] = {
        {&plain, "\"甲公司\"", "unit_name", "甲公司", NULL, NULL},
        {&plain, "\"\"", "unit_name", "", NULL, NULL},
        {&plain, "null", "unit_name", "NULL", NULL, NULL},
        {&plain, "[1]", "unit_name", "NULL", NULL, NULL},
        {&plain, "12", "unit_name", "12", NULL, NULL},
        {&figure, "\"1,200.5\"", "budget", "1200.5", "budget_text", "1,200.5"},
        {&figure, "300", "budget", "300", "budget_text", "300"},
        {&figure, "\"约300\"", "budget", "NULL", "budget_text", "约300"},
        {&figure, "\"\"", "budget", "NULL", "budget_text", ""},
        {&figure, "null", "budget", "NULL", "budget_text", "NULL"},
        {&choice, "[\"甲\",\"乙\"]", "level", "[\"甲\",\"乙\"]", "level_count", "2"},
        {&choice, "[]", "level", "[]", "level_count", "0"},
        {&choice, "null", "level", "NULL", "level_count", "NULL"},
        {&choice, "\"甲\"", "level", "NULL", "level_count", "NULL"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Row) row = row_new();
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        columns_set_field(row, cases[i].field, value);
        assert_value(row, cases[i].column, cases[i].value);
        if (cases[i].other_column != NULL)
            assert_value(row, cases[i].other_column, cases[i].other_value);
        columns_set_field(row, cases[i].field, NULL);
        assert_value(row, cases[i].column, "NULL");
        json_decref(value);
    }
}

static void test_plain_numbers(void **state)
{
    (void)state;
    static const struct {
        const gchar *text;
        double number;
    } right[] = {
        {"300", 300},
        {" 300\n", 300},
        {"1,234,567", 1234567},
        {"１２００", 1200},
        {"１，２００．５", 1200.5},
        {"-12.5", -12.5},
        {"+3", 3},
        {"0", 0},
        {"007", 7},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(right); i++) {
        double number = -1;
        assert_true(text_number(right[i].text, &number));
        assert_true(number == right[i].number);
    }
    static const gchar *const wrong[] = {
        "",    "约300", "一百五十", "300万元", "1,20", "1,2345", ",300", "1e5",     "0x10",
        "inf", "nan",   "300.",     ".5",      "3 00", "1.2.3",  "--3",  "300-400", "12,34,567"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_false(text_number(wrong[i], NULL));
    g_autofree gchar *endless = g_strnfill(100000, '9');
    assert_false(text_number(endless, NULL));
    endless[500] = '\0';
    assert_false(text_number(endless, NULL)); /* beyond the range of a double */
}

static void test_characters(void **state)
{
    (void)state;
    assert_int_equal(text_chars(""), 0);
    assert_int_equal(text_chars(" \t\n\u3000\u00a0"), 0);
    assert_int_equal(text_chars("一 二\n𠮷\u3000a"), 4);
}

static void test_the_table(void **state)
{
    (void)state;
    Campaign campaign = {.fields = g_ptr_array_new()};
    g_ptr_array_add(campaign.fields, (gpointer)&figure);
    g_ptr_array_add(campaign.fields, (gpointer)&choice);
    g_autoptr(GPtrArray) columns = columns_new(&campaign);
    assert_int_equal(columns_find(columns, "budget")->type, COLUMN_REAL);
    assert_ptr_equal(columns_find(columns, "budget_text")->field, &figure);
    assert_int_equal(columns_find(columns, "level_count")->type, COLUMN_INTEGER);
    assert_true(columns_find(columns, "subject")->of_mail);
    assert_false(columns_find(columns, "complete_at")->of_mail);
    assert_null(columns_find(columns, "unit_name"));
    g_ptr_array_unref(campaign.fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_plain_numbers),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
