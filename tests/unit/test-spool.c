/* The spool: names, replacement, leftovers, the lock, and directories of a hostile depth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "spool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HASH_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static gchar *base; /* a fresh directory for each test */

static int set_up(void **state)
{
    (void)state;
    base = g_dir_make_tmp("test-spool-XXXXXX", NULL);
    return base == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    spool_workdir_remove(base);
    gboolean gone = !g_file_test(base, G_FILE_TEST_EXISTS);
    g_free(base);
    return gone ? 0 : -1;
}

static Spool *open_spool(void)
{
    g_autofree gchar *path = g_build_filename(base, "spool", NULL);
    g_autoptr(GError) error = NULL;
    Spool *spool = spool_open(path, &error);
    assert_null(error);
    return spool;
}

static guint entries(const gchar *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);
    assert_non_null(directory);
    guint count = 0;
    while (g_dir_read_name(directory) != NULL)
        count++;
    g_dir_close(directory);
    return count;
}

static mode_t mode_of(const gchar *path)
{
    struct stat about;
    assert_int_equal(lstat(path, &about), 0);
    return about.st_mode & 07777;
}

static void test_commit(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);
    for (int area = SPOOL_MAIL; area <= SPOOL_PARTS; area++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = spool_path(spool, (SpoolArea)area, HASH_OF_ABC);
        g_autofree gchar *directory = g_path_get_dirname(path);
        /* What has the name already, from a poll that died, is not trusted. */
        g_mkdir(directory, 0700);
        assert_true(g_file_set_contents(path, "half of a m", -1, NULL));

        g_autoptr(SpoolFile) file = spool_create(spool, (SpoolArea)area, &error);
        assert_non_null(file);
        if (area == SPOOL_MAIL)
            assert_true(spool_file_write(file, "ab", 2, &error) &&
                        spool_file_write(file, "", 0, &error) &&
                        spool_file_write(file, "c", 1, &error));
        else
            assert_int_equal(write(spool_file_fd(file), "abc", 3), 3);
        assert_true(spool_commit(&file, 1, &error));
        const gchar *hash = spool_file_sha256(file);
        assert_string_equal(hash, HASH_OF_ABC);
        assert_int_equal(spool_file_size(file), 3);
        assert_int_equal(mode_of(path), 0400);
        assert_int_equal(mode_of(directory), 0700);
        assert_true(spool_intact(spool, (SpoolArea)area, hash));

        int fd = spool_read(spool, (SpoolArea)area, hash, &error);
        gchar text[8] = "";
        assert_int_equal(read(fd, text, sizeof(text)), 3);
        assert_string_equal(text, "abc");
        close(fd);
    }
    assert_int_equal(entries(tmp), 0);
}

/* Among them the same bytes twice, none at all, and pieces around the size of the buffer. */
static void test_a_batch(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);
    g_autofree gchar *text = g_strnfill(400000, 'x');
    static const gsize pieces[][3] = {
        {3, 0, 0}, {131071, 2, 1}, {131072, 1, 131072}, {1, 131072, 131071}, {200000, 5, 100000},
        {0, 0, 0}, {1, 1, 1}};
    SpoolFile *files[G_N_ELEMENTS(pieces)];
    g_autoptr(GError) error = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        files[i] = spool_create(spool, SPOOL_MAIL, &error);
        for (gsize p = 0; p < G_N_ELEMENTS(pieces[i]); p++)
            assert_true(spool_file_write(files[i], text, pieces[i][p], &error));
        if (i % 2 == 0)
            assert_true(spool_file_finish(files[i], &error));
    }
    assert_true(spool_commit(files, G_N_ELEMENTS(pieces), &error));
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        gsize size = pieces[i][0] + pieces[i][1] + pieces[i][2];
        g_autofree gchar *expected =
            g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, size);
        g_autofree gchar *path = spool_path(spool, SPOOL_MAIL, expected);
        assert_string_equal(spool_file_sha256(files[i]), expected);
        assert_int_equal(spool_file_size(files[i]), size);
        assert_true(spool_intact(spool, SPOOL_MAIL, expected));
        assert_int_equal(mode_of(path), 0400);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++)
        spool_file_free(files[i]);
    assert_int_equal(entries(tmp), 0);
}

/* What was in the way of one keeps all from being named by anybody; nothing stays in tmp/. */
static void test_a_batch_that_fails(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);
    g_autofree gchar *path = spool_path(spool, SPOOL_MAIL, HASH_OF_ABC);
    assert_int_equal(g_mkdir_with_parents(path, 0700), 0); /* no file can have this name */
    g_autoptr(GError) error = NULL;
    SpoolFile *files[] = {spool_create(spool, SPOOL_MAIL, &error),
                          spool_create(spool, SPOOL_MAIL, &error)};
    assert_true(spool_file_write(files[0], "x", 1, &error));
    assert_true(spool_file_write(files[1], "abc", 3, &error));
    assert_false(spool_commit(files, G_N_ELEMENTS(files), &error));
    assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CREATE));
    assert_non_null(strstr(error->message, path));
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        spool_file_free(files[i]);
    assert_int_equal(entries(tmp), 0);
}

static void test_copy_and_no_commit(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);
    g_autofree gchar *source = g_build_filename(base, "source", NULL);
    g_autofree gchar *content = g_strnfill(300000, 'x');
    g_autofree gchar *expected = g_compute_checksum_for_string(G_CHECKSUM_SHA256, content, -1);
    assert_true(g_file_set_contents(source, content, -1, NULL));

    g_autoptr(GError) error = NULL;
    int fd = open(source, O_RDONLY);
    assert_int_equal(lseek(fd, 1000, SEEK_SET), 1000);
    g_autofree gchar *hash = NULL;
    guint64 size = 0;
    assert_true(spool_copy(spool, SPOOL_PARTS, fd, &hash, &size, &error));
    assert_string_equal(hash, expected);
    assert_int_equal(size, 300000);
    close(fd);

    SpoolFile *dropped = spool_create(spool, SPOOL_MAIL, &error);
    assert_int_equal(entries(tmp), 1);
    spool_file_free(dropped);
    assert_int_equal(entries(tmp), 0);

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    g_autofree gchar *none = NULL;
    assert_false(spool_copy(spool, SPOOL_PARTS, ends[0], &none, &size, &error));
    assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_IO));
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(entries(tmp), 0);
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *path = spool_path(spool, SPOOL_MAIL, HASH_OF_ABC);
    g_autofree gchar *directory = g_path_get_dirname(path);
    g_mkdir(directory, 0700);
    static const gchar *const names[] = {HASH_OF_ABC, "../../../../etc/passwd", "", "BA"};
    for (int link = 0; link < 2; link++) {
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
            g_autoptr(GError) error = NULL;
            assert_false(spool_intact(spool, SPOOL_MAIL, names[i]));
            assert_int_equal(spool_read(spool, SPOOL_MAIL, names[i], &error), -1);
            assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_DATA));
        }
        assert_int_equal(symlink("/etc/passwd", path), link == 0 ? 0 : -1);
    }
}

static void test_open_fails(void **state)
{
    (void)state;
    static const gchar *const paths[] = {"no/such/parent", "file"};
    g_autofree gchar *file = g_build_filename(base, "file", NULL);
    assert_true(g_file_set_contents(file, "", 0, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = g_build_filename(base, paths[i], NULL);
        assert_null(spool_open(path, &error));
        assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_CREATE));
        assert_non_null(strstr(error->message, path));
    }
}

/* What spool_lock says to another process: 0, or the error's code. */
static int lock_by_another(Spool *spool)
{
    pid_t other = fork();
    if (other == 0) {
        g_autoptr(GError) error = NULL;
        gboolean locked = spool_lock(spool, &error);
        _exit(locked ? 0 : strstr(error->message, base) != NULL ? error->code : 1);
    }
    int status;
    assert_int_equal(waitpid(other, &status, 0), other);
    return WEXITSTATUS(status);
}

static void test_lock_and_leftovers(void **state)
{
    (void)state;
    g_autofree gchar *tmp = NULL;
    pid_t dead = fork();
    if (dead == 0) { /* dies with a file and a directory in tmp/ */
        Spool *spool = open_spool();
        g_autofree gchar *directory = spool_workdir(spool, NULL);
        g_autofree gchar *inside = g_build_filename(directory, "1", NULL);
        _exit(g_file_set_contents(inside, "x", 1, NULL) &&
                      spool_create(spool, SPOOL_MAIL, NULL) != NULL
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(dead, &status, 0), dead);
    assert_int_equal(status, 0);

    g_autoptr(GError) error = NULL;
    g_autoptr(Spool) first = open_spool();
    g_autoptr(Spool) second = open_spool();
    tmp = g_build_filename(base, "spool", "tmp", NULL);
    assert_int_equal(entries(tmp), 2);
    g_autoptr(SpoolFile) mine = spool_create(first, SPOOL_MAIL, &error);
    assert_true(spool_lock(first, &error));
    assert_int_equal(entries(tmp), 1);
    assert_int_equal(lock_by_another(second), SJ_ERROR_LATER);

    g_clear_pointer(&mine, spool_file_free);
    g_clear_pointer(&first, spool_free);
    assert_int_equal(lock_by_another(second), 0);
}

/* A filter that is just being started when its poll is killed must not keep the next one out. */
static void test_a_child_holds_no_lock(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    int gate[2];
    assert_int_equal(pipe(gate), 0);
    pid_t holder = fork();
    if (holder == 0) {
        gboolean locked = spool_lock(spool, NULL);
        if (fork() == 0) {
            close(gate[1]);
            _exit((int)read(gate[0], &locked, 1)); /* until the test is over */
        }
        _exit(locked ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_int_equal(status, 0);
    assert_int_equal(lock_by_another(spool), 0);
    close(gate[0]);
    close(gate[1]);
}

static void test_workdir_of_any_depth(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *path = spool_workdir(spool, NULL);
    assert_int_equal(mode_of(path), 0700);
    g_autofree gchar *outside = g_build_filename(base, "outside", NULL);
    assert_true(g_file_set_contents(outside, "stays", -1, NULL));

    int at = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(symlinkat(base, at, "link"), 0);
    assert_int_equal(mkdirat(at, "lifted.1", 0700), 0);
    for (guint depth = 0; depth < 3000; depth++) { /* deeper than descriptors or PATH_MAX reach */
        assert_int_equal(mkdirat(at, "a", 0700), 0);
        assert_int_equal(mkdirat(at, "b", 0700), 0);
        int file = openat(at, "b/1", O_WRONLY | O_CREAT, 0600);
        int next = openat(at, "a", O_RDONLY | O_DIRECTORY);
        assert_true(file >= 0 && next >= 0);
        assert_int_equal(fchmodat(at, "b", 0, 0), 0);
        close(file);
        close(at);
        at = next;
    }
    close(at);
    spool_workdir_remove(path);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_true(g_file_test(outside, G_FILE_TEST_EXISTS));
}

static void test_space(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autoptr(GError) error = NULL;
    assert_true(spool_check_space(spool, 0, &error));
    assert_false(spool_check_space(spool, G_MAXUINT64, &error));
    assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_IO));
    assert_non_null(strstr(error->message, base));
}

/* The nearest to a full disk that needs no rights. */
static void limit_files_to(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = MIN(size, limit.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_write_that_fails(void **state)
{
    (void)state;
    g_autofree gchar *source = g_build_filename(base, "source", NULL);
    g_autofree gchar *content = g_strnfill(300000, 'x');
    assert_true(g_file_set_contents(source, content, -1, NULL));
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *tmp = g_build_filename(base, "spool", "tmp", NULL);

    signal(SIGXFSZ, SIG_IGN);
    limit_files_to(200000);
    int fd = open(source, O_RDONLY);
    g_autofree gchar *hash = NULL;
    guint64 size = 0;
    g_autoptr(GError) error = NULL;
    gboolean copied = spool_copy(spool, SPOOL_MAIL, fd, &hash, &size, &error);
    limit_files_to(RLIM_INFINITY);
    close(fd);

    assert_false(copied);
    assert_null(hash);
    assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_IO));
    assert_non_null(strstr(error->message, tmp));
    assert_int_equal(entries(tmp), 0);
}

/* There is room again, but nothing may get the name of bytes that were lost. */
static void test_lost_bytes_are_not_forgotten(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *path = spool_path(spool, SPOOL_MAIL, HASH_OF_ABC);
    g_autoptr(GError) error = NULL;
    g_autoptr(SpoolFile) file = spool_create(spool, SPOOL_MAIL, &error);
    assert_true(spool_file_write(file, "abc", 3, &error));
    signal(SIGXFSZ, SIG_IGN);
    limit_files_to(1);
    gboolean finished = spool_file_finish(file, &error);
    limit_files_to(RLIM_INFINITY);
    assert_false(finished);
    g_clear_error(&error);
    assert_false(spool_commit(&file, 1, &error));
    assert_true(g_error_matches(error, SJ_ERROR, SJ_ERROR_IO));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A poll finds no descriptor while others run; the next one may. */
static void test_no_descriptor_is_for_now(void **state)
{
    (void)state;
    g_autoptr(Spool) spool = open_spool();
    g_autofree gchar *other = g_build_filename(base, "other", NULL);
    g_autoptr(GError) create = NULL, read = NULL, lock = NULL, open = NULL;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    spool_file_free(spool_create(spool, SPOOL_MAIL, &create));
    spool_read(spool, SPOOL_MAIL, HASH_OF_ABC, &read);
    spool_lock(spool, &lock);
    spool_free(spool_open(other, &open));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    const GError *const errors[] = {create, read, lock, open};
    for (gsize i = 0; i < G_N_ELEMENTS(errors); i++) {
        assert_true(g_error_matches(errors[i], SJ_ERROR, SJ_ERROR_LATER));
        assert_non_null(strstr(errors[i]->message, base));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_batch_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_copy_and_no_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock_and_leftovers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_child_holds_no_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_workdir_of_any_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_space, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_write_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost_bytes_are_not_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_descriptor_is_for_now, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
