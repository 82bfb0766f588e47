/* The store: transactions, their events, and the chain that they make. */
#include "store-fixture.h"
#include "store-mail.h"
#include "store-private.h"
#include "store-reply.h"
#include "store-submission.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static gint64 add_mail(Store *store, const gchar *sha256)
{
    return store_mail_add(store, sha256, 10, 1000, "internaldate", TRUE, NULL);
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
    FolderState folder = {1, 5, 17, 1000, 18};
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

/* As a death between a commit and its head leaves it. */
static void test_a_head_that_is_behind_is_made_good(void **state)
{
    Fixture *fixture = *state;
    g_autofree gchar *path = g_build_filename(fixture->directory, "head", NULL);
    g_autofree gchar *right = NULL, *mended = NULL;
    assert_true(store_begin(fixture->store, NULL));
    assert_int_not_equal(add_mail(fixture->store, "aa"), 0);
    assert_true(store_commit(fixture->store, "test", NULL));
    assert_true(g_file_get_contents(path, &right, NULL, NULL));
    assert_int_equal(g_unlink(path), 0);
    g_autoptr(Store) next = store_open(fixture->directory, STORE_WRITE, NULL);
    assert_non_null(next);
    assert_true(g_file_get_contents(path, &mended, NULL, NULL));
    assert_string_equal(mended, right);
}

static gint64 rows_in_last_event(Store *store, const gchar *table, gboolean gone)
{
    gint64 count = -1;
    assert_true(store_int(store, NULL, 0, &count,
                          "SELECT count(*) FROM json_each((SELECT rows FROM event ORDER BY number "
                          "DESC LIMIT 1)) r WHERE r.value ->> 'table' = ?1 AND "
                          "(r.value ->> 'digest' IS NULL) = ?2",
                          "sb", table, gone));
    return count;
}

static gint64 add_reply(Store *store, gint64 mail, const gchar *state, gint64 at, gint64 submission)
{
    static guint number;
    g_autofree gchar *id = g_strdup_printf("<%u@x>", ++number);
    ReplyRow row = {.kind = (gchar *)"received",
                    .mail = mail,
                    .recipient = (gchar *)"a@x",
                    .message_id = id,
                    .message = (gchar *)"",
                    .state = (gchar *)state,
                    .queued_at = at,
                    .due_at = at};
    g_autoptr(GArray) about = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_array_append_val(about, submission);
    return store_reply_add(store, &row, about, NULL);
}

/* SQLite removes what hangs on a row; the chain says so. */
static void test_rows_that_go_with_another_are_in_the_event(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    assert_true(store_begin(store, NULL));
    Mail mail = {.id = add_mail(store, "aa"), .received_at = 1000, .sender_proved = STORE_NULL};
    gint64 submission = store_submission_add(store, "T", &mail, NULL);
    gint64 reply = add_reply(store, mail.id, "queued", 1000, submission);
    assert_true(store_commit(store, "test", NULL));
    assert_true(store_begin(store, NULL));
    assert_true(store_reply_remove(store, reply, NULL));
    assert_true(store_commit(store, "test", NULL));
    assert_int_equal(rows_in_last_event(store, "reply", TRUE), 1);
    assert_int_equal(rows_in_last_event(store, "reply_submission", TRUE), 1);
    assert_int_equal(rows_in_last_event(store, "reply", FALSE), 0);
}

/* An answer that waits is no reason to wait longer, or it would never go out. */
static void test_the_last_answer_is_one_that_went_out(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    assert_true(store_begin(store, NULL));
    Mail mail = {.id = add_mail(store, "aa"), .received_at = 1000, .sender_proved = STORE_NULL};
    gint64 submission = store_submission_add(store, "T", &mail, NULL);
    static const struct {
        const char *state;
        gint64 tried_at;
    } answers[] = {{"sent", 100},
                   {"failed", 1000},
                   {"sent", 2000},
                   {"queued", STORE_NULL},
                   {"held", STORE_NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        ReplyRow row = {.id = add_reply(store, mail.id, answers[i].state, (gint64)i, submission),
                        .state = (gchar *)answers[i].state,
                        .tries = answers[i].tried_at != STORE_NULL,
                        .tried_at = answers[i].tried_at,
                        .sent_at = STORE_NULL};
        assert_int_not_equal(row.id, 0);
        assert_true(store_reply_set(store, &row, answers[i].state, NULL, NULL));
    }
    gint64 count, last;
    assert_true(store_replies_tried_to(store, "a@x", 1000, &count, &last, NULL));
    assert_int_equal(count, 2);
    assert_int_equal(last, 2000);
    assert_true(store_replies_tried_to(store, "b@x", 0, &count, &last, NULL));
    assert_int_equal(count, 0);
    assert_int_equal(last, 0);
    assert_true(store_commit(store, "test", NULL));
}

static void test_what_a_mail_brought(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    static const struct {
        const char *first, *then, *kept;
    } cases[] = {{"same", "scan", "scan"},
                 {"scan", "same", "scan"},
                 {"new", "other", "new"},
                 {"version", "late", "version"}};
    assert_true(store_begin(store, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *sha256 = g_strdup_printf("%zu", i);
        Mail mail = {.id = add_mail(store, sha256), .sender_proved = STORE_NULL};
        gint64 id = store_submission_add(store, "T", &mail, NULL);
        assert_true(store_submission_mail_add(store, id, mail.id, cases[i].first, NULL));
        assert_true(store_submission_mail_add(store, id, mail.id, cases[i].then, NULL));
        g_autoptr(GPtrArray) changes = store_mail_changes(store, mail.id, NULL);
        assert_int_equal(changes->len, 1);
        assert_string_equal(((MailChange *)changes->pdata[0])->change, cases[i].kept);
        assert_true(store_submission_drop(store, id, NULL));
        g_autoptr(GPtrArray) none = store_mail_changes(store, mail.id, NULL);
        assert_int_equal(none->len, 0);
    }
    assert_true(store_commit(store, "test", NULL));
}

static void test_a_submission_begins_with_its_first_mail(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    assert_true(store_begin(store, NULL));
    gint64 ids[2];
    static const gint64 times[] = {2000, 1000};
    for (gsize i = 0; i < 2; i++) {
        g_autofree gchar *sender = g_strdup_printf("%zu@x", i);
        Mail mail = {.received_at = times[i], .sender = sender, .sender_proved = (gint64)i};
        mail.id = store_mail_add(store, sender, 1, times[i], "said", TRUE, NULL);
        assert_true(store_mail_set_head(store, &mail, NULL));
        ids[i] = store_submission_add(store, "T", &mail, NULL);
        assert_true(store_submission_mail_add(store, ids[i], mail.id, "new", NULL));
        assert_true(store_candidate_add(store, ids[i], STORE_NULL, "which-form", NULL));
        assert_true(store_candidate_add(store, ids[i], STORE_NULL, "which-form", NULL));
    }
    g_autoptr(GPtrArray) candidates = store_candidates(store, ids[0], NULL);
    assert_int_equal(candidates->len, 1);
    assert_true(store_submission_merge(store, ids[1], ids[0], NULL));
    g_autoptr(Submission) merged = store_submission(store, ids[0], NULL);
    assert_int_equal(merged->first_received_at, 1000);
    assert_string_equal(merged->sender, "1@x");
    assert_int_equal(merged->sender_proved, 1);
    g_autoptr(GPtrArray) mine = store_submissions_from(store, "1@x", NULL);
    assert_int_equal(mine->len, 1);
    assert_true(store_commit(store, "test", NULL));
}

static void test_a_text_that_is_no_utf8(void **state)
{
    Store *store = ((Fixture *)*state)->store;
    assert_true(store_begin(store, NULL));
    assert_true(store_remember(store, "\xcd\xf5", 1, NULL));
    assert_true(store_commit(store, "test", NULL));
    assert_int_equal(rows_in_last_event(store, "memory", FALSE), 1);
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

static const char first_schema[] =
#include "schema.h"
    ;

/* As the first program left it, which knew no renditions. */
static void test_an_older_schema_is_brought_up_to_date(void **state)
{
    Fixture *fixture = *state;
    g_clear_pointer(&fixture->store, store_free);
    g_autofree gchar *path = g_build_filename(fixture->directory, "intake.db", NULL);
    g_unlink(path);
    sqlite3 *old;
    assert_int_equal(sqlite3_open(path, &old), SQLITE_OK);
    assert_int_equal(sqlite3_exec(old, first_schema, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(old,
                     "INSERT INTO reading VALUES (1, 'aa', 'mime', 'mime 1', '', 'read', NULL, "
                     "'[]'); INSERT INTO member VALUES (1, 1, 'a.doc', 0, 'bb', 5, NULL);"
                     "PRAGMA user_version = 1",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(old);

    g_autoptr(GError) error = NULL;
    assert_null(store_open(fixture->directory, STORE_READ, &error));
    assert_non_null(strstr(error->message, "next poll"));
    fixture->store = store_open(fixture->directory, STORE_WRITE, NULL);
    assert_non_null(fixture->store);
    g_autoptr(GPtrArray) members = store_members(fixture->store, 1, NULL);
    assert_int_equal(members->len, 1);
    assert_string_equal(((Member *)members->pdata[0])->name, "a.doc");
    assert_false(((Member *)members->pdata[0])->is_rendition);
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_nothing_written_no_event),
        STORE_TEST(test_setting_what_it_is_writes_nothing),
        STORE_TEST(test_rollback_leaves_nothing),
        STORE_TEST(test_the_chain),
        STORE_TEST(test_a_head_that_is_behind_is_made_good),
        STORE_TEST(test_rows_that_go_with_another_are_in_the_event),
        STORE_TEST(test_the_last_answer_is_one_that_went_out),
        STORE_TEST(test_what_a_mail_brought),
        STORE_TEST(test_a_submission_begins_with_its_first_mail),
        STORE_TEST(test_a_text_that_is_no_utf8),
        STORE_TEST(test_a_trial_changes_nothing),
        STORE_TEST(test_receipts_count_up_by_campaign),
        STORE_TEST(test_another_schema_is_refused),
        STORE_TEST(test_an_older_schema_is_brought_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
