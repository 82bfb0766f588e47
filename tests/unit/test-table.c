/* Columns and words for people: widths as a terminal shows them, nothing that steers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clean-line.h"
#include "table.h"
#include "words.h"

#include <stdlib.h>

static void test_columns(void **state)
{
    (void)state;
    g_autoptr(Table) table = table_new((const gchar *const[]){"收件号", "单位", "n", NULL});
    table_row(table, (const gchar *const[]){"XT2024-0001", "湘潭e\xcc\x81厂", "1"});
    table_row(table, (const gchar *const[]){"X", NULL, "2"});
    table_row(table, (const gchar *const[]){"Y", "", NULL});

    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    table_print(table, out);
    fclose(out);
    assert_string_equal(text, "收件号       单位     n\n"
                              "XT2024-0001  湘潭e\xcc\x81厂  1\n"
                              "X                     2\n"
                              "Y\n");
    free(text);
}

static void test_clean(void **state)
{
    (void)state;
    static const struct {
        const gchar *text, *clean;
    } cases[] = {
        {"表（盖章）.docx", "表（盖章）.docx"},
        {"\x1b[2J\x1b]0;x\x07", "\xef\xbf\xbd[2J\xef\xbf\xbd]0;x\xef\xbf\xbd"},
        {"a\r\nb\tc ", "a  b c"},
        {"\xc2\x9b"
         "31m",
         "\xef\xbf\xbd"
         "31m"},
        {"\xe2\x80\xae"
         "fdp.docx\xe2\x81\xa9",
         "fdp.docx"},
        {"a\xe2\x80\xa8"
         "b",
         "a b"},
        {"\xb1\xed", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *clean = clean_line(cases[i].text);
        assert_string_equal(clean, cases[i].clean);
    }
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(words_status("incomplete"), "待补正");
    assert_string_equal(words_status("of tomorrow"), "of tomorrow");
    assert_string_equal(words_reply_kind("late"), "逾期告知");
    assert_string_equal(words_level("late"), "逾期");
    assert_string_equal(words_note("docx.encrypted"), words_note("zip.encrypted"));
    assert_string_equal(words_note("encrypted"), "文件设有打开密码，无法读取");
    assert_string_equal(words_note("scan.of_tomorrow"), "程序未能读出");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
