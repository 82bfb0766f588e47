/* campaign.conf: what is taken, what is refused, and what it says then. */
#include "campaign.h"
#include "config-fixture.h"

static const char CAMPAIGN[] = "# “the notice” # ${x}\n"
                               "campaign {\n"
                               "  name = \"“揭榜挂帅”需求征集\"\n"
                               "  title = \"项目技术需求表\"\n"
                               "  code = \"XT2024\"\n"
                               "  timezone = \"Asia/Shanghai\"\n"
                               "  opens = \"2024-08-26\"\n"
                               "  deadline = \"2024-09-15 00:00\"\n"
                               "  closes = \"2024-09-17 00:00:00\"\n"
                               "  contact = \"成果科 # 58570302\"\n"
                               "  relevant = \"form_count > 0\n"
                               "              or subject like '%揭榜%'\"\n"
                               "}\n"
                               "field unit_name { label = {\"单位名称\"} required = true }\n"
                               "field level { label = {\"技术水平\", \"水平\"} options = "
                               "{\"国际领先\", \"其他\"} choose = 1 }\n"
                               "rule budget {\n"
                               "  level = \"should\"\n"
                               "  require =\n"
                               "    \"unit_name <> '{\\\"x\\\"}'\"\n"
                               "  message = \"{unit_name} 的 # 投入\" fix = \"改\"\n"
                               "}\n"
                               "finding unread_file { message = \"未读\" }\n"
                               "finding number_not_plain { level = \"must\" message = \"数\" }\n"
                               "finding on_last_day { message = \"末日\" person = true }\n"
                               "finding strange { message = \"奇\" }\n"
                               "finding seal_not_seen { level = \"should\" message = \"章\" }\n";

static gboolean load_campaign(const gchar *path, GError **error)
{
    g_autoptr(Campaign) campaign = campaign_load(path, error);
    return campaign != NULL;
}

static void refuses_a_wrong_campaign(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"\"XT2024\"", "“XT2024”", 5, "quot"},
        {"XT2024", "XT 2024", 5, "code"},
        {"\"XT2024\"", "\"\"", 5, "code is empty"},
        {"  contact = \"成果科 # 58570302\"\n", "", 2, "campaign: contact is missing"},
        {"  title = \"项目技术需求表\"\n", "", 0, ""},
        {"Asia/Shanghai", "Asia/Xiangtan", 6, "Asia/Xiangtan"},
        {"2024-09-15 00:00", "2024-09-31 00:00", 8, "2024-09-31 00:00"},
        {"2024-09-15 00:00", "2024-09-15 25:00", 8, "2024-09-15 25:00"},
        {"2024-09-15 00:00", "2024-09-15 24:00", 8, "2024-09-15 24:00"},
        {"2024-09-15 00:00", "14.9.2024", 8, "14.9.2024"},
        {"2024-09-15 00:00", "2024-08-25 23:59", 8, "deadline must be after opens"},
        {"2024-09-15 00:00", "2024-09-17 00:00", 0, ""},
        {"2024-09-15 00:00", "2024-09-16T16:00:00Z", 0, ""},
        {"2024-09-15 00:00", "2024-09-16T16:00:01Z", 9, "closes"},
        {"2024-09-17 00:00:00", "2024-08-01 00:00", 9, "closes"},
        {"的 # 投入", "见 ${HOME}", 20, "${"},
        {"\"should\"", "\"deadly\"", 17, "rule budget: level must be one of"},
        {"  level = \"should\"\n", "", 16, "level is missing"},
        {"level = \"must\" ", "level = \"deadly\" ", 23, "deadly"},
        {"message = \"{unit_name}", "msg = \"{unit_name}", 20, "msg"},
        {"{ message = \"未读\" }", "{ }", 22, "finding unread_file: message is missing"},
        {"{ message = \"未读\" }", "{ message = \"未读\" require = \"1\" }", 22, "require"},
        {"finding strange", "finding unread_file", 25, "line 22 already"},
        {"level = \"must\" ", "level = \"remark\" ", 23, "only a rule"},
        {"level = \"should\"\n", "level = \"remark\" hint = \"1\"\n", 0, ""},
        {"{ message = \"未读\" }", "{ message = \"未读\" hint = \"1\" }", 22, "hint"},
        {"rule budget", "rule Budget", 16, "name"},
        {"field level", "field unit_name", 15, "line 14 already"},
        {"field level", "field 水平", 15, "unexpected 水"},
        {"field level", "field \"水平\"", 15, "a name is made of"},
        {"label = {\"单位名称\"} ", "", 14, "label is missing"},
        {"label = {\"单位名称\"} ", "label = {\"\"}", 14, "empty item"},
        {"choose = 1", "choose = 3", 15, "choose"},
        {"choose = 1", "number = true", 15, "number"},
        {"required = true", "choose = 1", 14, "options"},
        {"required = true", "max_chars = -5", 14, "max_chars"},
        {NULL, NULL, 0, NULL},
    };
    check_cases("campaign.conf", CAMPAIGN, cases, load_campaign);
}

static Campaign *campaign_of_the_test(void)
{
    g_autofree gchar *path = write_file("campaign.conf", CAMPAIGN);
    g_autoptr(GError) error = NULL;
    Campaign *campaign = campaign_load(path, &error);
    if (campaign == NULL)
        fail_msg("%s", error->message);
    return campaign;
}

static void understands_the_campaign(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_of_the_test();
    assert_string_equal(campaign->name, "“揭榜挂帅”需求征集");
    assert_string_equal(campaign->contact, "成果科 # 58570302");
    assert_int_equal(campaign->relevant_line, 11);
    assert_int_equal(campaign->deadline, 1726329600);
    const Field *level = campaign_field(campaign, "level");
    assert_int_equal(level->line, 15);
    assert_int_equal(g_strv_length(level->label), 2);
    assert_string_equal(level->options[1], "其他");
    assert_null(campaign_field(campaign, "unit_name")->options);
    assert_null(campaign_field(campaign, "budget"));
    const Rule *rule = campaign_rule(campaign, "budget");
    assert_int_equal(rule->line, 18);
    assert_string_equal(rule->require, "unit_name <> '{\"x\"}'");
    assert_string_equal(rule->message, "{unit_name} 的 # 投入");
    assert_null(campaign_rule(campaign, "strange"));
    assert_null(campaign_finding(campaign, "scan_missing"));

    static const struct {
        const char *name;
        Level level;
        gboolean person;
    } findings[] = {{"unread_file", LEVEL_STAFF, TRUE},
                    {"number_not_plain", LEVEL_MUST, TRUE},
                    {"on_last_day", LEVEL_STAFF, TRUE},
                    {"strange", LEVEL_STAFF, TRUE},
                    {"seal_not_seen", LEVEL_SHOULD, FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(findings); i++) {
        const Rule *finding = campaign_finding(campaign, findings[i].name);
        assert_non_null(finding);
        assert_int_equal(finding->level, findings[i].level);
        assert_int_equal(finding->person, findings[i].person);
        assert_null(finding->require);
    }
}

static void times_are_in_the_zone_of_the_campaign(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_of_the_test();
    static const struct {
        const char *text;
        gint64 seconds; /* 0: refused */
    } times[] = {
        {"2024-09-10", 1725897600},
        {"2024-09-10 09:12", 1725930720},
        {"2024-09-10T09:12:33", 1725930753},
        {"2024-09-10 01:12:33Z", 1725930753},
        {"2024-09-10T09:12:33.5+08:00", 1725930753},
        {"2024-02-30", 0},
        {"2024-09-10 09:60", 0},
        {"2024-09-10T09:12:33+99:00", 0},
        {"20240910T091233", 0},
        {"yesterday", 0},
        {"2024-09-10\n", 0},
        {"", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
        gint64 seconds = 0;
        g_autoptr(GError) error = NULL;
        gboolean ok = campaign_time_parse(campaign, times[i].text, &seconds, &error);
        if (ok != (times[i].seconds != 0) || seconds != times[i].seconds ||
            (!ok && strstr(error->message, times[i].text) == NULL))
            fail_msg("%s: %" G_GINT64_FORMAT, times[i].text, seconds);
    }
    g_autofree gchar *iso = campaign_time_iso(campaign, 1725930753);
    g_autofree gchar *words = campaign_time_words(campaign, 1725930753);
    g_autofree gchar *never = campaign_time_iso(campaign, G_MAXINT64);
    assert_string_equal(iso, "2024-09-10T09:12:33+08:00");
    assert_string_equal(words, "2024年9月10日 09:12:33");
    assert_string_equal(never, "@9223372036854775807");
}

static void the_campaign_as_json(void **state)
{
    (void)state;
    g_autoptr(Campaign) campaign = campaign_of_the_test();
    json_t *json = campaign_to_json(campaign);
    json_t *expected = json_loads(
        "{\"v\":1,\"name\":\"“揭榜挂帅”需求征集\",\"title\":\"项目技术需求表\",\"code\":\"XT2024\","
        "\"timezone\":\"Asia/Shanghai\",\"opens\":\"2024-08-26T00:00:00+08:00\","
        "\"deadline\":\"2024-09-15T00:00:00+08:00\",\"closes\":\"2024-09-17T00:00:00+08:00\","
        "\"contact\":\"成果科 # "
        "58570302\",\"fields\":[{\"key\":\"unit_name\",\"label\":[\"单位名称\"],"
        "\"required\":true,\"number\":false,\"unit\":null,\"max_chars\":0,\"options\":[],"
        "\"choose\":0},"
        "{\"key\":\"level\",\"label\":[\"技术水平\",\"水平\"],\"required\":false,\"number\":false,"
        "\"unit\":null,\"max_chars\":0,\"options\":[\"国际领先\",\"其他\"],\"choose\":1}],"
        "\"rules\":[{\"name\":\"budget\",\"level\":\"should\",\"person\":false,"
        "\"require\":\"unit_name <> '{\\\"x\\\"}'\",\"hint\":null,"
        "\"message\":\"{unit_name} 的 # 投入\","
        "\"fix\":\"改\"}]}",
        0, NULL);
    assert_non_null(expected);
    assert_int_equal(json_array_size(json_object_get(json, "findings")), 5);
    json_object_del(json, "findings");
    assert_true(json_equal(json, expected));
    json_decref(json);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_a_wrong_campaign),
        cmocka_unit_test(understands_the_campaign),
        cmocka_unit_test(times_are_in_the_zone_of_the_campaign),
        cmocka_unit_test(the_campaign_as_json),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
