/* realpath(3) for LibreOffice, in place of the C library's. It resolves each path that it is given,
 * directory by directory; but OUTDIR may have none, as the directories above it may be closed to
 * us. Its name then is a link of /proc, which is left as it is; below it there are no links. */
#include "kit.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the library's fortified callers call instead. */
char *__realpath_chk(const char *path, char *resolved, size_t size);

char *realpath(const char *restrict path, char *restrict resolved)
{
    if (!g_str_has_prefix(path, "/proc/self/")) {
        char *(*real)(const char *, char *) = dlsym(RTLD_NEXT, "realpath");
        return real(path, resolved);
    }
    g_autofree gchar *clean = g_canonicalize_filename(path, "/");
    if (access(clean, F_OK) < 0)
        return NULL;
    if (strlen(clean) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return resolved != NULL ? strcpy(resolved, clean) : strdup(clean);
}

char *__realpath_chk(const char *path, char *resolved, size_t size)
{
    if (size < PATH_MAX)
        abort();
    return realpath(path, resolved);
}
