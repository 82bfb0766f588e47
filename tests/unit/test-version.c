/* Which version stands: every order in which forms and scans come, before and after the deadline.
 */
#include "store-fixture.h"
#include "version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DEADLINE 100

/* A version as it comes: when its form, when its scan (0: never). What becomes of it. */
typedef struct {
    gint64 form, scan;
    const char *state;
} Coming;

typedef struct {
    const char *what;
    Coming versions[4];
    guint standing; /* from 1 */
    gint64 complete_at;
} Case;

static const Case cases[] = {
    {"complete", {{10, 10, "standing"}}, 1, 10},
    {"without a scan", {{10, 0, "standing"}}, 1, STORE_NULL},
    {"a scan that waits for its form", {{0, 10, "standing"}}, 1, STORE_NULL},
    {"the scan comes later", {{10, 20, "standing"}}, 1, 20},
    {"a complete newer version", {{10, 10, "replaced"}, {20, 20, "standing"}}, 2, 20},
    {"a newer form waits for its scan", {{10, 10, "standing"}, {20, 0, "waiting"}}, 1, 10},
    {"and stands when it comes", {{10, 10, "replaced"}, {20, 30, "standing"}}, 2, 30},
    {"a newer form before any scan", {{10, 0, "replaced"}, {20, 0, "standing"}}, 2, STORE_NULL},
    {"what waited is replaced too",
     {{10, 10, "replaced"}, {20, 0, "replaced"}, {30, 30, "standing"}},
     3,
     30},
    {"late and alone", {{100, 100, "standing"}}, 1, 100},
    {"the last second", {{99, 99, "standing"}, {100, 100, "late"}}, 1, 99},
    {"a late scan of a newer form", {{10, 10, "standing"}, {20, 100, "late"}}, 1, 10},
    {"a late form alone", {{10, 10, "standing"}, {110, 0, "late"}}, 1, 10},
    {"late, where nothing complete stood", {{10, 0, "replaced"}, {110, 110, "standing"}}, 2, 110},
    {"a late newer one over a late one", {{100, 100, "replaced"}, {110, 110, "standing"}}, 2, 110},
    {"merged: scans and the form that lacks them",
     {{0, 20, "replaced"}, {10, 0, "standing"}},
     2,
     20},
    {"merged: the form came later", {{0, 10, "replaced"}, {20, 0, "standing"}}, 2, 20},
    {"merged: one more scan", {{10, 10, "standing"}, {0, 20, "replaced"}}, 1, 10},
    {"merged: a late scan of what was complete", {{10, 10, "standing"}, {0, 100, "late"}}, 1, 10},
    {"merged: a late scan of what was not", {{10, 0, "standing"}, {0, 100, "replaced"}}, 1, 100},
    {"merged: for the newer form that waits",
     {{10, 10, "replaced"}, {20, 0, "standing"}, {0, 30, "replaced"}},
     2,
     30},
};

static gint64 add_part(Fixture *fixture, gint64 at, const char *role)
{
    g_autofree gchar *sha256 = g_strdup_printf("%u", ++fixture->mails);
    gint64 mail = store_mail_add(fixture->store, sha256, 1, at, "internaldate", TRUE, NULL);
    Part part = {.mail = mail,
                 .parent = STORE_NULL,
                 .name = (gchar *)"x",
                 .sha256 = sha256,
                 .size = 1,
                 .type = (gchar *)"x/x",
                 .role = (gchar *)role};
    gint64 id = store_part_add(fixture->store, &part, NULL);
    assert_int_not_equal(id, 0);
    return id;
}

static void add_version(Fixture *fixture, gint64 submission, const Coming *coming)
{
    gint64 form = coming->form != 0 ? add_part(fixture, coming->form, "form") : STORE_NULL;
    Version version = {.submission = submission,
                       .form_part = form,
                       .form = 1,
                       .state = (gchar *)"waiting",
                       .received_at = coming->form != 0 ? coming->form : coming->scan,
                       .complete_at = STORE_NULL};
    gint64 id = store_version_add(fixture->store, &version, NULL);
    assert_int_not_equal(id, 0);
    if (form != STORE_NULL)
        assert_true(store_version_file_add(fixture->store, id, form, NULL));
    if (coming->scan != 0)
        assert_true(store_version_file_add(fixture->store, id,
                                           add_part(fixture, coming->scan, "scan"), NULL));
}

static void check(Fixture *fixture, const Campaign *campaign, const Case *wanted)
{
    Mail mail = {.received_at = 1, .sender_proved = STORE_NULL};
    gint64 id = store_submission_add(fixture->store, "T", &mail, NULL);
    guint count = 0;
    for (; count < G_N_ELEMENTS(wanted->versions) && wanted->versions[count].state != NULL; count++)
        add_version(fixture, id, &wanted->versions[count]);
    /* Worked out again, it is the same. */
    for (int i = 0; i < 2; i++)
        assert_true(versions_settle(fixture->store, campaign, id, NULL));
    g_autoptr(Submission) submission = store_submission(fixture->store, id, NULL);
    g_autoptr(GPtrArray) versions = store_versions(fixture->store, id, NULL);
    for (guint i = 0; i < count; i++) {
        const Version *version = versions->pdata[i];
        if (strcmp(version->state, wanted->versions[i].state) != 0)
            fail_msg("%s: version %u is %s, not %s", wanted->what, i + 1, version->state,
                     wanted->versions[i].state);
        if ((version->id == submission->standing) != (i + 1 == wanted->standing))
            fail_msg("%s: version %u stands, or does not", wanted->what, i + 1);
    }
    if (submission->complete_at != wanted->complete_at)
        fail_msg("%s: complete at %" G_GINT64_FORMAT, wanted->what, submission->complete_at);
}

static void test_which_stands(void **state)
{
    Fixture *fixture = *state;
    Rule scan_missing = {.name = (gchar *)"scan_missing"};
    Campaign campaign = {.deadline = DEADLINE, .rules = g_ptr_array_new()};
    g_ptr_array_add(campaign.rules, &scan_missing);
    assert_true(store_begin(fixture->store, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        check(fixture, &campaign, &cases[i]);
    assert_true(store_commit(fixture->store, "test", NULL));
    g_ptr_array_unref(campaign.rules);
}

/* A campaign without the rule scan_missing asks for no scan. */
static void test_where_no_scan_is_asked_for(void **state)
{
    Fixture *fixture = *state;
    Campaign campaign = {.deadline = DEADLINE, .rules = g_ptr_array_new()};
    static const Case wanted = {"form alone", {{10, 0, "replaced"}, {20, 0, "standing"}}, 2, 20};
    assert_true(store_begin(fixture->store, NULL));
    check(fixture, &campaign, &wanted);
    assert_true(store_commit(fixture->store, "test", NULL));
    g_ptr_array_unref(campaign.rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_which_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_where_no_scan_is_asked_for, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
