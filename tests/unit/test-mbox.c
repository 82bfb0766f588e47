/* Where a message of an mbox begins and ends, and what was quoted in it. */
#include "mbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FROM "From MAILER-DAEMON Tue Sep 10 09:12:33 2024\n"

static int file_with(const gchar *bytes, gsize length)
{
    int fd = memfd_create("mbox", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, 0), (ssize_t)length);
    return fd;
}

/* The next message, NUL-terminated; NULL at the end. */
static gchar *next_of(Mbox *mbox)
{
    int out = file_with("", 0);
    gboolean found;
    assert_true(mbox_next(mbox, out, &found, NULL));
    gsize length = (gsize)lseek(out, 0, SEEK_END);
    gchar *text = g_malloc0(length + 1);
    assert_int_equal(pread(out, text, length, 0), (ssize_t)length);
    close(out);
    if (found)
        return text;
    g_free(text);
    return NULL;
}

static void splits(G_GNUC_UNUSED void **state)
{
    static const struct {
        const gchar *mbox;
        const gchar *messages[3];
    } cases[] = {
        {"", {NULL}},
        {FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n\n", {"A: 1\n\nx\n", "B: 2\n\ny\n"}},
        /* no empty line at the end, no newline at all, CRLF */
        {FROM "A: 1\n\nx", {"A: 1\n\nx"}},
        {FROM "A: 1\r\n\r\nx\r\n\r\n" FROM "B: 2\r\n", {"A: 1\r\n\r\nx\r\n", "B: 2\r\n"}},
        /* of two empty lines one is the message's */
        {FROM "A: 1\n\nx\n\n\n" FROM "B: 2\n", {"A: 1\n\nx\n\n", "B: 2\n"}},
        /* mboxrd */
        {FROM "\n>From x\n>>From y\n> From z\n>Fr\n", {"\nFrom x\n>From y\n> From z\n>Fr\n"}},
        /* sentences are no separators, nor is a line that follows text */
        {FROM "\nx\n\nFrom here it is 10 km\n", {"\nx\n\nFrom here it is 10 km\n"}},
        {FROM "\nx\n" FROM "y\n", {"\nx\n" FROM "y\n"}},
        /* messages of nothing */
        {FROM FROM "B: 2\n", {"", "B: 2\n"}},
        {FROM, {""}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Mbox) mbox = mbox_new(file_with(cases[i].mbox, strlen(cases[i].mbox)));
        for (gsize m = 0; m < G_N_ELEMENTS(cases[i].messages); m++) {
            g_autofree gchar *message = next_of(mbox);
            const gchar *wanted = cases[i].messages[m];
            if (g_strcmp0(message, wanted) != 0)
                fail_msg("case %zu, message %zu: “%s”", i, m, message != NULL ? message : "(end)");
        }
    }
}

/* Longer than what is read at once: what looks like a separator or a quote in the middle is none.
 */
static void long_line(G_GNUC_UNUSED void **state)
{
    g_autoptr(GString) text = g_string_new(FROM);
    gsize begin = text->len;
    for (guint i = 0; i < 3; i++) {
        while ((text->len - begin) % 65536 != 0 || text->len - begin == i * 65536)
            g_string_append_c(text, 'x');
        g_string_append(text, i == 1 ? ">From x" : FROM);
        text->str[text->len - 1] = 'x';
    }
    g_autoptr(Mbox) mbox = mbox_new(file_with(text->str, text->len));
    g_autofree gchar *message = next_of(mbox);
    assert_string_equal(message, text->str + begin);
    assert_null(next_of(mbox));
}

static void bytes_of_any_kind(G_GNUC_UNUSED void **state)
{
    static const gchar bytes[] = FROM "\n\0a\0\n\xff\n";
    gsize head = strlen(FROM);
    g_autoptr(Mbox) mbox = mbox_new(file_with(bytes, sizeof(bytes) - 1));
    int out = file_with("", 0);
    gboolean found;
    gchar copy[sizeof(bytes)];
    assert_true(mbox_next(mbox, out, &found, NULL));
    assert_int_equal(pread(out, copy, sizeof(copy), 0), sizeof(bytes) - 1 - head);
    assert_memory_equal(copy, bytes + head, sizeof(bytes) - 1 - head);
    close(out);
}

static void is_one(G_GNUC_UNUSED void **state)
{
    static const gchar *const files[] = {FROM, "From", "", "From: a@b\n", ">From x\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        int fd = file_with(files[i], strlen(files[i]));
        assert_int_equal(mbox_is(fd), i == 0);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),
        cmocka_unit_test(long_line),
        cmocka_unit_test(bytes_of_any_kind),
        cmocka_unit_test(is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
