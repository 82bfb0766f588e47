/* The stream under both protocols: what it counts, and why it fails. The peer is a socket of this
 * process. */
#include "tls.h"

#include "error.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    TlsStream *stream;
    mailstream *lines;
    int peer;
} Pair;

static Pair connected(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    ServerConfig server = {.host = (gchar *)"127.0.0.1",
                           .port = ntohs(address.sin_port),
                           .tls = TLS_NONE,
                           .timeout = 1};
    Pair pair = {.stream = tls_connect(&server, NULL)};
    assert_non_null(pair.stream);
    pair.lines = tls_mailstream(pair.stream);
    pair.peer = accept(listener, NULL, NULL);
    close(listener);
    return pair;
}

static void disconnect(Pair *pair)
{
    mailstream_close(pair->lines);
    tls_free(pair->stream);
    if (pair->peer >= 0)
        close(pair->peer);
}

static void test_final_dot(G_GNUC_UNUSED void **state)
{
    static const struct {
        const gchar *pieces[4];
        gboolean sent;
    } cases[] = {
        {{"a\r\n.\r\n"}, TRUE},
        {{"a\r", "\n.", "\r", "\n"}, TRUE},
        {{"a\r\n", ".\r\n"}, TRUE},
        {{"a\r\r\n.\r\n"}, TRUE},
        {{"a\r\n.\r\r\n.\r\n"}, TRUE},
        {{"a\r\n.\r"}, FALSE},
        {{".\r\n"}, FALSE}, /* the line of DATA is not counted */
        {{"..\r\na\r\n..\r\n"}, FALSE},
        {{"a\n.\n"}, FALSE},
        {{"a\r\n.b\r\n"}, FALSE},
    };
    Pair pair = connected();
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        tls_command_begin(pair.stream);
        for (gsize j = 0; j < 4 && cases[i].pieces[j] != NULL; j++) {
            const gchar *piece = cases[i].pieces[j];
            assert_true(mailstream_write(pair.lines, piece, strlen(piece)) >= 0);
            assert_int_equal(mailstream_flush(pair.lines), 0);
        }
        assert_int_equal(tls_final_dot_sent(pair.stream), cases[i].sent);
    }
    disconnect(&pair);
}

static void test_what_is_buffered_is_not_sent(G_GNUC_UNUSED void **state)
{
    Pair pair = connected();
    tls_command_begin(pair.stream);
    assert_true(mailstream_write(pair.lines, "a\r\n.\r\n", 6) >= 0);
    assert_false(tls_final_dot_sent(pair.stream));
    disconnect(&pair);
}

static void test_why_a_read_fails(G_GNUC_UNUSED void **state)
{
    static const struct {
        guint64 limit;
        gboolean hang_up;
        const gchar *failure;
    } cases[] = {
        {4, FALSE, "the answer is longer than it may be"},
        {100, TRUE, "connection closed by peer"},
        {100, FALSE, "timed out after 1 s"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Pair pair = connected();
        gchar bytes[5];
        tls_command_begin(pair.stream);
        tls_limit(pair.stream, cases[i].limit);
        assert_int_equal(write(pair.peer, "hello", 5), 5);
        if (cases[i].hang_up) {
            close(pair.peer);
            pair.peer = -1;
        }
        ssize_t got = mailstream_read(pair.lines, bytes, sizeof(bytes));
        assert_int_equal(got, MIN(cases[i].limit, sizeof(bytes)));
        assert_int_equal(mailstream_read(pair.lines, bytes, sizeof(bytes)), -1);
        assert_string_equal(tls_failure(pair.stream), cases[i].failure);
        disconnect(&pair);
    }
}

static void test_plain_text_before_the_handshake(G_GNUC_UNUSED void **state)
{
    Pair pair = connected();
    g_autoptr(GError) error = NULL;
    assert_int_equal(write(pair.peer, "250 evil\r\n", 10), 10);
    assert_false(tls_start(pair.stream, &error));
    assert_int_equal(error->code, SJ_ERROR_NO_ACCESS);
    disconnect(&pair);
}

static void test_words_of_a_server(G_GNUC_UNUSED void **state)
{
    static const gchar *const cases[][2] = {
        {" two\r\nlines ", "two  lines"},
        {"\x1b[2J \xc2\x9b"
         "2J",
         "\xef\xbf\xbd[2J \xef\xbf\xbd"
         "2J"},
        {"\xd6\xd0", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"稍后再试", "稍后再试"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *words = tls_words(cases[i][0]);
        assert_string_equal(words, cases[i][1]);
    }
    g_autofree gchar *long_words = g_strnfill(5000, 'x');
    g_autofree gchar *cut = tls_words(long_words);
    assert_true(strlen(cut) < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_final_dot),
        cmocka_unit_test(test_what_is_buffered_is_not_sent),
        cmocka_unit_test(test_why_a_read_fails),
        cmocka_unit_test(test_plain_text_before_the_handshake),
        cmocka_unit_test(test_words_of_a_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
