/* The error domain, and how errors become exit statuses. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>

G_DEFINE_QUARK(sj - error - quark, sj_error)

gboolean sj_fail(GError **error, SjError code, const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autoptr(GError) made = g_error_new_valist(SJ_ERROR, (gint)code, format, arguments);
    va_end(arguments);
    g_propagate_error(error, g_steal_pointer(&made));
    return FALSE;
}

gboolean sj_fail_errno(GError **error, SjError code, const gchar *format, ...)
{
    int cause = errno;
    if (cause == ENOSPC || cause == EDQUOT || cause == EIO || cause == EROFS)
        code = SJ_ERROR_IO;
    va_list arguments;
    va_start(arguments, format);
    g_autofree gchar *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return sj_fail(error, code, "%s: %s", what, g_strerror(cause));
}

SjError sj_passing(int cause, SjError otherwise)
{
    switch (cause) {
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ETXTBSY:
        return SJ_ERROR_LATER;
    default:
        return otherwise;
    }
}

int sj_exit_status(const GError *error)
{
    if (error == NULL)
        return 0;
    return error->domain == SJ_ERROR ? error->code : SJ_ERROR_IO;
}

int sj_worse_status(int a, int b)
{
    static const int order[] = {SJ_ERROR_CONFIG, SJ_ERROR_NO_ACCESS, SJ_ERROR_IO,
                                SJ_ERROR_CREATE, SJ_ERROR_REFUSED,   SJ_ERROR_LATER};
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a != 0 ? a : b;
}
