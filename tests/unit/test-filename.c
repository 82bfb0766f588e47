/* Names of senders as names of files: what they must never become. */
#include "filename.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void names(void **state)
{
    (void)state;
    static const struct {
        const gchar *sent, *type, *kept;
    } table[] = {
        {"需求表.docx", NULL, "需求表.docx"},
        {"../../逃.docx", NULL, "逃.docx"},
        {"C:\\材料\\需求表.docx", NULL, "需求表.docx"},
        {"/etc/passwd", NULL, "passwd"},
        {"..", "image/jpeg", "未命名.jpg"},
        {"...", NULL, "未命名"},
        {"目录/", "application/pdf", "未命名.pdf"},
        {"", "application/x-unknown", "未命名"},
        {" . .bashrc ", NULL, "bashrc"},
        {"\x1b[2J表\n.docx", NULL, "[2J表.docx"},
        {"表\u202ex\u2066cod.exe", NULL, "表xcod.exe"},
        {"\u200b\u2028", "image/png", "未命名.png"},
        {"\xff\xfe.pdf", NULL, "\ufffd\ufffd.pdf"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree gchar *kept = filename_clean(table[i].sent, table[i].type);
        assert_string_equal(kept, table[i].kept);
    }
}

static void long_names(void **state)
{
    (void)state;
    g_autoptr(GString) name = g_string_new("a"); /* so that the limit falls within a character */
    for (guint i = 0; i < 200; i++)
        g_string_append(name, "表");
    g_autofree gchar *bare = filename_clean(name->str, NULL);
    g_string_append(name, ".docx");
    g_autofree gchar *kept = filename_clean(name->str, NULL);
    assert_in_range(strlen(bare), 197, 200);
    assert_in_range(strlen(kept), 197, 200);
    assert_true(g_utf8_validate(bare, -1, NULL) && g_utf8_validate(kept, -1, NULL));
    assert_true(g_str_has_suffix(kept, "表.docx"));
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const gchar *name;
        guint n;
        const gchar *numbered;
    } table[] = {
        {"扫描.jpg", 1, "扫描.jpg"},
        {"扫描.jpg", 2, "扫描 (2).jpg"},
        {"README", 3, "README (3)"},
        {"表.最终版（不再修改了）", 2, "表.最终版（不再修改了） (2)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree gchar *numbered = filename_numbered(table[i].name, table[i].n);
        assert_string_equal(numbered, table[i].numbered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(long_names),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
