/* A zygote: one of our own filters, started once with --server, which forks a fresh child for each
 * file that it is asked to read (filters/filter.c is the other end). */
#pragma once

#include "process.h"

typedef struct {
    Process process; /* none: it does not run */
    int socket;
    guint asked; /* files */
} FilterServer;

#define FILTER_SERVER_NONE ((FilterServer){.process = PROCESS_NONE, .socket = -1})

/* Starts BIRTH, whose descriptor 0 is set here. Errors of process_start. */
gboolean filter_server_start(FilterServer *server, Birth *birth, GError **error);
/* Has it read FILE in a new child, whose stdout and stderr are OUT and ERR. SJ_ERROR_LATER when the
 * server has ended. */
gboolean filter_server_ask(FilterServer *server, int file, int out, int err, GError **error);
/* When server->socket is readable: the wait status of that child. FALSE: the server has ended. */
gboolean filter_server_answer(FilterServer *server, int *status);
/* Kills it and its child. */
void filter_server_end(FilterServer *server);
