/* shoujian.conf: what is taken, what is refused, and what it says then. */
#include "config-fixture.h"
#include "config.h"

#include <sys/stat.h>

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
    static const char *const names[] = {"kind", "clam", "scan", "mime", "tnef", "docx", "office"};
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
    assert_int_equal(filter_at(config, 2)->profile, CAGE_PLAIN);
    assert_int_equal(filter_at(config, 6)->profile, CAGE_OFFICE);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_a_wrong_configuration),
        cmocka_unit_test(understands_the_configuration),
        cmocka_unit_test(a_section_changes_what_it_names),
        cmocka_unit_test(the_shipped_file_shows_the_defaults),
        cmocka_unit_test(filters_are_beside_the_program_or_in_lib),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
