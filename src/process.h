/* The process of a filter: a clean environment, a session of its own, and nothing of ours but the
 * descriptors that it is given. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    pid_t pid; /* 0: none */
    int pidfd; /* readable when it has ended; -1: none */
} Process;

#define PROCESS_NONE ((Process){.pid = 0, .pidfd = -1})

/* What a filter is born with. */
typedef struct {
    const gchar *const *argv; /* argv[0]: absolute path of the program */
    int given[4];             /* its descriptors 0 to 3; -1 for the last: it has none */
    int directory;            /* where it stands */
} Birth;

/* Starts it. SJ_ERROR_CONFIG when the program cannot be executed, SJ_ERROR_LATER when there is no
 * process or descriptor to be had. */
gboolean process_start(Process *process, const Birth *birth, GError **error);
/* Kills it, where it still runs, with all of its session, and waits for it; its wait status. */
int process_end(Process *process);
