/* A zygote: one of our own filters, started once with --server, which forks a fresh child for each
 * file that it is asked to read (filters/filter.c is the other end). */
#pragma once

#include "process.h"

typedef struct {
    Process process; /* none: it does not run */
    int socket;
    int said;    /* a file in memory: its stderr */
    guint asked; /* files */
} FilterServer;

#define FILTER_SERVER_NONE ((FilterServer){.process = PROCESS_NONE, .socket = -1, .said = -1})

/* Starts BIRTH, whose descriptors 0 and 2 are set here. Errors of process_start. */
gboolean filter_server_start(FilterServer *server, Birth *birth, GError **error);
/* Has it read FILE in a new child, whose stdout and stderr are OUT and ERR. FALSE: the server has
 * ended. */
gboolean filter_server_ask(FilterServer *server, int file, int out, int err);
/* When server->socket is readable: the wait status of that child. FALSE: the server has ended. */
gboolean filter_server_answer(FilterServer *server, int *status);
/* The last line that it said, fit for a message; "" when there is none. To be freed. */
gchar *filter_server_said(const FilterServer *server);
/* Kills it and its child. */
void filter_server_end(FilterServer *server);
