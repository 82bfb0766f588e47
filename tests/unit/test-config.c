/* The two configuration files and the password: what is refused, at which line, and what is
 * understood. */
#include "campaign.h"
#include "config.h"
#include "error.h"
#include "secret.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static gchar *directory;

static gchar *write_file(const gchar *name, const gchar *text)
{
    gchar *path = g_build_filename(directory, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

/* TEXT with the first OLD replaced. */
static gchar *with(const gchar *text, const gchar *old, const gchar *new)
{
    g_autoptr(GString) changed = g_string_new(text);
    assert_int_equal(g_string_replace(changed, old, new, 1), 1);
    return g_string_free(g_steal_pointer(&changed), FALSE);
}

typedef struct {
    const char *old, *new;
    guint line; /* 0: it is right */
    const char *word;
} Case;

/* Makes each change in TEXT, and looks at the error that LOAD gives: "FILE:LINE: …WORD…", one line.
 */
static void check_cases(const gchar *name, const gchar *text, const Case *cases,
                        gboolean (*load)(const gchar *path, GError **error))
{
    for (; cases->old != NULL; cases++) {
        g_autofree gchar *changed = with(text, cases->old, cases->new);
        g_autofree gchar *path = write_file(name, changed);
        g_autoptr(GError) error = NULL;
        gboolean ok = load(path, &error);
        if (cases->line == 0) {
            if (!ok)
                fail_msg("%s: %s", cases->new, error->message);
            continue;
        }
        if (ok)
            fail_msg("%s → %s: not refused", cases->old, cases->new);
        g_autofree gchar *where = g_strdup_printf("%s:%u: ", path, cases->line);
        if (error->code != SJ_ERROR_CONFIG || !g_str_has_prefix(error->message, where) ||
            strstr(error->message + strlen(where), cases->word) == NULL ||
            strchr(error->message, '\n') != NULL)
            fail_msg("%s: expected %s…%s…, got %s", cases->new, where, cases->word, error->message);
    }
}

/* --- shoujian.conf --- */

static const char CONFIG[] = "campaign = \"campaign.conf\" # the notice\n"
                             "spool = '../spool'\n"
                             "templates = \"replies\"\n"
                             "/* two\n lines */ workers = 2\n"
                             "imap {\n"
                             "  host = \"imap.163.com\"\n"
                             "  user = \"a#b@163.com\"\n"
                             "  password_file = \"secret\"\n"
                             "  folders = {\"INBOX\", # first\n"
                             "    \"垃圾邮件\"}\n"
                             "}\n"
                             "smtp {\n"
                             "  host = \"smtp.163.com\" user = \"a@163.com\"\n"
                             "  from = \"a@163.com\"\n"
                             "  password_command = \"echo geheim\"\n"
                             "}\n"
                             "// end\n";

static gboolean load_config(const gchar *path, GError **error)
{
    g_autoptr(Config) config = config_load(path, "/opt/shoujian/bin", error);
    return config != NULL;
}

static void refuses_a_wrong_configuration(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"// end", "", 0, ""},
        {"spool =", "colour = 3\nspool =", 2, "colour"},
        {"// end", "colour = 3", 18, "colour"},
        {"  user = \"a#b", "  prot = 993\n  user = \"a#b", 8, "imap: no such option 'prot'"},
        {"workers = 2", "workers = many", 5, "workers"},
        {"workers = 2", "workers = -1", 5, "workers must be from 0"},
        {"workers = 2", "workers = 010", 0, ""},
        {"workers = 2", "workers = 0x10", 5, "whole number"},
        {"workers = 2", "workers = 99999999999999999999", 5, "workers"},
        {"workers = 2", "workers = 2 workers = 3", 5, "line 5 already"},
        {"workers = 2", "workers =", 5, "workers has no value"},
        {"workers = 2", "workers = \"\"", 5, "workers"},
        {"workers = 2", "workers 2", 5, "workers"},
        {"workers = 2", "workers = 2*3", 5, "unexpected *"},
        {"workers = 2", "imap|port = 3", 5, "unexpected |"},
        {"workers = 2", "sandbox = \"maybe\"", 5, "sandbox"},
        {"'../spool'", "“../spool”", 2, "quotation"},
        {"'../spool'", "\"../spool”", 2, "quotation"},
        {"'../spool'", "../spool”", 2, "quotation"},
        {"'../spool'", "\"../“spool”\"", 0, ""},
        {"'../spool'", "../spool # “so”, ${HOME}", 0, ""},
        {"'../spool'", "\"${HOME}\"", 2, "${"},
        {"'../spool'", "${HOME}", 2, "${"},
        {"'../spool'", "\"\\0\"", 2, "escape"},
        {"'../spool'", "\"../spool", 2, "quotation"},
        {"'../spool'", "\"\"", 2, "spool is empty"},
        {"'../spool'", "＂a＂", 2, "quotation"},
        {"campaign =",
         "\xEF\xBB\xBF"
         "campaign =",
         1, "BOM"},
        {"# the", "# \xCA\xD5", 1, "UTF-8"},
        {"spool = '../spool'\n", "", 0, ""}, /* the usual place */
        {"// end", "\"", 18, "never closed"},
        {"// end", "/* end", 18, "never closed"},
        {"// end", "smtp { }", 18, "smtp"},
        {"// end", "}", 18, "brace"},
        {"}\n// end", "// end", 13, "smtp { … } is never closed"},
        {"  user = \"a#b", "  port = 70000\n user = \"a#b", 8, "port"},
        {"  user = \"a#b", "  port = 0\n user = \"a#b", 8, "port"},
        {"  host = \"imap.163.com\"\n", "", 6, "imap: host is missing"},
        {"  user = \"a#b", "  tls = \"none\"\n user = \"a#b", 8, "loopback"},
        {"\"imap.163.com\"", "\"127.0.0.9\" tls = none", 0, ""},
        {"\"imap.163.com\"", "\"::1\" tls = none", 0, ""},
        {"\"imap.163.com\"", "\"localhost\" tls = none", 0, ""},
        {"\"imap.163.com\"", "\"128.0.0.1\" tls = none", 7, "loopback"},
        {"\"imap.163.com\"", "\"localhost.example.com\" tls = none", 7, "loopback"},
        {"\"imap.163.com\"", "\"localhost\" tls = TLS", 7, "tls must be"},
        {"  password_file = \"secret\"\n", "", 6, "neither"},
        {"\"echo geheim\"", "\"x\" password_file = \"y\"", 16, "both"},
        {"from = \"a@163.com\"", "from = \"a\"", 15, "mail address"},
        {"from = \"a@163.com\"", "from = \"成果科@163.com\"", 15, "mail address"},
        {"// end", "reply { enabled = perhaps }", 18, "enabled"},
        {"// end", "filter ocr { accepts = {\"*\"} }", 18, "command is missing"},
        {"// end", "filter ocr { command = x accepts = {pdf} }", 18, "media type"},
        {"// end", "filter docx { memory = \"512 MB\" }", 18, "memory"},
        {"// end", "filter docx { memory = \"99999999999G\" }", 18, "memory"},
        {"// end", "filter docx { timeout = 0 }", 18, "timeout"},
        {"// end", "filter docx { }\nfilter docx { }", 19, "line 18 already"},
        {"// end", "filter { }", 18, "title"},
        {"// end", "filter \"a\nb\" { colour = 3 }", 19, "filter a b: no such option"},
        {"// end", "filter \"../x\" { command = x }", 18, "name"},
        {"// end", "filter kind { accepts = {} }", 18, "every file"},
        {NULL, NULL, 0, NULL},
    };
    check_cases("shoujian.conf", CONFIG, cases, load_config);
    g_autoptr(GError) error = NULL;
    assert_false(load_config("/nowhere/shoujian.conf", &error));
    assert_int_equal(error->code, SJ_ERROR_CONFIG);
    assert_non_null(strstr(error->message, "/nowhere/shoujian.conf"));
}

static void understands_the_configuration(void **state)
{
    (void)state;
    g_autofree gchar *text = with(CONFIG, "\n", "\r\n");
    g_autofree gchar *path = write_file("shoujian.conf", text);
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_load(path, "/opt/shoujian/bin", &error);
    if (config == NULL)
        fail_msg("%s", error->message);
    assert_string_equal(config->path, path);
    g_autofree gchar *parent = g_path_get_dirname(directory);
    g_autofree gchar *spool = g_build_filename(parent, "spool", NULL);
    g_autofree gchar *secret = g_build_filename(directory, "secret", NULL);
    assert_string_equal(config->spool, spool);
    assert_string_equal(config->imap.server.password_file, secret);
    assert_null(config->imap.server.ca_file);
    assert_string_equal(config->imap.server.user, "a#b@163.com");
    assert_int_equal(config->imap.server.port, 993);
    assert_int_equal(g_strv_length(config->imap.folders), 2);
    assert_string_equal(config->imap.folders[1], "垃圾邮件");
    assert_string_equal(config->imap.sent, "已发送");
    assert_int_equal(config->smtp.per_day, 150);
    assert_string_equal(config->smtp.from_name, "");
    assert_true(config->sandbox_required && config->reply.enabled);
    assert_int_equal(config->workers, 2);
}

static const FilterConfig *filter_at(const Config *config, guint index)
{
    assert_true(index < config->filters->len);
    return g_ptr_array_index(config->filters, index);
}

static void a_section_changes_what_it_names(void **state)
{
    (void)state;
    g_autofree gchar *text =
        with(CONFIG, "// end",
             "filter clam { command = \"clam.sh\" accepts = \"*\" memory = 0 }\n"
             "filter scan { timeout = 90 }\nfilter archive { accepts = {} }\n"
             "filter kind { timeout = 5 }\nfilters = \"lib\"\n");
    g_autofree gchar *path = write_file("shoujian.conf", text);
    g_autoptr(Config) config = config_load(path, "/opt/shoujian/bin", NULL);
    assert_non_null(config);
    static const char *const names[] = {"kind", "clam", "scan", "mime", "docx"};
    assert_int_equal(config->filters->len, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        assert_string_equal(filter_at(config, i)->name, names[i]);
    g_autofree gchar *clam = g_build_filename(directory, "clam.sh", NULL);
    g_autofree gchar *scan = g_build_filename(directory, "lib", "scan", NULL);
    assert_int_equal(filter_at(config, 0)->timeout, 5);
    assert_string_equal(filter_at(config, 1)->command, clam);
    assert_int_equal(filter_at(config, 1)->memory, 0);
    assert_string_equal(filter_at(config, 2)->command, scan);
    assert_int_equal(filter_at(config, 2)->timeout, 90);
    assert_true(filter_at(config, 2)->memory == (guint64)1 << 30);
    assert_string_equal(filter_at(config, 2)->accepts[0], "application/pdf");
}

/* What config/shoujian.conf says of the filters is what holds without it. */
static void the_shipped_file_shows_the_defaults(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) file = config_load("config/shoujian.conf", directory, &error);
    if (file == NULL)
        fail_msg("%s", error->message);
    g_autofree gchar *path = write_file("shoujian.conf", CONFIG);
    g_autoptr(Config) bare = config_load(path, directory, NULL);
    assert_int_equal(file->filters->len, bare->filters->len);
    for (guint i = 0; i < file->filters->len; i++) {
        const FilterConfig *a = filter_at(file, i), *b = filter_at(bare, i);
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->command, b->command);
        assert_int_equal(a->timeout, b->timeout);
        assert_true(a->memory == b->memory);
        assert_true(
            g_strv_equal((const gchar *const *)a->accepts, (const gchar *const *)b->accepts));
    }
    assert_int_equal(file->smtp.per_hour, bare->smtp.per_hour);
    assert_int_equal(file->reply.max_age_hours, bare->reply.max_age_hours);
}

static void filters_are_beside_the_program_or_in_lib(void **state)
{
    (void)state;
    g_autofree gchar *path = write_file("shoujian.conf", CONFIG);
    g_autofree gchar *bin = g_build_filename(directory, "bin", NULL);
    g_autofree gchar *beside = g_build_filename(bin, "filters", NULL);
    g_autofree gchar *near = g_build_filename(beside, "kind", NULL);
    g_autofree gchar *installed =
        g_build_filename(directory, "lib", "shoujian", "filters", "kind", NULL);
    g_autoptr(Config) away = config_load(path, bin, NULL);
    assert_string_equal(filter_at(away, 0)->command, installed);
    assert_int_equal(g_mkdir_with_parents(beside, 0700), 0);
    g_autoptr(Config) here = config_load(path, bin, NULL);
    assert_string_equal(filter_at(here, 0)->command, near);
}

/* --- campaign.conf --- */

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
        "\"require\":\"unit_name <> '{\\\"x\\\"}'\",\"message\":\"{unit_name} 的 # 投入\","
        "\"fix\":\"改\"}]}",
        0, NULL);
    assert_non_null(expected);
    assert_int_equal(json_array_size(json_object_get(json, "findings")), 5);
    json_object_del(json, "findings");
    assert_true(json_equal(json, expected));
    json_decref(json);
    json_decref(expected);
}

/* --- Passwords --- */

static void a_password_comes_from_a_private_file(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        const char *secret; /* NULL: refused */
        const char *word;
    } files[] = {
        {"geheim\n", 0600, "geheim", ""},      {"geheim\r\n", 0400, "geheim", ""},
        {" ge heim", 0600, " ge heim", ""},    {"geheim\n", 0640, NULL, "chmod 600"},
        {"geheim\n", 0604, NULL, "chmod 600"}, {"", 0600, NULL, "empty"},
        {"\n", 0600, NULL, "empty"},           {"geheim\nzwei\n", 0600, NULL, "line"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree gchar *path = write_file("secret", files[i].text);
        assert_int_equal(chmod(path, files[i].mode), 0);
        ServerConfig server = {.host = (gchar *)"imap.163.com", .password_file = path};
        g_autoptr(GError) error = NULL;
        gchar *secret = secret_read(&server, &error);
        if (g_strcmp0(secret, files[i].secret) != 0)
            fail_msg("%s (%o): %s", files[i].text, files[i].mode, secret);
        if (files[i].secret == NULL) {
            assert_int_equal(error->code, SJ_ERROR_CONFIG);
            assert_non_null(strstr(error->message, path));
            assert_non_null(strstr(error->message, files[i].word));
            assert_null(strstr(error->message, "geheim"));
        }
        secret_free(secret);
    }
    ServerConfig server = {.host = (gchar *)"imap.163.com", .password_file = directory};
    assert_null(secret_read(&server, NULL));
    server.password_file = (gchar *)"/nowhere/secret";
    assert_null(secret_read(&server, NULL));
}

static void a_password_comes_from_a_command(void **state)
{
    (void)state;
    static const struct {
        const char *command, *secret;
    } commands[] = {
        {"printf 'geheim\\n'", "geheim"},
        {"echo geheim; exit 3", NULL},
        {"true geheim", NULL},
        {"yes geheim", NULL},
        {"echo geheim; exec >&-; sleep 0.1", "geheim"},
        {"kill -PIPE $$; echo geheim", NULL},
        {"geheim-that-is-no-program 2>/dev/null", NULL},
    };
    signal(SIGPIPE, SIG_IGN);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        ServerConfig server = {.host = (gchar *)"imap.163.com",
                               .password_command = (gchar *)commands[i].command};
        g_autoptr(GError) error = NULL;
        gchar *secret = secret_read(&server, &error);
        if (g_strcmp0(secret, commands[i].secret) != 0)
            fail_msg("%s: %s", commands[i].command, secret);
        if (commands[i].secret == NULL) {
            assert_int_equal(error->code, SJ_ERROR_CONFIG);
            assert_null(strstr(error->message, "geheim"));
        }
        secret_free(secret);
    }
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("test-config-XXXXXX", NULL);
    return directory != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const made[] = {"shoujian.conf", "campaign.conf", "secret",
                                       "bin/filters",   "bin",           ""};
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree gchar *path = g_build_filename(directory, made[i], NULL);
        (void)remove(path);
    }
    g_free(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_a_wrong_configuration),
        cmocka_unit_test(understands_the_configuration),
        cmocka_unit_test(a_section_changes_what_it_names),
        cmocka_unit_test(the_shipped_file_shows_the_defaults),
        cmocka_unit_test(filters_are_beside_the_program_or_in_lib),
        cmocka_unit_test(refuses_a_wrong_campaign),
        cmocka_unit_test(understands_the_campaign),
        cmocka_unit_test(times_are_in_the_zone_of_the_campaign),
        cmocka_unit_test(the_campaign_as_json),
        cmocka_unit_test(a_password_comes_from_a_private_file),
        cmocka_unit_test(a_password_comes_from_a_command),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
