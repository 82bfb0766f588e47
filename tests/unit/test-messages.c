/* What the shipped campaign says, of every rule and finding that it has: read as the one would who
 * has filled in the form, or who looks after the mailbox. */
#include "rule-fixture.h"

#include <string.h>

typedef struct {
    const gchar *column, *value; /* of an else plain submission */
    const gchar *rule, *message, *fix;
} Said;

static const Said said[] = {
    {"complete_at", "2024-09-15 00:00:03", "deadline",
     "材料于2024年9月15日 00:00:03到齐，晚于规定的报送截止时间（2024年9月15日 00:00:00）", NULL},
    {"complete_at", "2024-09-14 17:05:00", "on_last_day",
     "材料于截止前最后一日（2024年9月14日 17:05:00）到齐；如认定“9月14日前”不含当日，则为逾期",
     NULL},
    {"form_count", "0", "form_missing",
     "未收到《湘潭市2024年科技创新“揭榜挂帅”项目技术需求表》电子版",
     "请将填写好的需求表以Word文档（.docx）作为邮件附件报送，不要只报送扫描件或图片"},
    {"scan_count", "0", "scan_missing", "未收到加盖单位公章的需求表扫描件",
     "请将需求表打印、加盖单位公章后扫描（PDF或JPG格式），用同一邮箱报送"},
    {"scan_count", NULL, "scan_missing",
     "未能自动判定，请人工核对：未收到加盖单位公章的需求表扫描件", NULL},
    {"seal_count", "0", "seal_not_seen", "扫描件上未识别到单位公章，请打开扫描件查看", NULL},
    {"forms_in_file", "2", "multiple_forms",
     "同一文件内含有2份需求表，已分别登记，请核对扫描件各属于哪一份", NULL},
    {"wrong_extension", "1", "wrong_extension",
     "需求表文件的扩展名与实际格式不符（已按实际格式读取），请留意", NULL},
    {"sender_proved", "0", "sender_not_proved",
     "发件地址wang@qq.com未通过邮件服务商的来源验证，不能确定发件人；有疑问时请按表内电话核实",
     NULL},
    {"budget_total", "80.5", "budget_below_100", "计划研发投入为 80.5 万元，低于 100 万元",
     "通知要求项目执行期内对该项目科研投入不低于100万元；请核对金额（单位：万元），更正后重新报送需"
     "求表和盖章扫描件"},
    {"budget_apply", "50.5", "budget_sum_mismatch",
     "自筹 270 万元与申请专项 50.5 万元之和，不等于计划研发投入 300 万元",
     "请核对三项金额，使计划研发投入等于自筹与申请专项之和"},
    {"budget_apply", "80", "apply_over_limit",
     "申请专项为 80 万元，超过计划研发投入（300 万元）的25%或单个项目50万元的上限",
     "请按不超过计划研发投入的25%、且最高不超过50万元填写申请专项金额"},
    {"rnd_ratio", "8", "rnd_ratio_mismatch",
     "研发经费占年销售收入比重填写为 8%，而年研究开发经费 2423 万元除以销售收入总额 45502 万元约为 "
     "5.33%",
     "请核对年研究开发经费、销售收入总额（单位：万元）和所占比重"},
    {"staff_rnd", "1,000", "rnd_staff_over_total", "研究开发人员 1000 人，多于职工总数 824 人",
     "请核对职工总数与研究开发人员数"},
    {"unit_repeated", "1", "unit_repeated",
     "填写数字时重复填写了表中已印的单位（已按数字登记，无须补正）", NULL},
    {"credit_code", "91430302MATCDKQQ4", "credit_code_bad_length",
     "统一社会信用代码填写为“91430302MATCDKQQ4”，不是18位",
     "请对照营业执照填写18位统一社会信用代码"},
    {"credit_code", "91430302MATCDKQQ4N", "credit_code_bad_check",
     "统一社会信用代码“91430302MATCDKQQ4N”未通过校验，可能有错字",
     "请对照营业执照逐位核对统一社会信用代码"},
    {"credit_code", "9I43O3O2MATCDKQQ4M", "credit_code_bad_check",
     "统一社会信用代码“9I43O3O2MATCDKQQ4M”未通过校验，可能有错字，是否应为“91430302MATCDKQQ4M”？",
     "请对照营业执照逐位核对统一社会信用代码"},
    {"level", "[\"国际领先\",\"其他\"]", "two_levels_ticked",
     "技术水平勾选了2项（国际领先、其他），只能选一项", "请在技术水平中只保留一项勾选"},
    {"tick_by_formatting", "1", "tick_by_formatting",
     "选择项未勾选方框，仅以下划线、加粗等方式标示", "请在所选项目前的方框内打“√”"},
    {"options_deleted", "1", "options_deleted", "选择项删去了表中印好的其他选项",
     "请保留表中全部选项，并在所选项目前的方框内打“√”"},
    {"contact_mobile", "1580000167", "mobile_bad_format",
     "联系人手机填写为“1580000167”，不是有效的11位手机号码",
     "请填写联系人的11位手机号码，以便联系"},
    {"legal_rep_phone", "无", "phone_bad_format", "法定代表人电话填写为“无”，不是完整的电话号码",
     "请填写法定代表人的手机号码，或带区号的固定电话号码，例如0731-58570302"},
    {"contact_email", "wang.qq.com", "email_bad_format",
     "联系人电子邮箱填写为“wang.qq.com”，格式有误", "请核对联系人电子邮箱地址"},
    {"postcode", "41120", "postcode_bad_format", "邮编填写为“41120”，不是有效的6位邮政编码",
     "请填写单位地址的6位邮政编码"},
    {"tracked_changes", "3", "tracked_changes",
     "需求表电子版中留有未接受的修订痕迹，现按接受全部修订后的内容登记",
     "请核对修订内容，在Word“审阅”中接受或拒绝全部修订，使电子版与盖章扫描件一致"},
    {"unit_name", "", "missing:unit_name", "“单位名称”未填写", "请补充填写“单位名称”"},
    {"unit_name", NULL, "missing:unit_name", "未能自动判定，请人工核对：“单位名称”未填写", NULL},
    {"field", "[]", "missing:field", "“所属领域”未勾选", "请在“所属领域”所选项目前的方框内打“√”"},
    {"budget_total", "约300", "number_not_plain:budget_total",
     "“计划研发投入”填写为“约300”，不是单纯的数字",
     "请在“计划研发投入”中只填写阿拉伯数字，例如300，不加“约”“以上”等字样（计量单位已印在表中）"},
};

static void assert_said(const Said *one, const Finding *finding)
{
    if (finding == NULL)
        fail_msg("%s = %s: no %s", one->column, one->value, one->rule);
    assert_string_equal(finding->message, one->message);
    if (g_strcmp0(finding->fix, one->fix) != 0)
        fail_msg("%s: %s", one->rule, finding->fix);
}

static void every_rule_is_said_in_plain_words(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autoptr(Row) row = plain_row(campaign);
        set_value(row, campaign, said[i].column, said[i].value);
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        assert_said(&said[i], finding_of(found, said[i].rule));
    }
}

static void without_words_for_choices_those_for_all(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    for (guint i = campaign->findings->len; i-- > 0;)
        if (g_str_equal(((const Rule *)campaign->findings->pdata[i])->name, "not_ticked"))
            g_ptr_array_remove_index(campaign->findings, i);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    g_autoptr(Row) row = plain_row(campaign);
    set_value(row, campaign, "field", "[]");
    g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
    static const Said missing = {"field", "[]", "missing:field", "“所属领域”未填写",
                                 "请补充填写“所属领域”"};
    assert_int_equal(found->len, 1);
    assert_said(&missing, found->pdata[0]);
}

static void a_text_that_is_too_long(void **state)
{
    (void)state;
    static const struct {
        const gchar *key, *label;
        guint limit;
    } sections[] = {{"background", "1.项目需求的背景与意义", 500},
                    {"research_status", "2.国内外研究现状", 300},
                    {"demand_content", "3.项目需求内容描述", 500},
                    {"expected_results", "4.预期成果及经济社会生态效益", 300},
                    {"requirements", "5.对揭榜方要求", 300}};
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++)
        for (guint more = 0; more <= 1; more++) {
            g_autoptr(Row) row = plain_row(campaign);
            g_autoptr(GString) text = g_string_new(" 　\n");
            for (guint n = 0; n < sections[i].limit + more; n++)
                g_string_append(text, n % 10 == 0 ? " 汉\n" : "字");
            set_value(row, campaign, sections[i].key, text->str);
            g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
            assert_int_equal(found->len, more);
            if (more == 0)
                continue;
            const Finding *finding = found->pdata[0];
            g_autofree gchar *message =
                g_strdup_printf("“%s”共%u字（不计空格），超过%u字的限制", sections[i].label,
                                sections[i].limit + 1, sections[i].limit);
            g_autofree gchar *fix =
                g_strdup_printf("请将“%s”精简至%u字以内", sections[i].label, sections[i].limit);
            assert_string_equal(finding->message, message);
            assert_string_equal(finding->fix, fix);
        }
}

static void what_staff_should_know_is_no_finding(void **state)
{
    (void)state;
    static const Said remarks[] = {
        {"unit_receipts", "[\"XT2024-0003\",\"XT2024-0007\"]", "second_demand",
         "同一单位另有申报（XT2024-0003、XT2024-0007），请核对是否为不同的技术需求", NULL},
        {"unit_other_names", "[\"湖南莲城纳储公司\"]", "unit_name_differs",
         "统一社会信用代码“91430302MATCDKQQ4M”在其他来件中对应的单位名称是“湖南莲城纳储公司”，本件"
         "填写"
         "为“湖南莲城钠储新材料有限公司”，请核对",
         NULL},
    };
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    g_autoptr(RuleSet) rules = rules_of(campaign);
    for (gsize i = 0; i < G_N_ELEMENTS(remarks); i++) {
        g_autoptr(Row) row = plain_row(campaign);
        g_autoptr(GPtrArray) none = ruleset_remarks(rules, row, TRUE, NULL);
        assert_int_equal(none->len, 0);
        set_value(row, campaign, remarks[i].column, remarks[i].value);
        if (i == 0)
            set_value(row, campaign, "unit_submissions", "3");
        g_autoptr(GPtrArray) found = judge(rules, row, TRUE);
        assert_int_equal(found->len, 0);
        g_autoptr(GPtrArray) told = ruleset_remarks(rules, row, TRUE, NULL);
        assert_int_equal(told->len, 1);
        assert_said(&remarks[i], told->pdata[0]);
        assert_int_equal(((const Finding *)told->pdata[0])->level, LEVEL_REMARK);
        assert_false(((const Finding *)told->pdata[0])->person);
    }
}

static gboolean is_said(const gchar *rule)
{
    for (gsize i = 0; i < G_N_ELEMENTS(said); i++)
        if (g_str_equal(said[i].rule, rule))
            return TRUE;
    return FALSE;
}

/* What the sender has to mend, or should, says how; and no rule is left out above. */
static void who_is_to_mend_is_told_how(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_with(NULL);
    for (guint kind = 0; kind < 2; kind++) {
        const GPtrArray *all = kind == 0 ? campaign->rules : campaign->findings;
        for (guint i = 0; i < all->len; i++) {
            const Rule *rule = all->pdata[i];
            gboolean to_sender = rule->level == LEVEL_MUST || rule->level == LEVEL_SHOULD;
            if (to_sender != (rule->fix != NULL))
                fail_msg("%s: %s", rule->name, to_sender ? "no fix" : "a fix, for whom?");
            if (kind == 0 && rule->level != LEVEL_REMARK && !is_said(rule->name) &&
                !g_str_equal(rule->name, "unfinished_project")) /* test-rule.c */
                fail_msg("%s is not in the table", rule->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_said_in_plain_words),
        cmocka_unit_test(without_words_for_choices_those_for_all),
        cmocka_unit_test(a_text_that_is_too_long),
        cmocka_unit_test(what_staff_should_know_is_no_finding),
        cmocka_unit_test(who_is_to_mend_is_told_how),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
