/* The host of the filters: runs programs on files, several at a time, and believes nothing that
 * they say until it is checked (the contract is docs/shoujian-filter.7). */
#pragma once

#include "config.h"
#include "reading.h"
#include "spool.h"

typedef struct FilterPool FilterPool;

/* Room for config->workers filters at a time, with PARAMS, what the campaign says to filters. */
FilterPool *filter_pool_new(const Config *config, const gchar *params, Spool *spool,
                            GError **error);
/* Kills what still runs. */
void filter_pool_free(FilterPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FilterPool, filter_pool_free)

/* The line of FILTER --version, which is part of the key under which its facts are kept; asked
 * once. A program that cannot be started, takes more than 5 s or does not print one line of at most
 * 200 bytes is SJ_ERROR_CONFIG. */
const gchar *filter_pool_version(FilterPool *pool, const FilterConfig *filter, GError **error);

gboolean filter_pool_is_full(const FilterPool *pool);
gboolean filter_pool_is_idle(const FilterPool *pool);
/* Starts FILTER on FD (a regular file, open for reading; its offset does not matter and does not
 * move) in a room that is free; OWNER comes back with its end. Whatever the filter does is a
 * Reading. An error is our own: SJ_ERROR_CONFIG when the program cannot be started, SJ_ERROR_LATER
 * (no process, no pipe, no descriptor) or SJ_ERROR_IO. The filter gets a clean environment, no
 * descriptors but 0 (the file), 1 and 2, its own session, and is killed with its children after
 * `timeout` seconds of wall clock, 4 MiB of output, or 512 MiB or 2000 files in OUTDIR. The last
 * line of its stderr becomes part of `why`. */
gboolean filter_pool_start(FilterPool *pool, const FilterConfig *filter, int fd, gpointer owner,
                           GError **error);
/* Waits until one of those that run (there must be one) has ended, and gives its reading and owner;
 * NULL: an error as above, about that file. */
Reading *filter_pool_finish(FilterPool *pool, gpointer *owner, GError **error);
/* Kills all that run; their owners do not come back. */
void filter_pool_stop(FilterPool *pool);
/* Both, for one file: nothing else may run. */
Reading *filter_pool_read(FilterPool *pool, const FilterConfig *filter, int fd, GError **error);
