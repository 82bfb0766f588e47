/* Landlock, the fence around files (landlock(7)): the numbers are our own, since the headers of
 * Debian 12 know no more than its kernel. */
#pragma once

#include <glib.h>

/* Rights to files and what lies beneath directories. */
enum {
    LANDLOCK_EXECUTE = 1 << 0,
    LANDLOCK_WRITE = 1 << 1,
    LANDLOCK_READ = 1 << 2,
    LANDLOCK_LIST = 1 << 3, /* a directory */
    LANDLOCK_REMOVE_DIR = 1 << 4,
    LANDLOCK_REMOVE_FILE = 1 << 5,
    LANDLOCK_MAKE_DIR = 1 << 7,
    LANDLOCK_MAKE_FILE = 1 << 8, /* a regular one */
    LANDLOCK_MAKE_SOCKET = 1 << 9,
    LANDLOCK_TRUNCATE = 1 << 14,
};

/* What a kernel can refuse: each right that is named and not given back by a rule is refused. */
typedef struct {
    guint64 files;
    guint64 network; /* TCP */
    guint64 scoped;  /* abstract sockets, signals */
} LandlockRights;

/* The version that the kernel speaks; 0: it has no Landlock. */
int landlock_version(void);
/* What VERSION can refuse; of one that is newer than this program, what this program knows. */
LandlockRights landlock_rights(int version);

/* A new ruleset that refuses all that VERSION (not 0) can refuse; a descriptor, or -1 (errno). */
int landlock_ruleset(int version);
/* Allows RIGHTS (those that VERSION knows) to FD, a file or what lies beneath a directory. Only a
 * system call. FALSE (errno). */
gboolean landlock_allow(int ruleset, int version, int fd, guint64 rights);
/* Puts it on this thread. Only a system call. */
gboolean landlock_enter(int ruleset);
