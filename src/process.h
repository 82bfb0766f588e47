/* The process of a filter: in its cage, with a session of its own, and nothing of ours but the
 * descriptors that it is given. */
#pragma once

#include "cage.h"

#include <sys/types.h>

typedef struct {
    pid_t pid; /* 0: none */
    int pidfd; /* readable when it has ended; -1: none */
} Process;

#define PROCESS_NONE ((Process){.pid = 0, .pidfd = -1})

/* What a filter is born with. */
typedef struct {
    const Cage *cage;
    const gchar *const *argv;
    int given[4]; /* its descriptors 0 to 3; -1 for the last: it has none */
} Birth;

/* Starts it. SJ_ERROR_CONFIG when the program cannot be executed, SJ_ERROR_LATER when there is no
 * process or descriptor to be had. */
gboolean process_start(Process *process, const Birth *birth, GError **error);
/* From now on the children of a process of ours that ends are ours, so that process_end can wait
 * for them. */
void process_adopt_orphans(void);
/* Kills it, where it still runs, with all of its session, and waits for it; its wait status. */
int process_end(Process *process);
