/* The host of the filters against small shell scripts that keep the contract, or break it in one
 * way each. They need commands, and do what the cage does not let them do: its two fences are
 * hidden from this program, so that the host must help itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "filter.h"
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gchar *base, *script;
static Spool *spool;
static FilterPool *pool;
static int input; /* holds "abc" */

static int set_up(void **state)
{
    (void)state;
    base = g_dir_make_tmp("test-filter-XXXXXX", NULL);
    script = g_build_filename(base, "script", NULL);
    g_autofree gchar *file = g_build_filename(base, "input", NULL);
    g_autofree gchar *directory = g_build_filename(base, "spool", NULL);
    spool = spool_open(directory, NULL);
    if (spool == NULL || !g_file_set_contents(file, "abc", 3, NULL))
        return -1;
    input = open(file, O_RDONLY | O_CLOEXEC);
    return input < 0 || lseek(input, 2, SEEK_SET) != 2 ? -1 : 0;
}

/* A pool knows its filters for as long as it lives. */
static FilterPool *new_pool(void)
{
    static const Config config = {.workers = 2};
    g_clear_pointer(&pool, filter_pool_free);
    pool = filter_pool_new(&config, "{\"v\":1}", spool, NULL);
    assert_non_null(pool);
    return pool;
}

static int tear_down(void **state)
{
    (void)state;
    close(input);
    g_clear_pointer(&pool, filter_pool_free);
    spool_free(spool);
    spool_workdir_remove(base);
    g_free(base);
    g_free(script);
    return 0;
}

static FilterConfig filter_of(const gchar *commands, guint timeout)
{
    g_autofree gchar *text = g_strdup_printf("#!/bin/sh\nfor out; do :; done\n%s\n", commands);
    assert_true(g_file_set_contents(script, text, -1, NULL));
    assert_int_equal(g_chmod(script, 0755), 0);
    return (FilterConfig){.name = "test", .command = script, .timeout = timeout};
}

static Reading *reading_of(const gchar *commands, guint timeout)
{
    FilterConfig filter = filter_of(commands, timeout);
    g_autoptr(GError) error = NULL;
    Reading *reading = filter_pool_read(new_pool(), &filter, input, &error);
    if (reading == NULL)
        fail_msg("%s: %s", commands, error->message);
    return reading;
}

/* Of all rooms of the pool; beside them in tmp/ lies what was taken. */
static void assert_outdir_empty(void)
{
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);
    g_autoptr(GDir) rooms = g_dir_open(tmp, 0, NULL);
    guint seen = 0;
    for (const gchar *room; (room = g_dir_read_name(rooms)) != NULL;) {
        g_autofree gchar *outdir = g_build_filename(tmp, room, "out", NULL);
        g_autoptr(GDir) directory = g_dir_open(outdir, 0, NULL);
        if (directory == NULL)
            continue;
        assert_null(g_dir_read_name(directory));
        seen++;
    }
    assert_int_equal(seen, 2);
}

static void test_a_reading(void **state)
{
    (void)state;
    g_autoptr(Reading) reading = reading_of(
        "echo '{\"fact\":\"content\",\"value\":\"'$(cat)'\",\"of tomorrow\":[]}'\n"
        "echo '{\"fact\":\"form.field\",\"value\":[\"先进材料\"],\"form\":2}'\n"
        "printf one >$out/7; printf two >$out/1; mkdir -p $out/sub/deeper; echo x >$out/sub/x\n"
        "echo '{\"file\":\"7\",\"name\":\"表（盖章）.pdf\"}'\n"
        "echo '{\"note\":\"zip.encrypted\",\"detail\":\"a.zip\"}'\n"
        "echo '{\"note\":\"bare\"}'\n"
        "echo '{\"file\":\"1\",\"name\":\"\",\"inline\":true}'\n"
        "echo '{\"opinion\":\"of tomorrow\"}'\n"
        "ln -s /etc/passwd $out/unannounced\n"
        "echo grumble >&2",
        20);
    assert_int_equal(reading->status, READING_READ);
    assert_null(reading->why);

    assert_int_equal(reading->facts->len, 2);
    const Fact *fact = g_ptr_array_index(reading->facts, 0);
    assert_string_equal(fact->name, "content");
    assert_string_equal(json_string_value(fact->value), "abc");
    assert_int_equal(fact->form, 0);
    fact = g_ptr_array_index(reading->facts, 1);
    assert_string_equal(json_string_value(json_array_get(fact->value, 0)), "先进材料");
    assert_int_equal(fact->form, 2);

    assert_int_equal(reading->notes->len, 2);
    const Note *note = g_ptr_array_index(reading->notes, 0);
    assert_string_equal(note->name, "zip.encrypted");
    assert_string_equal(note->detail, "a.zip");
    note = g_ptr_array_index(reading->notes, 1);
    assert_null(note->detail);

    static const struct {
        const gchar *name, *content;
        gboolean is_inline;
    } files[] = {{"表（盖章）.pdf", "one", FALSE}, {"", "two", TRUE}};
    assert_int_equal(reading->files->len, G_N_ELEMENTS(files));
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        const LeftFile *file = g_ptr_array_index(reading->files, i);
        gchar content[8] = "";
        assert_int_equal(read(spool_file_fd(file->file), content, sizeof(content)), 3);
        assert_string_equal(content, files[i].content);
        assert_string_equal(file->name, files[i].name);
        assert_int_equal(file->is_inline, files[i].is_inline);
    }
    assert_outdir_empty();
    assert_int_equal(lseek(input, 0, SEEK_CUR), 2);
}

static void test_unreadable(void **state)
{
    (void)state;
    g_autoptr(Reading) reading = reading_of("echo '{\"note\":\"docx.encrypted\"}'; exit 65", 20);
    assert_int_equal(reading->status, READING_UNREADABLE);
    assert_null(reading->why);
    assert_int_equal(reading->notes->len, 1);
}

#define GOOD_FACT  "echo '{\"fact\":\"a\",\"value\":1}'; "
#define ANNOUNCE_1 "echo '{\"file\":\"1\",\"name\":\"x\"}'; "

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const gchar *commands, *why; /* why: what it begins with */
    } cases[] = {
        {GOOD_FACT "echo first >&2; printf 'the \\033[1mlast\\n\\n' >&2; exit 3",
         "ended with status 3: the \xef\xbf\xbd[1mlast"},
        {GOOD_FACT "exit 3", "ended with status 3"},
        {GOOD_FACT "kill -SEGV $$", "killed by signal 11"},
        {GOOD_FACT "kill -STOP $$", "still running after 1 s"},
        {"exec >&- 2>&-; exec sleep 300", "still running after 1 s"},
        {GOOD_FACT "yes '{\"note\":\"x\"}'", "wrote more than 4 MiB"},
        {"head -c 1100000 /dev/zero | tr '\\0' a; echo", "line 1 is longer than 1 MiB"},
        {GOOD_FACT "echo words", "line 2 is not JSON: "},
        {GOOD_FACT "echo", "line 2 is not JSON: "},
        {GOOD_FACT "echo '{} {}'", "line 2 is not JSON: "},
        {"echo '[1,2]'", "line 1 is not a JSON object"},
        {GOOD_FACT "printf '{\"fact\":\"b\"'", "line 2 is cut off"},
        {GOOD_FACT "printf '{\"fact\":\"b\",\"value\":2}'", "line 2 is cut off"},
        {"printf '{\"fact\":\"b\",\"value\":\"\\377\\376\"}\\n'", "line 1 is not JSON: "},
        {"printf '{\"fact\":\"b\",\"value\":\"\\0\"}\\n'", "line 1 is not JSON: "},
        {"printf '{\"fact\":\"b\",\"value\":\"\\\\ud800\"}\\n'", "line 1 is not JSON: "},
        {"head -c 100000 /dev/zero | tr '\\0' '['; echo", "line 1 is not JSON: "},
        {"echo '{\"fact\":\"b\"}'", "line 1: the fact b has no value"},
        {"echo '{\"fact\":\"b\",\"value\":null}'", "line 1: the fact b has no value"},
        {"echo '{\"fact\":\"\",\"value\":1}'", "line 1: a fact without a name"},
        {"echo '{\"fact\":7,\"value\":1}'", "line 1: a fact without a name"},
        {"echo '{\"fact\":\"b\",\"value\":1,\"form\":-1}'", "line 1: the form of the fact b"},
        {"echo '{\"fact\":\"b\",\"value\":1,\"form\":1.0}'", "line 1: the form of the fact b"},
        {"echo '{\"fact\":\"b\",\"value\":1,\"form\":4294967297}'", "line 1: more than 100 forms"},
        {"echo '{\"note\":[]}'", "line 1: a note without a name"},
        {"echo '{\"note\":\"b\",\"detail\":{}}'", "line 1: the detail of the note b"},
        {"echo x >$out/1; echo '{\"file\":\"1\"}'", "line 1: the file 1 has no name"},
        {ANNOUNCE_1, "line 1: cannot open the file 1"},
        {"echo x >$out/1; " ANNOUNCE_1 ANNOUNCE_1, "line 2: cannot open the file 1"},
        {"ln -s /etc/passwd $out/1; " ANNOUNCE_1, "line 1: cannot open the file 1"},
        {"mkfifo $out/1; " ANNOUNCE_1, "line 1: the file 1 is not a regular file"},
        {"mkdir $out/1; " ANNOUNCE_1, "line 1: the file 1 is not a regular file"},
        {"echo x >$out/1; ln $out/1 $out/2; " ANNOUNCE_1, "line 1: the file 1 is not a regular"},
        {"echo '{\"file\":\"../1\",\"name\":\"x\"}'", "line 1: a file is announced by"},
        {"echo '{\"file\":\"\",\"name\":\"x\"}'", "line 1: a file is announced by"},
        {"echo '{\"file\":\"1234567890\",\"name\":\"x\"}'", "line 1: a file is announced by"},
        {"echo '{\"file\":1,\"name\":\"x\"}'", "line 1: a file is announced by"},
        {"truncate -s 300M $out/1 $out/2; " ANNOUNCE_1, "left more than 512 MiB"},
        {"truncate -s 300M $out/1 $out/2; exec sleep 300", "left more than 512 MiB"},
        {"cd -P $out; seq 2001 | xargs touch", "left more than 2000 files"},
        {"cd -P $out; while :; do mkdir d; cd -P d; done", "left directories"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint timeout = g_str_has_prefix(cases[i].why, "still running") ? 1 : 20;
        g_autoptr(Reading) reading = reading_of(cases[i].commands, timeout);
        if (reading->status != READING_FAULT || !g_str_has_prefix(reading->why, cases[i].why))
            fail_msg("%s: %s", cases[i].commands, reading->why);
        assert_int_equal(reading->facts->len + reading->notes->len + reading->files->len, 0);
        assert_outdir_empty();
    }
}

static void test_children_are_not_waited_for(void **state)
{
    (void)state;
    g_autoptr(Reading) left = reading_of(GOOD_FACT "sleep 300 & echo $! >&2; exit 3", 20);
    assert_int_equal(left->status, READING_FAULT);
    pid_t child = (pid_t)g_ascii_strtoll(strrchr(left->why, ' '), NULL, 10);
    assert_true(child > 1);
    for (guint i = 0; i < 100 && kill(child, 0) == 0; i++)
        g_usleep(10000);
    g_autofree gchar *stat = g_strdup_printf("/proc/%d/stat", child);
    g_autofree gchar *text = NULL; /* gone, or a zombie of whoever is its parent now */
    assert_true(!g_file_get_contents(stat, &text, NULL, NULL) || strstr(text, ") Z ") != NULL);

    g_autoptr(Reading) escaped = reading_of(GOOD_FACT "setsid sleep 30 &", 20);
    assert_int_equal(escaped->status, READING_READ);
}

static void test_a_clean_start(void **state)
{
    (void)state;
    g_setenv("LD_PRELOAD_OF_A_TEST", "x", TRUE);
    signal(SIGPIPE, SIG_IGN);
    int open_for_all = dup(input); /* without close-on-exec */
    g_autoptr(Reading) reading = reading_of(
        "fact() { echo '{\"fact\":\"'$1'\",\"value\":\"'$2'\"}'; }\n"
        "fact env \"$(tr '\\0' '\\n' </proc/$$/environ | grep -v ^ASAN | tr '\\n' ' ')\"\n"
        "fact fd \"$(ls /proc/self/fd | wc -l)\"\n" /* with the folder, and the script */
        "fact pwd $([ -e out ] && [ -e params.json ] && echo room); fact umask "
        "$(umask)\n"
        /* the first 31; the C library keeps two more for itself */
        "fact ignored $((0x$(sed -n 's/^SigIgn:.*\\(........\\)$/\\1/p' /proc/$$/status) & "
        "0x7fffffff))\n"
        "fact session $(($(cut -d' ' -f6 /proc/$$/stat) - $$))\n"
        "fact arguments \"$#:$3:$([ \"$4\" = \"$out\" ] && echo outdir)\"",
        20);
    close(open_for_all);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(reading->status, READING_READ);
    static const gchar *const values[] = {
        "PATH=/usr/bin:/bin LANG=C.UTF-8 TZ=UTC ", "5", "room", "0077", "0", "0", "4:-:outdir",
    };
    assert_int_equal(reading->facts->len, G_N_ELEMENTS(values));
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        const Fact *fact = g_ptr_array_index(reading->facts, i);
        assert_string_equal(json_string_value(fact->value), values[i]);
    }
}

static void test_parameters(void **state)
{
    (void)state;
    g_autoptr(Reading) reading = reading_of(
        "echo '{\"note\":\"'\"$*\"'\"}'; echo '{\"fact\":\"params\",\"value\":'$(cat $2)'}'", 20);
    assert_string_equal(((Note *)g_ptr_array_index(reading->notes, 0))->name,
                        "--params params.json - out");
    const Fact *fact = g_ptr_array_index(reading->facts, 0);
    assert_int_equal(json_integer_value(json_object_get(fact->value, "v")), 1);
}

/* In all rooms. */
static void say_go(void)
{
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);
    g_autoptr(GDir) rooms = g_dir_open(tmp, 0, NULL);
    for (const gchar *room; (room = g_dir_read_name(rooms)) != NULL;) {
        g_autofree gchar *go = g_build_filename(tmp, room, "go", NULL);
        assert_true(g_file_set_contents(go, "", -1, NULL));
    }
}

/* The slow one is started first and ends last; each gets what its own filter said. */
static void test_several_at_a_time(void **state)
{
    (void)state;
    FilterConfig slow = filter_of("cat <&0 >/dev/null; while [ ! -e go ]; do :; done; "
                                  "echo '{\"note\":\"slow\"}'",
                                  20);
    g_autofree gchar *other = g_build_filename(base, "quick", NULL);
    assert_true(g_file_set_contents(other, "#!/bin/sh\necho '{\"note\":\"quick\"}'\n", -1, NULL));
    assert_int_equal(g_chmod(other, 0755), 0);
    FilterConfig quick = {.name = "quick", .command = other, .timeout = 20};
    g_autoptr(GError) error = NULL;
    assert_true(filter_pool_start(new_pool(), &slow, input, &slow, &error));
    assert_false(filter_pool_is_full(pool));
    assert_true(filter_pool_start(pool, &quick, input, &quick, &error));
    assert_true(filter_pool_is_full(pool));

    gpointer owner;
    g_autoptr(Reading) first = filter_pool_finish(pool, &owner, &error);
    assert_ptr_equal(owner, &quick);
    assert_string_equal(((Note *)g_ptr_array_index(first->notes, 0))->name, "quick");
    say_go();
    g_autoptr(Reading) second = filter_pool_finish(pool, &owner, &error);
    assert_ptr_equal(owner, &slow);
    assert_string_equal(((Note *)g_ptr_array_index(second->notes, 0))->name, "slow");
    assert_true(filter_pool_is_idle(pool));
}

static void test_cannot_be_started(void **state)
{
    (void)state;
    static const struct {
        const gchar *content;
        mode_t mode;
    } cases[] = {{NULL, 0}, {"#!/bin/sh\n", 0644}, {"no program", 0755}, {"#!/no/such\n", 0755}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        FilterConfig filter = {.name = "test", .command = script, .timeout = 5};
        if (cases[i].content != NULL) {
            assert_true(g_file_set_contents(script, cases[i].content, -1, NULL));
            assert_int_equal(g_chmod(script, cases[i].mode), 0);
        }
        g_autofree gchar *says = g_strdup_printf("filter test: cannot start %s: ", script);
        assert_null(filter_pool_read(new_pool(), &filter, input, &error));
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CONFIG));
        assert_true(g_str_has_prefix(error->message, says));
        g_clear_error(&error);
        assert_null(filter_pool_version(new_pool(), &filter, &error));
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CONFIG));
    }
}

static void test_version(void **state)
{
    (void)state;
    static const struct {
        const gchar *commands, *version;
    } cases[] = {
        {"[ \"$*\" = --version ] && echo docx 1", "docx 1"},
        {"printf 'docx 过滤器'", "docx 过滤器"},
        {"exit 0", NULL},
        {"echo; exit 0", NULL},
        {"echo docx 1; exit 65", NULL},
        {"echo docx 1; echo more", NULL},
        {"printf 'docx\\033[1m\\n'", NULL},
        {"printf 'docx \\377\\n'", NULL},
        {"head -c 201 /dev/zero | tr '\\0' a", NULL},
        {"cat /dev/zero", NULL},
    };
    FilterConfig filters[G_N_ELEMENTS(cases)];
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        filters[i] = filter_of(cases[i].commands, 20);
        g_autoptr(GError) error = NULL;
        const gchar *version = filter_pool_version(new_pool(), &filters[i], &error);
        if (g_strcmp0(version, cases[i].version) != 0)
            fail_msg("%s: %s", cases[i].commands, version);
        if (version == NULL)
            assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CONFIG));
    }
}

/* As on a kernel without them. */
static void hide_fences(void)
{
    scmp_filter_ctx list = seccomp_init(SCMP_ACT_ALLOW);
    const int calls[] = {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(seccomp)};
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++)
        if (seccomp_rule_add(list, SCMP_ACT_ERRNO(ENOSYS), calls[i], 0) < 0)
            g_error("cannot hide a fence");
    if (seccomp_load(list) < 0)
        g_error("cannot hide the fences");
    seccomp_release(list);
}

int main(void)
{
    hide_fences();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_reading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_children_are_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_clean_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cannot_be_started, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_version, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
