/* The rules of the campaign that the project ships, and what a rule may and may not say. Run from
 * the project's root. */
#include "error.h"
#include "rule-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* Exactly the rules of WANTED, in their order, separated by blanks. */
static void assert_found(const GPtrArray *found, const gchar *wanted)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++) {
        const Finding *finding = found->pdata[i];
        g_string_append_printf(names, "%s%s%s", i > 0 ? " " : "", finding->rule,
                               finding->person ? "?" : "");
    }
    assert_string_equal(names->str, wanted);
}

static void test_refused(void **state)
{
    (void)state;
    static const gchar *const cases[][2] = {
        {"budget_totl >= 100", "budget_totl"},
        {"budget_total >>>= 100", "syntax"},
        {"", "syntax"},
        {"1 +", "syntax"},
        {"nearly(budget_total, 3)", "nearly"},
        {"number(postcode, 3)", "number"},
        {"unit_name <> \"unit\"", "unit"},
        {"1); drop table row; select (1", "more than one"},
        {"1; select 1", "syntax"},
        {"1) from row /*", "more than one"},
        {"1) from row where (1 /*", ""},
        {"1) from row union select (1", ""},
        {"1), (2", "more than one"},
        {"(select count(*) from sqlite_schema) > 0", ""},
        {"(select 1)", "not authorized"},
        {"exists (select 1 from row)", "not authorized"},
        {"1 in (select 1 from json_each(field))", ""},
        {"count(*) = 1", "count"},
        {"rowid = 1", ""},
        {"load_extension('x') is null", "load_extension"},
        {"random() > 0", "random"},
        {"length(randomblob(1000000000)) > 0", "randomblob"},
        {"length(zeroblob(1000000000)) > 0", "zeroblob"},
        {"printf('%1000000000d', 1) > ''", "printf"},
        {"datetime('now') > ''", "datetime"},
        {"current_timestamp > ''", "current_timestamp"},
        {"unfinished_at is null", "unfinished_at"},
        {"budget_total >= :limit", "a parameter"},
        {"budget_total >= ?", "a parameter"},
        /* A text compared with a figure. */
        {"postcode > 100", "postcode"},
        {"(postcode) <= -100.5", "postcode"},
        {"100 = postcode", "postcode"},
        {"1 = 1 and not (postcode <> 411100)", "postcode"},
        {"postcode between 411100 and 411400", "postcode"},
        {"postcode in (411100, 411200)", "postcode"},
        {"postcode in (411100, 411200, 411300, 411400)", "text"},
        {"case postcode when 411100 then 1 else 0 end", "postcode"},
        {"budget_total_text > budget_self", "budget_total_text"},
        {"unit_name = budget_total + 1", "unit_name"},
        {"field = 1", "field"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Campaign) campaign = campaign_with(cases[i][0]);
        g_autoptr(GError) error = NULL;
        g_autoptr(RuleSet) rules = ruleset_new(campaign, &error);
        if (rules != NULL)
            fail_msg("accepted: %s", cases[i][0]);
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CONFIG));
        if (strstr(error->message, "campaign.conf:777: rule of_the_test: ") == NULL ||
            strstr(error->message, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], error->message);
    }
}

static void test_hints(void **state)
{
    (void)state;
    static const struct {
        const gchar *hint, *message, *said; /* said: the message, or what is wrong */
    } cases[] = {
        {"'，即' || upper('a')", "有误{hint}。", "有误，即A。"},
        {"'，即' || ocr_unit_name", "有误{hint}。", "有误。"},
        {"abs(-9223372036854775808)", "有误{hint}。", "有误。"},
        {"round(budget_total / 7, 2)", "{budget_total}：{hint}", "300：42.86"},
        {NULL, "有误{hint}。", ":777: unknown name {hint}"},
        {"postcod", "有误{hint}。", ":778: rule of_the_test: hint: no such column: postcod"},
        {"random()", "有误", ":778: rule of_the_test: hint: "},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Campaign) campaign = campaign_with("1 = 0");
        Rule *rule = (Rule *)campaign_rule(campaign, "of_the_test");
        rule->hint = g_strdup(cases[i].hint);
        rule->hint_line = 778;
        g_free(rule->message);
        rule->message = g_strdup(cases[i].message);
        g_autoptr(GError) error = NULL;
        g_autoptr(RuleSet) rules = ruleset_new(campaign, &error);
        if (rules == NULL) {
            assert_non_null(strstr(error->message, cases[i].said));
            continue;
        }
        g_autoptr(Row) row = plain_row(campaign);
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        assert_string_equal(finding_of(found, "of_the_test")->message, cases[i].said);
    }
}

/* Over the row of v01_plain, where ocr_unit_name was not read. */
static void test_three_values(void **state)
{
    (void)state;
    static const struct {
        const gchar *require;
        gchar verdict; /* + true, - false, ? unknown */
    } cases[] = {
        {"budget_total >= 100", '+'},
        {"budget_total < 100 -- a comment", '-'},
        {"budget_total = '300'", '+'},
        {"ocr_unit_name = unit_name", '?'},
        {"ocr_unit_name is null", '+'},
        {"length(postcode) = 6 and number(postcode) > 411000", '+'},
        {"(unit_name = 'x' and address = 'y') = 1", '-'},
        {"postcode in ('411202', '411100', '411200', '411300')", '+'},
        {"level like '%国际领先%' and json_array_length(level) = level_count", '+'},
        {"level ->> 0 = '国际领先'", '+'},
        {"number(unit_name)", '?'},
        {"number(ocr_unit_name)", '?'},
        {"near(0.1 + 0.2, 0.3)", '+'},
        {"near(100.00, 100.01)", '-'},
        {"near(null, 1)", '?'},
        {"chars(' 一 二　三 ') = 3", '+'},
        {"credit_code_ok(credit_code)", '+'},
        {"credit_code_ok(' ９１430302matcdkqq4m')", '+'},
        {"credit_code_ok('91430302MATCDKQQ4N')", '-'},
        {"credit_code_ok('91430302MAICDKQQ4M')", '-'},
        {"credit_code_ok('')", '-'},
        {"credit_code_ok(ocr_credit_code)", '?'},
        {"mobile_ok('15800001674') and mobile_ok('158-0000-1674') and mobile_ok('+86 158 0000 "
         "1674')",
         '+'},
        {"mobile_ok('15800001674、13900001674')", '+'},
        {"mobile_ok('1580000167') or mobile_ok('12800001674') or mobile_ok('0731-55736178')", '-'},
        {"phone_ok('0731-55736178') and phone_ok('(0731)55736178-801') and phone_ok('58570302')",
         '+'},
        {"phone_ok('400-800-1234') and phone_ok('15800001674')", '+'},
        {"phone_ok('5573617') and phone_ok('073155736178')", '+'},
        {"phone_ok('0731—5857 0302') and phone_ok('（0731）58570302') and phone_ok('０７３１－"
         "５８５７０３０２')",
         '+'},
        {"phone_ok('+86-731-58570302') and phone_ok('(86)0731-58570302') and phone_ok('010-"
         "62345678')",
         '+'},
        {"phone_ok('0731-58570302转801') and phone_ok('0731-58570302 分机:801') and "
         "phone_ok('0731-58570302(801)')",
         '+'},
        {"phone_ok('0731-58570302/58570303') and phone_ok('15800001674 0731-58570302') and "
         "phone_ok('15800001674；0731-58570302')",
         '+'},
        {"phone_ok('无') or phone_ok('123') or phone_ok('') or phone_ok('0731')", '-'},
        {"phone_ok('1580000167') or phone_ok('158000016745') or phone_ok('0731-5857030')  and "
         "phone_ok('0731-585703')",
         '-'},
        {"phone_ok('详见附件58570302') or phone_ok('58570302、') or phone_ok('a@qq.com')", '-'},
        /* One letter, several, all four; also small, full width and in groups. */
        {"credit_code_likely('9I430302MATCDKQQ4M') = '91430302MATCDKQQ4M'", '+'},
        {"credit_code_likely('9i43O3O2MATCDKQQ4M') = '91430302MATCDKQQ4M'", '+'},
        {"credit_code_likely('９ｌ43') is null", '+'},
        {"credit_code_likely('9143 0302 MATC DKQQ 4M') is null", '+'},
        {"credit_code_likely('9I43 03O2 MATC DKQQ 4M') = '91430302MATCDKQQ4M'", '+'},
        {"credit_code_likely('９Ｉ430302MATCDKQQ4M') = '91430302MATCDKQQ4M'", '+'},
        {"credit_code_likely('9143O3OZMAS8FR6PZP') is null", '+'},
        {"credit_code_likely('914303OZMA08FR6PZP') = '91430302MA08FR6P2P'", '+'},
        {"credit_code_likely('91430302MA08DQU070') is null", '+'},
        {"credit_code_likely('9143030ZMALSU3OF4M') = '91430302MAL5U30F4M'", '+'},
        /* No such letter; one, and it is wrong all the same; too short, too long; no text. */
        {"credit_code_likely('91430302MATCDKQQ4N') is null", '+'},
        {"credit_code_likely('9I430302MATCDKQQ4N') is null", '+'},
        {"credit_code_likely('9V430302MATCDKQQ4M') is null", '+'},
        {"credit_code_likely('9I430302MATCDKQQ4') is null", '+'},
        {"credit_code_likely('9I430302MATCDKQQ4MM') is null", '+'},
        {"credit_code_likely('') is null and credit_code_likely(ocr_credit_code) is null", '+'},
        {"email_ok('xmb4@lcna.example.com') and email_ok('a.b_c@qq.com')", '+'},
        {"email_ok('a@qq') or email_ok('a b.qq.com') or email_ok('@qq.com') or "
         "email_ok('a@@qq.com')",
         '-'},
        {"unfinished(unit_name, credit_code)", '-'},
        /* What goes wrong for one row is unknown; the work goes on. */
        {"abs(-9223372036854775808) > 0", '?'},
        {"length(replace(replace(replace(background, '', 'x'), '的', background), '，', "
         "background)) > 0",
         '+'},
        {"length(replace(hex(hex(hex(hex(hex(background))))), '3', hex(hex(background)))) > 0",
         '?'},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Campaign) campaign = campaign_with(cases[i].require);
        g_autoptr(RuleSet) rules = rules_of(campaign);
        g_autoptr(Row) row = plain_row(campaign);
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        const Finding *finding = finding_of(found, "of_the_test");
        gchar verdict = finding == NULL ? '+' : finding->person ? '?' : '-';
        if (verdict != cases[i].verdict)
            fail_msg("%s: %c", cases[i].require, verdict);
    }
}

static void test_forms(void **state)
{
    (void)state;
    static const gchar *const names[] = {
        "v01_plain",        "v02_split_runs",   "v03_tick_sqrt_inside",
        "v03_tick_sym_FE",  "v12_nested_table", "v22_content_controls",
        "v51_cover_letter", "v71_over_limit",   "v73_budget_mismatch"};
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        json_t *truth;
        g_autoptr(Row) row = row_of(campaign, names[i], &truth);
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        const json_t *expected = json_object_get(truth, "expect_findings");
        gsize at;
        json_t *rule;
        json_array_foreach(expected, at, rule)
        {
            if (finding_of(found, json_string_value(rule)) == NULL)
                fail_msg("%s: no %s", names[i], json_string_value(rule));
        }
        assert_int_equal(found->len, json_array_size(expected));
        json_decref(truth);
    }
}

/* What each change of a complete, plain submission brings. */
static void test_changes(void **state)
{
    (void)state;
    static const struct {
        const gchar *column, *value; /* a time, a figure, a text, or NULL */
        const gchar *found;          /* with ? for a person */
    } cases[] = {
        {"unit_name", "湘潭某公司", ""},
        {"unit_name", "", "missing:unit_name"},
        {"unit_name", NULL, "missing:unit_name?"},
        {"field", "[]", "missing:field"},
        {"field", "[\"电机电控\",\"先进材料\",\"其他\"]", ""},
        {"tech_type", "[]", "missing:tech_type"},
        {"level", "[]", "missing:level"},
        {"field", NULL, "missing:field?"},
        {"level", "[\"国际领先\",\"其他\"]", "two_levels_ticked"},
        {"budget_total", "约300", "number_not_plain:budget_total?"},
        {"budget_total", "", "missing:budget_total"},
        {"budget_total", "80", "budget_below_100 budget_sum_mismatch apply_over_limit"},
        {"budget_total", "３００.00", ""},
        {"budget_total", "100", "budget_sum_mismatch apply_over_limit"},
        {"budget_total", "99.99", "budget_below_100 budget_sum_mismatch apply_over_limit"},
        {"budget_total", "120", "budget_sum_mismatch"},
        {"budget_total", "119.99", "budget_sum_mismatch apply_over_limit"},
        {"budget_apply", "30.004", ""},
        {"budget_apply", "30.01", "budget_sum_mismatch"},
        {"budget_apply", "50", "budget_sum_mismatch"},
        {"budget_apply", "50.01", "budget_sum_mismatch apply_over_limit"},
        {"rnd_ratio", "5.42", ""},
        {"rnd_ratio", "5.43", "rnd_ratio_mismatch"},
        {"rnd_ratio", "5.23", ""},
        {"rnd_ratio", "5.22", "rnd_ratio_mismatch"},
        {"rnd_ratio", "０．０５３３", "rnd_ratio_mismatch"},
        {"rnd_ratio", "5.33%", "number_not_plain:rnd_ratio?"},
        {"sales_revenue", "0", ""},
        {"staff_rnd", "824", ""},
        {"staff_rnd", "825", "rnd_staff_over_total"},
        {"profit_tax", "-120.5", ""},
        {"credit_code", " ９１430302 matcdkqq4m", ""},
        {"credit_code", "91430302MATCDKQQ4MM", "credit_code_bad_length"},
        {"credit_code", "91430302MATCDKQQ4", "credit_code_bad_length"},
        {"credit_code", "91430302MATCDKQQ4N", "credit_code_bad_check"},
        {"contact_mobile", "1580000", "mobile_bad_format"},
        {"legal_rep_phone", "见下", "phone_bad_format"},
        {"legal_rep_phone", "13700000604", ""},
        {"contact_email", "无", "email_bad_format"},
        {"postcode", "41120", "postcode_bad_format"},
        {"postcode", "４１１ ２０２", ""},
        {"postcode", "010000", ""},
        {"postcode", "+41120", "postcode_bad_format"},
        {"postcode", "41,120", "postcode_bad_format"},
        {"postcode", "000000", "postcode_bad_format"},
        {"postcode", "四一一二零二", "postcode_bad_format"},
        {"postcode", "4112022", "postcode_bad_format"},
        {"form_count", "0", "form_missing"},
        {"scan_count", "0", "scan_missing"},
        {"scan_count", NULL, "scan_missing?"},
        {"seal_count", NULL, ""},
        {"seal_count", "0", "seal_not_seen?"},
        {"sender_proved", "0", "sender_not_proved"},
        {"sender_proved", NULL, "sender_not_proved"},
        {"forms_in_file", "2", "multiple_forms?"},
        {"tracked_changes", "3", "tracked_changes"},
        {"tick_by_formatting", "1", "tick_by_formatting?"},
        {"options_deleted", "1", "options_deleted?"},
        {"unit_repeated", "1", "unit_repeated"},
        {"wrong_extension", "1", "wrong_extension"},
        {"complete_at", NULL, ""},
        {"complete_at", "2024-09-13 23:59:59", ""},
        {"complete_at", "2024-09-14 00:00:00", "on_last_day"},
        {"complete_at", "2024-09-14 23:59:59", "on_last_day"},
        {"complete_at", "2024-09-15 00:00:00", "deadline"},
    };
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const gchar *column = cases[i].column, *value = cases[i].value;
        g_autoptr(Row) row = plain_row(campaign);
        set_value(row, campaign, column, value);
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        assert_found(found, cases[i].found);
    }
}

static void test_a_file_that_could_not_be_read(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    g_autoptr(Row) row = plain_row(campaign);
    row_set_int(row, "form_count", 0);
    row_set_int(row, "scan_count", 0);
    row_set_int(row, "unread_count", 1);
    columns_set_field(row, campaign_field(campaign, "unit_name"), NULL);
    g_autoptr(GPtrArray) found = judge(rules, row, FALSE);
    assert_found(found, "form_missing? scan_missing?");
    const Finding *missing = found->pdata[0];
    assert_int_equal(missing->level, LEVEL_MUST);
    assert_null(missing->fix);
    assert_non_null(strstr(missing->message, "人工"));
}

static void test_words(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    g_autoptr(Row) row = plain_row(campaign);
    json_t *eighty = json_string("80");
    columns_set_field(row, campaign_field(campaign, "budget_total"), eighty);
    json_decref(eighty);
    g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
    const Finding *below = finding_of(found, "budget_below_100");
    assert_string_equal(below->message, "计划研发投入为 80 万元，低于 100 万元");
    assert_true(below->of_form);
    g_autoptr(Finding) of_file = ruleset_finding(rules, "encrypted", "需求表.docx", row);
    assert_string_equal(of_file->rule, "encrypted");
    assert_non_null(strstr(of_file->message, "需求表.docx"));
    assert_false(of_file->of_form);
    g_autoptr(Finding) of_field = ruleset_finding(rules, "number_not_plain", "budget_total", row);
    assert_string_equal(of_field->rule, "number_not_plain:budget_total");
    assert_non_null(strstr(of_field->message, "“计划研发投入”填写为“80”"));
    assert_true(of_field->of_form);
    g_autoptr(Finding) unheard_of = ruleset_finding(rules, "clam.virus", NULL, row);
    assert_true(unheard_of->person && unheard_of->level == LEVEL_STAFF);
    assert_non_null(strstr(unheard_of->message, "clam.virus"));
}

static void test_relevant(void **state)
{
    (void)state;
    static const struct {
        const gchar *subject, *body, *names;
        gint forms, scans, unread;
        int relevant;
    } cases[] = {
        {"揭榜挂帅项目技术需求表", "请查收。", "a.docx、b.pdf", 1, 1, 0, 1},
        {"材料", "请查收。", "a.docx", 1, 0, 0, 1},
        {"揭榜挂帅项目技术需求表", "", "盖章件.pdf", 0, 1, 0, 1},
        {"补扫描件", "刚才忘了扫描件。", "盖章件.pdf", 0, 1, 0, 1},
        {"咨询揭榜挂帅项目申报", "请问扫描件需要法人签字吗？", "", 0, 0, 0, 1},
        {"咨询", "请问揭榜挂帅还可以报吗？", "", 0, 0, 0, 1},
        {"", "请问揭榜挂帅还可以报吗？", "", 0, 0, 0, 1},
        {"转发：材料", "", "技术需求表.doc", 0, 0, 1, 1},
        {"需求表", "", "需求表.docx", 0, 0, 1, 1},
        {"关于国庆节放假安排的通知", "请各科室做好值班。", "", 0, 0, 0, 0},
        {"关于国庆节放假安排的通知", "请各科室做好值班。", "放假通知（盖章）.pdf", 0, 1, 0, 0},
        {"办公用品采购需求表", "请各科室填报。", "采购需求表.xlsx", 0, 0, 0, 0},
        {"Re: 周例会纪要", "> 二、揭榜挂帅征集进展……", "", 0, 0, 0, 0},
        {NULL, "你好", "", 0, 0, 0, 0},
        {NULL, NULL, NULL, 0, 0, 0, -1},
    };
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Row) mail = row_new();
        g_autoptr(GError) error = NULL;
        row_set_text(mail, "subject", cases[i].subject);
        row_set_text(mail, "body", cases[i].body);
        row_set_text(mail, "names", cases[i].names);
        row_set_int(mail, "form_count", cases[i].forms);
        row_set_int(mail, "scan_count", cases[i].scans);
        row_set_int(mail, "unread_count", cases[i].unread);
        row_set_int(mail, "cloud_count", 0);
        int relevant = ruleset_relevant(rules, mail, &error);
        if (relevant != cases[i].relevant)
            fail_msg("%s: %d", cases[i].subject, relevant);
    }
}

static void test_relevant_sees_the_mail_alone(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(GError) error = NULL;
    g_free(campaign->relevant);
    campaign->relevant = g_strdup("unit_name <> ''");
    assert_null(ruleset_new(campaign, &error));
    assert_non_null(strstr(error->message, ": relevant: no such column: unit_name"));
}

static void test_the_unfinished(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autofree gchar *directory = g_dir_make_tmp("shoujian-XXXXXX", NULL);
    g_autofree gchar *list = g_build_filename(directory, "unfinished.csv", NULL);
    g_free(campaign->path);
    campaign->path = g_build_filename(directory, "campaign.conf", NULL);
    static const struct {
        const gchar *list;
        gboolean found;
    } cases[] = {
        {"", FALSE},
        {"# 湖南莲城钠储新材料有限公司,\n", FALSE},
        {"\ufeff湖南莲城钠储新材料 有限公司,\r\n", TRUE},
        {"旧名称,\"91430302matcdkqq4m\"\n", TRUE},
        {"单位名称,统一社会信用代码,项目\n\"另一公司\",,x\n,91430302MATCDKQQ4M,y\n", TRUE},
        {"\"湖南,莲城\"\"甲\"\"\",\n", FALSE},
        {"另一公司,91430302MA00RDP91Q,91430302MATCDKQQ4M\n", FALSE},
        {"\"甲,湖南莲城钠储新材料有限公司\",\n", FALSE},
        {"\"湖南莲城钠储新材料有限公司\n", TRUE},
        {"另一公司,91430302MA00RDP91Q\n,\n", FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_true(g_file_set_contents(list, cases[i].list, -1, NULL));
        g_autoptr(RuleSet) rules = rules_of(campaign);
        g_autoptr(Row) row = plain_row(campaign);
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        assert_int_equal(finding_of(found, "unfinished_project") != NULL, cases[i].found);
    }
    g_autoptr(GError) error = NULL;
    assert_true(g_file_set_contents(list, "a,b\n\xb9\xab\xcb\xbe,\n", -1, NULL));
    assert_null(ruleset_new(campaign, &error));
    assert_non_null(strstr(error->message, "unfinished.csv:2: "));
    g_unlink(list);
    g_rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_three_values),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_a_file_that_could_not_be_read),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_relevant),
        cmocka_unit_test(test_relevant_sees_the_mail_alone),
        cmocka_unit_test(test_the_unfinished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
