/* The cage around a filter: what a program that reads a stranger's file may do. It is put on before
 * the program starts, so a filter in any language gets the same, and held by the kernel: Landlock,
 * seccomp, limits and, when we are root, another user. The policy is one table in cage.c. */
#pragma once

#include <glib.h>

/* AddressSanitizer needs a little more in the cage, and takes more addresses than any limit. */
#ifdef __SANITIZE_ADDRESS__
#define CAGE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAGE_SANITIZED
#endif
#endif

typedef enum {
    CAGE_PLAIN,  /* files and memory, nothing else */
    CAGE_OFFICE, /* in OUTDIR also directories, and files renamed and removed; what LibreOffice
                    reads */
} CageProfile;

/* What one filter is given. */
typedef struct {
    const gchar *program; /* absolute path of an executable file */
    const gchar *others;  /* a directory whose programs it may run instead; NULL: none */
    CageProfile profile;
    gboolean serves;     /* a zygote: it may also fork, and lock its children in by cage_lock */
    int room;            /* where it stands: an open directory; -1: the root */
    const gchar *params; /* in the room, the file that it may read; NULL: none */
    const gchar *outdir; /* in the room, the one directory that it may write; NULL: none */
    guint64 memory;      /* bytes; 0: no limit. Sanitizer builds have none */
    guint seconds;       /* of CPU; 0: no limit, as a zygote needs: its own adds up */
} CagePlan;

typedef struct Cage Cage;

/* Builds the cage of PLAN from what this kernel has; the room may be closed afterwards. As root, it
 * also makes the room passable, OUTDIR the property of the other user and PARAMS readable for him.
 * SJ_ERROR_CONFIG for a program that cannot be opened or that the other user may not run, _LATER
 * and _IO for descriptors. */
Cage *cage_new(const CagePlan *plan, GError **error);
void cage_free(Cage *cage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cage, cage_free)

/* In a child (any number may have the same cage), last before cage_exec, and nothing but system
 * calls: goes into the cage, standing in the room, and keeps the parent-death signal. 0 or an
 * errno, after which the child must end. */
int cage_enter(const Cage *cage);
/* Becomes the program, by its descriptor (its path may lead through directories that are closed to
 * it), with a clean environment. Returns only on failure, with errno. */
void cage_exec(const Cage *cage, const gchar *const *argv);

/* For a zygote of CAGE_PLAIN, which has its children put it on before they read: takes away what
 * `serves` gave and leaves the rest to the list that they inherit. The kernel looks through a list
 * for each process that puts it on, so this one is short. An array of struct sock_filter in a
 * sealed memory file (close-on-exec), for prctl(PR_SET_SECCOMP). *fd is -1 where the kernel has no
 * seccomp filters. */
gboolean cage_lock(int *fd, GError **error);

/* SJ_ERROR_CONFIG when REQUIRED and the kernel lacks a fence. */
gboolean cage_check(gboolean required, GError **error);

/* One thing that a filter must not do, and what keeps it from it on this kernel. */
typedef struct {
    const gchar *what;
    gchar *by; /* NULL: nothing */
} CageFence;
/* To be freed with g_array_unref. */
GArray *cage_describe(void);
