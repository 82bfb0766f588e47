/* Emptying a directory that a stranger filled, for spool.c and whoever runs filters. */
#include "descriptor.h"
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean remove_once(int directory_fd, const gchar *name, guint *number);
static gboolean remove_entry(int directory_fd, const gchar *name);
static gboolean lift(int directory_fd, const gchar *name, int up_fd, guint *number);
static DIR *open_directory(int directory_fd, const gchar *name);
static const gchar *next_entry(DIR *directory);

/* A filter may have made directories deeper than any stack or path is long. So each pass takes one
 * level: what is in a directory of the top moves to the top, and the next pass meets it there. */
gboolean spool_empty_directory(int directory_fd)
{
    DIR *directory = open_directory(directory_fd, ".");
    if (directory == NULL)
        return FALSE;
    gboolean left = TRUE, progress = TRUE;
    int cause = 0;
    guint number = 0;
    while (left && progress) {
        left = progress = FALSE;
        rewinddir(directory);
        for (const gchar *name; (name = next_entry(directory)) != NULL;) {
            left = TRUE;
            if (remove_once(directory_fd, name, &number))
                progress = TRUE;
            else
                cause = errno;
        }
    }
    closedir(directory);
    errno = cause;
    return !left;
}

/* Removes NAME, or, when it is a directory that is not empty, removes or lifts what it holds. FALSE
 * (errno): nothing changed. */
static gboolean remove_once(int directory_fd, const gchar *name, guint *number)
{
    if (remove_entry(directory_fd, name))
        return TRUE;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return FALSE;
    fchmodat(directory_fd, name, 0700, 0);
    DIR *directory = open_directory(directory_fd, name);
    if (directory == NULL)
        return FALSE;
    gboolean progress = FALSE;
    int cause = ENOTEMPTY;
    for (const gchar *inside; (inside = next_entry(directory)) != NULL;) {
        if (remove_entry(dirfd(directory), inside) ||
            lift(dirfd(directory), inside, directory_fd, number))
            progress = TRUE;
        else
            cause = errno;
    }
    closedir(directory);
    errno = cause;
    return progress;
}

static gboolean remove_entry(int directory_fd, const gchar *name)
{
    return unlinkat(directory_fd, name, 0) == 0 || unlinkat(directory_fd, name, AT_REMOVEDIR) == 0;
}

/* Moves the directory NAME into UP_FD under a name that is free there. */
static gboolean lift(int directory_fd, const gchar *name, int up_fd, guint *number)
{
    fchmodat(directory_fd, name, 0700, 0); /* its entry ".." is about to change */
    int moved;
    do {
        gchar free_name[32];
        g_snprintf(free_name, sizeof(free_name), "lifted.%u", (*number)++);
        moved = renameat2(directory_fd, name, up_fd, free_name, RENAME_NOREPLACE);
    } while (moved < 0 && errno == EEXIST);
    return moved == 0;
}

static DIR *open_directory(int directory_fd, const gchar *name)
{
    int fd = openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    if (directory == NULL)
        close_fd(&fd);
    return directory;
}

static const gchar *next_entry(DIR *directory)
{
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    return NULL;
}
