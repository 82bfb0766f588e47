/* The one error domain of the program: every code is an exit status of sysexits.h, so that the
 * level that gives up needs no second table. */
#pragma once

#include <glib.h>

#define SJ_ERROR (sj_error_quark())
GQuark sj_error_quark(void);

typedef enum {
    SJ_ERROR_USAGE = 64,     /* wrong command line */
    SJ_ERROR_DATA = 65,      /* the input is bad: unknown receipt, damaged file */
    SJ_ERROR_REFUSED = 69,   /* a server answers but refuses the service */
    SJ_ERROR_CREATE = 73,    /* a file cannot be created */
    SJ_ERROR_IO = 74,        /* reading or writing failed, disk full */
    SJ_ERROR_LATER = 75,     /* try again later: network, time-out, busy, another poll */
    SJ_ERROR_NO_ACCESS = 77, /* certificate refused, login refused three times in a row */
    SJ_ERROR_CONFIG = 78,    /* configuration */
} SjError;

/* Sets *error to CODE with a message; always returns FALSE,
 * so that `return sj_fail(…)` reads well. */
gboolean sj_fail(GError **error, SjError code, const gchar *format, ...) G_GNUC_PRINTF(3, 4);

/* The same for a failed system call: the message ends with strerror(errno). ENOSPC, EDQUOT and the
 * like are SJ_ERROR_IO whatever CODE says. */
gboolean sj_fail_errno(GError **error, SjError code, const gchar *format, ...) G_GNUC_PRINTF(3, 4);

/* SJ_ERROR_LATER for an errno that may be over the next time (no descriptor, memory, process), else
 * OTHERWISE. */
SjError sj_passing(int cause, SjError otherwise);

/* Exit status for ERROR; errors of other domains count as SJ_ERROR_IO. 0 for NULL. */
int sj_exit_status(const GError *error);

/* Of two exit statuses the one to report: the smaller in the order 78 77 74 73 69 75,
 * then others. */
int sj_worse_status(int a, int b);
