/* What keeps a filter from what, for `shoujian check`; and whether that is enough. */
#include "cage.h"

#include "cage-calls.h"
#include "cage-landlock.h"
#include "error.h"

#include <unistd.h>

/* Landlock from which version; 0: it does not cover it. */
static const struct {
    const gchar *what;
    int landlock;
    gboolean seccomp;
    const gchar *limit;
    gboolean user; /* another one, when we are root */
} fences[] = {
    {"files that anybody may read", 1, FALSE, NULL, FALSE},
    {"files of this user", 1, FALSE, NULL, TRUE},
    {"emptying files", 3, TRUE, NULL, TRUE},
    {"modes, owners, times, attributes", 0, TRUE, NULL, TRUE},
    {"directories, pipes, devices, symbolic links", 1, TRUE, NULL, FALSE},
    {"hard links, files without a name", 0, TRUE, NULL, FALSE},
    {"network by TCP", 4, TRUE, NULL, FALSE},
    {"all other sockets", 0, TRUE, NULL, FALSE},
    {"signals to others", 6, TRUE, NULL, FALSE},
    {"new processes", 0, TRUE, NULL, FALSE},
    {"tracing", 1, TRUE, NULL, FALSE},
    {"io_uring, mounts, bpf, keys", 0, TRUE, NULL, FALSE},
#ifdef CAGE_SANITIZED
    {"memory", 0, FALSE, NULL, FALSE},
#else
    {"memory", 0, FALSE, "memory of the filter", FALSE},
#endif
    {"CPU time", 0, FALSE, "timeout of the filter", FALSE},
    {"large files", 0, FALSE, "512 MiB", FALSE},
};

static void fence_clear(gpointer data)
{
    g_free(((CageFence *)data)->by);
}

GArray *cage_describe(void)
{
    int version = landlock_version();
    gboolean seccomp = calls_can_be_fenced(), root = geteuid() == 0;
    GArray *described = g_array_new(FALSE, FALSE, sizeof(CageFence));
    g_array_set_clear_func(described, fence_clear);
    for (gsize i = 0; i < G_N_ELEMENTS(fences); i++) {
        g_autoptr(GPtrArray) by = g_ptr_array_new_with_free_func(g_free);
        if (fences[i].landlock > 0 && fences[i].landlock <= version)
            g_ptr_array_add(by, g_strdup_printf("Landlock %d", version));
        if (fences[i].seccomp && seccomp)
            g_ptr_array_add(by, g_strdup("seccomp"));
        if (fences[i].limit != NULL)
            g_ptr_array_add(by, g_strdup_printf("limit (%s)", fences[i].limit));
        if (fences[i].user && root)
            g_ptr_array_add(by, g_strdup("another user (nobody)"));
        CageFence fence = {.what = fences[i].what};
        if (by->len > 0) {
            g_ptr_array_add(by, NULL);
            fence.by = g_strjoinv(", ", (gchar **)by->pdata);
        }
        g_array_append_val(described, fence);
    }
    return described;
}

gboolean cage_check(gboolean required, GError **error)
{
    const gchar *missing = landlock_version() == 0  ? "Landlock (Linux 5.13, and not switched off: "
                                                      "the boot parameter lsm= must name landlock)"
                           : !calls_can_be_fenced() ? "seccomp filters (CONFIG_SECCOMP_FILTER)"
                                                    : NULL;
    return !required || missing == NULL ||
           sj_fail(error, SJ_ERROR_CONFIG,
                   "this kernel has no %s, so the filters' cage would have gaps; shoujian check "
                   "lists them, sandbox = \"best\" goes on with them",
                   missing);
}
