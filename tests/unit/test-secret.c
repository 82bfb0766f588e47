/* Passwords: from a private file, or from a command. */
#include "config-fixture.h"
#include "secret.h"

#include <signal.h>
#include <sys/stat.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_comes_from_a_private_file),
        cmocka_unit_test(a_password_comes_from_a_command),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
