/* What several rooms do with file descriptors. */
#include "descriptor.h"

#include <errno.h>
#include <unistd.h>

void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

gboolean write_all(int fd, const void *bytes, gsize length)
{
    const gchar *rest = bytes;
    while (length > 0) {
        ssize_t wrote = write(fd, rest, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return FALSE;
        rest += wrote;
        length -= (gsize)wrote;
    }
    return TRUE;
}
