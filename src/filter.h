/* The host of the filters: runs one program on one file and believes nothing that it says until it
 * is checked (the contract is docs/shoujian-filter.7). */
#pragma once

#include "config.h"
#include "reading.h"

/* The line of FILTER --version, which is part of the key under which its facts are kept. A program
 * that cannot be started, takes more than 5 s or does not print one line of at most 200 bytes is
 * SJ_ERROR_CONFIG. */
gchar *filter_version(const FilterConfig *filter, GError **error);

/* Runs FILTER on FD (a regular file, open for reading; its offset does not matter and does not
 * move) with the parameters in the file PARAMS (NULL: none) and the empty directory OUTDIR, which
 * is empty again afterwards; both paths are absolute. Whatever the filter does is a Reading. An
 * error is our own: SJ_ERROR_CONFIG when the program cannot be started, SJ_ERROR_LATER (no process,
 * no pipe, no descriptor) or SJ_ERROR_IO. The filter gets a clean environment, no descriptors but 0
 * (the file), 1 and 2, its own session, and is killed with its children after `timeout` seconds of
 * wall clock, 4 MiB of output, or 512 MiB or 2000 files in OUTDIR. The last line of its stderr
 * becomes part of `why`. */
Reading *filter_run(const FilterConfig *filter, int fd, const gchar *params, const gchar *outdir,
                    GError **error);
