/* Compiles the list of calls with libseccomp, and hands the result to the kernel. */
#include "cage-calls.h"

#include "descriptor.h"
#include "error.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEARCH_TREE 2 /* instead of one call after the other: seccomp_attr_set(3) */

#define CONDITIONS G_N_ELEMENTS(((CallLine *)NULL)->when)

static guint conditions_of(const CallLine *line, struct scmp_arg_cmp conditions[CONDITIONS]);
static void add(scmp_filter_ctx list, guint32 action, const char *names,
                const struct scmp_arg_cmp *conditions, guint count);
static gboolean take(scmp_filter_ctx list, struct sock_fprog *program, GError **error);

gboolean calls_can_be_fenced(void)
{
    guint32 action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

gboolean calls_compile(guint who, const CallLine *allowed, const CallRefusal *refused,
                       struct sock_fprog *program, GError **error)
{
    scmp_filter_ctx list = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (list == NULL ||
        seccomp_attr_set(list, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
        seccomp_attr_set(list, SCMP_FLTATR_CTL_OPTIMIZE, SEARCH_TREE) < 0)
        g_error("libseccomp makes no list");
    for (; refused->names != NULL; refused++)
        add(list,
            refused->error == 0 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO((guint32)refused->error),
            refused->names, NULL, 0);
    for (; allowed->names != NULL; allowed++) {
        struct scmp_arg_cmp conditions[CONDITIONS];
        guint count = conditions_of(allowed, conditions);
        if ((allowed->who & who) != 0)
            add(list, SCMP_ACT_ALLOW, allowed->names, conditions, count);
    }
    gboolean taken = take(list, program, error);
    seccomp_release(list);
    return taken;
}

gboolean calls_compile_lock(guint who, const CallLine *allowed, struct sock_fprog *program,
                            GError **error)
{
    scmp_filter_ctx list = seccomp_init(SCMP_ACT_ALLOW);
    if (list == NULL || seccomp_attr_set(list, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0)
        g_error("libseccomp makes no list");
    for (; allowed->names != NULL; allowed++) {
        struct scmp_arg_cmp conditions[CONDITIONS];
        guint count = conditions_of(allowed, conditions);
        if (allowed->who == who)
            add(list, SCMP_ACT_ERRNO(EPERM), allowed->names, conditions, count);
    }
    gboolean taken = take(list, program, error);
    seccomp_release(list);
    return taken;
}

static guint conditions_of(const CallLine *line, struct scmp_arg_cmp conditions[CONDITIONS])
{
    guint count = 0;
    for (guint i = 0; i < CONDITIONS && line->when[i].argument > 0; i++)
        conditions[count++] = SCMP_CMP64(line->when[i].argument - 1, SCMP_CMP_MASKED_EQ,
                                         line->when[i].mask, line->when[i].value);
    return count;
}

static void add(scmp_filter_ctx list, guint32 action, const char *names,
                const struct scmp_arg_cmp *conditions, guint count)
{
    g_auto(GStrv) each = g_strsplit(names, " ", -1);
    for (gchar **name = each; *name != NULL; name++) {
        int number = seccomp_syscall_resolve_name(*name);
        if (number == __NR_SCMP_ERROR)
            g_error("libseccomp knows no call %s", *name);
        if (number < 0) /* not on this architecture */
            continue;
        int done = seccomp_rule_add_array(list, action, number, count, conditions);
        if (done < 0)
            g_error("libseccomp takes no rule for %s: %s", *name, g_strerror(-done));
    }
}

/* libseccomp writes it to a descriptor only. */
static gboolean take(scmp_filter_ctx list, struct sock_fprog *program, GError **error)
{
    auto_fd file = memfd_create("calls", MFD_CLOEXEC);
    struct stat about;
    if (file < 0 || seccomp_export_bpf(list, file) < 0 || fstat(file, &about) < 0)
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot write the list of system calls");
    gsize size = (gsize)about.st_size;
    g_autofree struct sock_filter *steps = g_malloc(size);
    if (pread(file, steps, size, 0) != about.st_size)
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot read the list of system calls");
    program->len = (unsigned short)(size / sizeof(*steps));
    program->filter = g_steal_pointer(&steps);
    return TRUE;
}

gboolean calls_enter(const struct sock_fprog *program)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0;
}
