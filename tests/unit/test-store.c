/* The store: transactions, their events, and the chain that they make. */
#include "store-mail.h"
#include "store-private.h"
#include "store-submission.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    gchar *directory;
    Store *store;
} Fixture;

static int set_up(void **state)
{
    Fixture *fixture = g_new0(Fixture, 1);
    fixture->directory = g_dir_make_tmp("shoujian-store-XXXXXX", NULL);
    fixture->store = store_open(fixture->directory, STORE_WRITE, NULL);
    *state = fixture;
    return fixture->store == NULL;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    store_free(fixture->store);
    static const char *const files[] = {"intake.db", "intake.db-wal", "intake.db-shm", "head"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree gchar *path = g_build_filename(fixture->directory, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(fixture->directory);
    g_free(fixture->directory);
    g_free(fixture);
    return 0;
}

static gint64 add_mail(Store *store, const gchar *sha256)
{
    gboolean known;
    return store_mail_add(store, sha256, 10, 1000, "internaldate", TRUE, &known, NULL);
}

static gint64 count_events(Store *store)
{
    gint64 count = -1;
    assert_true(store_int(store, NULL, 0, &count, "SELECT count(*) FROM event", ""));
    return count;
}

static void test_nothing_written_no_event(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    assert_true(store_begin(store, NULL));
    assert_true(store_commit(store, "nothing", NULL));
    assert_int_equal(count_events(store), 0);
}

static void test_setting_what_it_is_writes_nothing(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    FolderState folder = {1, 5, 17, 1000};
    for (int i = 0; i < 2; i++) {
        assert_true(store_begin(store, NULL));
        assert_true(store_remember(store, "x", 3, NULL));
        assert_true(store_folder_set(store, "INBOX", &folder, NULL));
        assert_true(store_commit(store, "set", NULL));
    }
    assert_int_equal(count_events(store), 1);
}

static void test_rollback_leaves_nothing(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    assert_true(store_begin(store, NULL));
    assert_int_not_equal(add_mail(store, "aa"), 0);
    store_rollback(store);
    assert_true(store_begin(store, NULL));
    assert_true(store_commit(store, "nothing", NULL));
    assert_int_equal(count_events(store), 0);
}

static gchar *event_text(sqlite3_stmt *stmt)
{
    json_t *rows = json_loads((const char *)sqlite3_column_text(stmt, 3), 0, NULL);
    json_t *event = json_pack("{s:I, s:I, s:s, s:o}", "number", (json_int_t)column_int(stmt, 0),
                              "at", (json_int_t)column_int(stmt, 1), "what",
                              sqlite3_column_text(stmt, 2), "rows", rows);
    gchar *text = json_dumps(event, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(event);
    return text;
}

/* Worked out again as schema.sql says, by nothing but the table. */
static void test_the_chain(void **state)
{
    Fixture *fixture = *state;
    Store *store = fixture->store;
    static const char *const mails[] = {"aa", "bb", "cc"};
    for (gsize i = 0; i < G_N_ELEMENTS(mails); i++) {
        assert_true(store_begin(store, NULL));
        assert_int_not_equal(add_mail(store, mails[i]), 0);
        assert_true(store_commit(store, "test", NULL));
    }
    g_autofree gchar *previous = g_strnfill(64, '0');
    g_autoptr(Statement) stmt = statement(
        store, NULL, "SELECT number, at, what, rows, hash FROM event ORDER BY number", "");
    gboolean failed;
    gint64 number = 0;
    while (statement_row(store, stmt, &failed, NULL)) {
        assert_int_equal(column_int(stmt, 0), ++number);
        g_autofree gchar *text = event_text(stmt), *linked = g_strconcat(previous, text, NULL);
        g_autofree gchar *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, linked, -1);
        assert_string_equal((const char *)sqlite3_column_text(stmt, 4), hash);
        g_free(previous);
        previous = g_steal_pointer(&hash);
    }
    assert_int_equal(number, 3);
    g_autofree gchar *path = g_build_filename(fixture->directory, "head", NULL), *head = NULL;
    assert_true(g_file_get_contents(path, &head, NULL, NULL));
    g_autofree gchar *expected = g_strdup_printf("3 %s\n", previous);
    assert_string_equal(head, expected);
}

static void test_a_trial_changes_nothing(void **state)
{
    Fixture *fixture = *state;
    g_autoptr(Store) trial = store_open(fixture->directory, STORE_TRIAL, NULL);
    assert_non_null(trial);
    assert_true(store_begin(trial, NULL));
    assert_int_not_equal(add_mail(trial, "aa"), 0);
    assert_true(store_commit(trial, "test", NULL));
    assert_int_equal(count_events(trial), 1);
    assert_int_equal(count_events(fixture->store), 0);
}

static void test_receipts_count_up_by_campaign(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    static const struct {
        const char *code, *receipt;
    } steps[] = {{"XT2024", "XT2024-0001"},
                 {"XT2024", "XT2024-0002"},
                 {"XT", "XT-0001"},
                 {"XT2024", "XT2024-0003"}};
    assert_true(store_begin(store, NULL));
    Mail mail = {.received_at = 1000, .sender_proved = STORE_NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        gint64 id = store_submission_add(store, steps[i].code, &mail, NULL);
        g_autoptr(Submission) submission = store_submission(store, id, NULL);
        assert_string_equal(submission->receipt, steps[i].receipt);
    }
    assert_true(store_commit(store, "test", NULL));
}

static void test_another_schema_is_refused(void **state)
{
    Fixture *fixture = *state;
    assert_true(store_run(fixture->store, NULL, "PRAGMA user_version = 999", ""));
    g_autoptr(GError) error = NULL;
    assert_null(store_open(fixture->directory, STORE_READ, &error));
    assert_int_equal(sj_exit_status(error), SJ_ERROR_DATA);
    assert_non_null(strstr(error->message, "999"));
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_nothing_written_no_event),
        STORE_TEST(test_setting_what_it_is_writes_nothing),
        STORE_TEST(test_rollback_leaves_nothing),
        STORE_TEST(test_the_chain),
        STORE_TEST(test_a_trial_changes_nothing),
        STORE_TEST(test_receipts_count_up_by_campaign),
        STORE_TEST(test_another_schema_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
