/* One run of one filter on one file: its two pipes, its clock, and the measure of what it leaves.
 */
#pragma once

#include "filter-room.h"
#include "reading.h"

#include <poll.h>

typedef struct FilterRun FilterRun;

/* What a run waits for: its end, its stdout, its stderr. */
#define RUN_EVENTS 3

/* Starts FILTER in ROOM on FD (a regular file, open for reading; its offset does not matter and
 * does not move); ends within filter->timeout. */
FilterRun *filter_run_file(FilterRoom *room, const FilterConfig *filter, int fd, GError **error);
/* Starts FILTER --version. */
FilterRun *filter_run_version(FilterRoom *room, const FilterConfig *filter, GError **error);
/* Kills what still runs of it. */
void filter_run_free(FilterRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FilterRun, filter_run_free)

/* Fills in what to poll(2) for. */
void filter_run_wait(const FilterRun *run, struct pollfd events[RUN_EVENTS]);
/* The moment (g_get_monotonic_time) at which it must be looked at, whatever happens. */
gint64 filter_run_next(const FilterRun *run);
/* Takes what came, at the moment NOW; TRUE once it has ended, by itself or killed for a limit. */
gboolean filter_run_take(FilterRun *run, const struct pollfd events[RUN_EVENTS], gint64 now);

/* Of a run that has ended. Why it failed, to be freed; NULL: it ended as a filter may. */
gchar *filter_run_failure(const FilterRun *run);
/* What it printed. */
const GString *filter_run_output(const FilterRun *run);
/* What it read; OUTDIR is empty afterwards. SJ_ERROR_LATER (a server that died, no descriptor) or
 * _IO. */
Reading *filter_run_reading(FilterRun *run, GError **error);
