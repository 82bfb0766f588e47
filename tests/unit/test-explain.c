/* `check --explain`: the values stand where the columns stood, and nowhere else. */
#include "error.h"
#include "explain.h"
#include "rule-fixture.h"

#include <string.h>

/* Over the row of v01_plain, where ocr_unit_name was not read. */
static void values_stand_for_columns(void **state)
{
    (void)state;
    static const struct {
        const gchar *written, *require, *filled;
        Verdict verdict;
        const gchar *nulls;
    } cases[] = {
        {"near(budget_self + budget_apply, budget_total)", NULL, "near(270.0 + 30.0, 300.0)",
         VERDICT_TRUE, NULL},
        {"budget_total/7>10.5", NULL, "300.0/7>10.5", VERDICT_TRUE, NULL},
        {"Budget_Total > 1e3", NULL, "300.0 > 1e3", VERDICT_FALSE, NULL},
        {"\"budget_total\" = [budget_total] and `postcode` = '411202'", NULL,
         "300.0 = 300.0 and '411202' = '411202'", VERDICT_TRUE, NULL},
        {"postcode <> 'postcode' and postcode <> 'it''s postcode'", NULL,
         "'411202' <> 'postcode' and '411202' <> 'it''s postcode'", VERDICT_TRUE, NULL},
        {"budget_total -- budget_total '\n  /* postcode */ >= 100 -- end", "budget_total >= 100",
         "300.0 >= 100", VERDICT_TRUE, NULL},
        {"number (postcode) > 1 and staff_total_text = '824'", NULL,
         "number ('411202') > 1 and '824' = '824'", VERDICT_TRUE, NULL},
        {"ocr_unit_name = unit_name", NULL, "NULL = '湖南莲城钠储新材料有限公司'", VERDICT_UNKNOWN,
         "ocr_unit_name"},
        {"ocr_unit_name is null", NULL, "NULL is null", VERDICT_TRUE, "ocr_unit_name"},
        {"deadline > 0", NULL, "1726329600 /* 2024年9月15日 00:00:00 */ > 0", VERDICT_TRUE, NULL},
        {"level_count = 1 and level ->> 0 = '其他'", NULL,
         "1 = 1 and '[\"国际领先\"]' ->> 0 = '其他'", VERDICT_FALSE, NULL},
        {"chars(background) > 5 and names = ''", NULL,
         "chars('近年来我市先进储能材料产业链保持两位数增长，175亿元的产业规模中，镍铁锰基层状…') "
         "> 5 and "
         "NULL = ''",
         VERDICT_UNKNOWN, "names"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Campaign) campaign = campaign_with(cases[i].written);
        g_autoptr(RuleSet) rules = rules_of(campaign);
        g_autoptr(Row) row = plain_row(campaign);
        g_autoptr(GError) error = NULL;
        g_autoptr(Explanation) explanation =
            explain(rules, campaign, "of_the_test", row, TRUE, &error);
        if (explanation == NULL)
            fail_msg("%s: %s", cases[i].written, error->message);
        assert_string_equal(explanation->require,
                            cases[i].require != NULL ? cases[i].require : cases[i].written);
        assert_string_equal(explanation->filled, cases[i].filled);
        assert_int_equal(explanation->verdict, cases[i].verdict);
        if (g_strcmp0(explanation->nulls, cases[i].nulls) != 0)
            fail_msg("%s: %s", cases[i].written, explanation->nulls);
        assert_int_equal(explanation->finding != NULL, cases[i].verdict != VERDICT_TRUE);
        assert_null(explanation->reported);
    }
}

static void a_text_of_the_sender_stays_one_text(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with("unit_name = ''");
    g_autoptr(RuleSet) rules = rules_of(campaign);
    g_autoptr(Row) row = plain_row(campaign);
    set_value(row, campaign, "unit_name", "某'公司\n' or 1 --");
    g_autoptr(Explanation) explanation = explain(rules, campaign, "of_the_test", row, TRUE, NULL);
    assert_string_equal(explanation->filled, "'某''公司 '' or 1 --' = ''");
}

static void a_column_that_goes_by_the_name_of_a_function(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with("length(length) + length /**/ ('length') > 6");
    Field *field = g_new0(Field, 1);
    field->key = g_strdup("length");
    field->label = g_strsplit("长度", ",", -1);
    g_ptr_array_add(campaign->fields, field);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    g_autoptr(Row) row = plain_row(campaign);
    set_value(row, campaign, "length", "5米");
    g_autoptr(Explanation) explanation = explain(rules, campaign, "of_the_test", row, TRUE, NULL);
    assert_string_equal(explanation->filled, "length('5米') + length ('length') > 6");
    assert_int_equal(explanation->verdict, VERDICT_TRUE);
}

static void what_is_said_of_it(void **state)
{
    (void)state;
    static const struct {
        const gchar *column, *value, *rule;
        const gchar *filled, *found, *reported; /* NULL: nothing */
    } cases[] = {
        {"budget_total", "80", "budget_below_100", "80.0 >= 100", "budget_below_100", NULL},
        {"budget_total", "", "budget_below_100", "NULL >= 100", NULL, "missing:budget_total"},
        {"budget_total", "约80", "budget_below_100", "NULL >= 100", NULL,
         "number_not_plain:budget_total"},
        {"budget_total", "约80", "number_not_plain:budget_total",
         "chars('约80') = 0 or number('约80') is not null", "number_not_plain:budget_total", NULL},
        {"budget_total", "", "number_not_plain:budget_total",
         "chars('') = 0 or number('') is not null", NULL, NULL},
        {"budget_total", "", "missing:budget_total", "chars('') > 0", "missing:budget_total", NULL},
        {"field", "[]", "missing:field", "0 > 0", "missing:field", NULL},
        {"field", NULL, "missing:field", "NULL > 0", "missing:field", NULL},
        {"background", "短", "text_too_long:background", "chars('短') <= 500", NULL, NULL},
        {"unit_submissions", "2", "second_demand", "2 = 1", "second_demand", NULL},
        {"postcode", "４１１２０", "postcode_bad_format",
         "chars('４１１２０') = 6 and '４１１２０' not glob '*[^0-9０-９ 　]*' and '４１１２０' "
         "not glob "
         "'00*'",
         "postcode_bad_format", NULL},
    };
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Row) row = plain_row(campaign);
        set_value(row, campaign, cases[i].column, cases[i].value);
        g_autoptr(Explanation) told = explain(rules, campaign, cases[i].rule, row, TRUE, NULL);
        assert_string_equal(told->filled, cases[i].filled);
        if (g_strcmp0(told->reported, cases[i].reported) != 0 ||
            g_strcmp0(told->finding != NULL ? told->finding->rule : NULL, cases[i].found) != 0)
            fail_msg("%s: %s", cases[i].rule, told->reported);
    }
    g_autoptr(Row) row = plain_row(campaign);
    set_value(row, campaign, "budget_total", NULL);
    g_autoptr(Explanation) formless =
        explain(rules, campaign, "budget_below_100", row, FALSE, NULL);
    assert_null(formless->finding);
    assert_string_equal(formless->reported, "");
}

static void a_name_that_is_none(void **state)
{
    (void)state;
    static const gchar *const names[] = {"budget",
                                         "missing",
                                         "missing:",
                                         "missing:fax",
                                         "text_too_long:postcode",
                                         "number_not_plain:postcode",
                                         "postcode:postcode",
                                         "unread_file",
                                         ""};
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    g_autoptr(Row) row = plain_row(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(explain(rules, campaign, names[i], row, TRUE, &error));
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_DATA));
        assert_non_null(strstr(error->message, "budget_below_100, budget_sum_mismatch"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_for_columns),
        cmocka_unit_test(a_text_of_the_sender_stays_one_text),
        cmocka_unit_test(a_column_that_goes_by_the_name_of_a_function),
        cmocka_unit_test(what_is_said_of_it),
        cmocka_unit_test(a_name_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
