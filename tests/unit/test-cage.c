/* The cage's edges that no kernel at hand has: which rights each version of Landlock knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cage-landlock.h"
#include "cage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_rights_of_each_version(void **state)
{
    (void)state;
    static const struct {
        int version;
        guint64 files, network, scoped;
    } cases[] = {
        {-1, 0, 0, 0},     {0, 0, 0, 0},       {1, 0x1fff, 0, 0}, {2, 0x3fff, 0, 0},
        {3, 0x7fff, 0, 0}, {4, 0x7fff, 3, 0},  {5, 0xffff, 3, 0}, {6, 0xffff, 3, 3},
        {7, 0xffff, 3, 3}, {99, 0xffff, 3, 3},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        LandlockRights rights = landlock_rights(cases[i].version);
        assert_int_equal(rights.files, cases[i].files);
        assert_int_equal(rights.network, cases[i].network);
        assert_int_equal(rights.scoped, cases[i].scoped);
    }
}

/* The rules of each version that this kernel speaks, among them those for a file and of rights that
 * the version does not know. */
static void test_rulesets_of_older_versions(void **state)
{
    (void)state;
    guint64 all = LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_LIST | LANDLOCK_TRUNCATE |
                  LANDLOCK_MAKE_FILE | LANDLOCK_REMOVE_FILE;
    for (int version = 1; version <= landlock_version(); version++) {
        int ruleset = landlock_ruleset(version);
        int directory = open("/usr", O_PATH), file = open("/dev/null", O_PATH);
        assert_true(ruleset >= 0 && directory >= 0 && file >= 0);
        assert_true(landlock_allow(ruleset, version, directory, all));
        assert_true(landlock_allow(ruleset, version, file, all));
        close(ruleset);
        close(directory);
        close(file);
    }
}

/* Runs WORK in a child, as the plan says, with the lock of a zygote's child when LOCKED; its
 * status. */
static int in_cage(CagePlan plan, gboolean locked, int (*work)(void))
{
    plan.program = "/bin/true";
    plan.room = -1;
    g_autoptr(GError) error = NULL;
    g_autoptr(Cage) cage = cage_new(&plan, &error);
    int lock;
    assert_non_null(cage);
    assert_true(cage_lock(&lock, &error));
    pid_t child = fork();
    if (child == 0) {
        static struct sock_filter steps[4096];
        ssize_t size = read(lock, steps, sizeof(steps));
        struct sock_fprog program = {(unsigned short)((gsize)MAX(size, 0) / sizeof(*steps)), steps};
        if (cage_enter(cage) != 0)
            _exit(100);
        if (locked && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
            _exit(101);
        _exit(work());
    }
    close(lock);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int makes_a_child(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

static int makes_a_local_socket(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 ? 0 : 1;
}

static int makes_a_network_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int connects(void)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(fd, &address, sizeof(address)) < 0 && errno == EPERM ? 1 : 0;
}

static int traces(void)
{
    return syscall(SYS_ptrace, 0, 0, 0, 0) == 0 ? 0 : 1;
}

static void test_who_may_do_what(void **state)
{
    (void)state;
    enum { DONE = 0, REFUSED = 1 << 8, KILLED = SIGSYS };
    static const struct {
        CageProfile profile;
        gboolean serves, locked;
        int (*work)(void);
        int status;
    } cases[] = {
        {CAGE_PLAIN, FALSE, FALSE, makes_a_child, REFUSED},
        {CAGE_PLAIN, TRUE, FALSE, makes_a_child, DONE},
        {CAGE_PLAIN, TRUE, TRUE, makes_a_child, REFUSED},
        {CAGE_OFFICE, FALSE, FALSE, makes_a_child, REFUSED},
        {CAGE_PLAIN, FALSE, FALSE, makes_a_local_socket, REFUSED},
        {CAGE_PLAIN, TRUE, FALSE, makes_a_local_socket, REFUSED},
        {CAGE_OFFICE, FALSE, FALSE, makes_a_local_socket, REFUSED},
        {CAGE_OFFICE, FALSE, FALSE, makes_a_network_socket, REFUSED},
        {CAGE_OFFICE, FALSE, FALSE, connects, REFUSED},
        {CAGE_PLAIN, FALSE, FALSE, traces, KILLED},
        {CAGE_OFFICE, FALSE, FALSE, traces, KILLED},
        {CAGE_PLAIN, TRUE, FALSE, traces, KILLED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        CagePlan plan = {.profile = cases[i].profile, .serves = cases[i].serves};
        int status = in_cage(plan, cases[i].locked, cases[i].work);
        if ((status & ~0x80) != cases[i].status) /* 0x80: a core, which there is not */
            fail_msg("case %" G_GSIZE_FORMAT ": status %x", i, (unsigned)status);
    }
}

/* So that no child of a zygote can weaken it for the next. */
static void test_the_lock_is_sealed(void **state)
{
    (void)state;
    int lock;
    assert_true(cage_lock(&lock, NULL));
    assert_int_equal(pwrite(lock, "", 1, 0), -1);
    assert_int_equal(ftruncate(lock, 0), -1);
    close(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights_of_each_version),
        cmocka_unit_test(test_rulesets_of_older_versions),
        cmocka_unit_test(test_who_may_do_what),
        cmocka_unit_test(test_the_lock_is_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
