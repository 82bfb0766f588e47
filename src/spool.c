/* Where mail and files land: written under a temporary name, synced, and only then named by their
 * bytes. */
#include "spool.h"

#include "descriptor.h"
#include "error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 128 * 1024 };
static const guint64 RESERVE = 1024 * 1024;
static const gchar *const AREAS[] = {[SPOOL_MAIL] = "mail", [SPOOL_PARTS] = "parts"};

struct Spool {
    gchar *directory;
    int lock; /* -1: not held */
    gint counter;
};

struct SpoolFile {
    const Spool *spool;
    SpoolArea area;
    gchar *path; /* in tmp/; NULL once it is committed */
    int fd;
};

static gchar *tmp_name(Spool *spool);
static gboolean make_directory(const gchar *path, GError **error);
static gboolean sync_directory(const gchar *path, GError **error);
static gboolean remove_leftovers(Spool *spool, GError **error);
static gboolean remove_once(int directory_fd, const gchar *name, guint *number);
static gboolean remove_entry(int directory_fd, const gchar *name);
static gboolean lift(int directory_fd, const gchar *name, int up_fd, guint *number);
static DIR *open_directory(int directory_fd, const gchar *name);
static const gchar *next_entry(DIR *directory);
static gboolean is_sha256(const gchar *text);
static gchar *hash_file(int fd, const gchar *path, guint64 *size, GError **error);
static gboolean copy_bytes(int from, SpoolFile *to, GError **error);
static gboolean finish_file(SpoolFile *file, GError **error);
static gboolean fail_at(GError **error, SjError code, const gchar *what, const gchar *path);

Spool *spool_open(const gchar *directory, GError **error)
{
    g_autofree gchar *absolute = g_canonicalize_filename(directory, NULL);
    static const gchar *const inside[] = {"", "mail", "parts", "tmp"};
    for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_autofree gchar *path = g_build_filename(absolute, inside[i], NULL);
        if (!make_directory(path, error))
            return NULL;
    }
    Spool *spool = g_new0(Spool, 1);
    spool->directory = g_steal_pointer(&absolute);
    spool->lock = -1;
    return spool;
}

void spool_free(Spool *spool)
{
    if (spool == NULL)
        return;
    close_fd(&spool->lock);
    g_free(spool->directory);
    g_free(spool);
}

gboolean spool_lock(Spool *spool, GError **error)
{
    g_autofree gchar *path = g_build_filename(spool->directory, "lock", NULL);
    auto_fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_at(error, SJ_ERROR_CREATE, "open", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            return sj_fail(error, SJ_ERROR_LATER,
                           "another shoujian is working on %s: try again when it is done",
                           spool->directory);
        return fail_at(error, SJ_ERROR_IO, "lock", path);
    }
    if (!remove_leftovers(spool, error))
        return FALSE;
    close_fd(&spool->lock);
    spool->lock = g_steal_fd(&fd);
    return TRUE;
}

gboolean spool_check_space(const Spool *spool, guint64 bytes, GError **error)
{
    struct statvfs about;
    if (statvfs(spool->directory, &about) < 0)
        return fail_at(error, SJ_ERROR_IO, "look at", spool->directory);
    if (about.f_blocks == 0) /* a file system without a size, such as an unlimited tmpfs */
        return TRUE;
    guint64 available = (guint64)about.f_bavail * about.f_frsize;
    guint64 needed = bytes > G_MAXUINT64 - RESERVE ? G_MAXUINT64 : bytes + RESERVE;
    if (available >= needed)
        return TRUE;
    return sj_fail(error, SJ_ERROR_IO,
                   "%s has %" G_GUINT64_FORMAT " KiB left and needs %" G_GUINT64_FORMAT
                   " KiB: free some space and run it again",
                   spool->directory, available / 1024, needed / 1024);
}

gchar *spool_path(const Spool *spool, SpoolArea area, const gchar *sha256)
{
    return g_strdup_printf("%s/%s/%.2s/%s", spool->directory, AREAS[area], sha256, sha256);
}

gboolean spool_intact(const Spool *spool, SpoolArea area, const gchar *sha256)
{
    auto_fd fd = spool_read(spool, area, sha256, NULL);
    if (fd < 0)
        return FALSE;
    guint64 size;
    g_autofree gchar *found = hash_file(fd, sha256, &size, NULL);
    return g_strcmp0(found, sha256) == 0;
}

int spool_read(const Spool *spool, SpoolArea area, const gchar *sha256, GError **error)
{
    if (!is_sha256(sha256)) {
        sj_fail(error, SJ_ERROR_DATA, "“%.80s” is not a SHA-256", sha256);
        return -1;
    }
    g_autofree gchar *path = spool_path(spool, area, sha256);
    auto_fd fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        fail_at(error, errno == ENOENT || errno == ELOOP ? SJ_ERROR_DATA : SJ_ERROR_IO, "read",
                path);
        return -1;
    }
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)) {
        sj_fail(error, SJ_ERROR_DATA, "%s is not a regular file", path);
        return -1;
    }
    return g_steal_fd(&fd);
}

SpoolFile *spool_create(Spool *spool, SpoolArea area, GError **error)
{
    g_autofree gchar *path = NULL;
    int fd;
    do {
        g_free(path);
        path = tmp_name(spool);
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0) {
        fail_at(error, SJ_ERROR_CREATE, "create", path);
        return NULL;
    }
    SpoolFile *file = g_new0(SpoolFile, 1);
    *file = (SpoolFile){.spool = spool, .area = area, .path = g_steal_pointer(&path), .fd = fd};
    return file;
}

int spool_file_fd(const SpoolFile *file)
{
    return file->fd;
}

gboolean spool_file_commit(SpoolFile *file, gchar **sha256, guint64 *size, GError **error)
{
    gboolean evidence = file->area == SPOOL_MAIL;
    guint64 length = 0;
    g_autofree gchar *hash = hash_file(file->fd, file->path, &length, error);
    if (hash == NULL || !finish_file(file, error))
        return FALSE;

    g_autofree gchar *path = spool_path(file->spool, file->area, hash);
    g_autofree gchar *directory = g_path_get_dirname(path);
    g_autofree gchar *area = g_path_get_dirname(directory);
    if (!make_directory(directory, error))
        return FALSE;
    if (rename(file->path, path) < 0)
        return fail_at(error, SJ_ERROR_CREATE, "create", path);
    g_clear_pointer(&file->path, g_free);
    /* The area too, each time: whoever made `directory` may have died before its sync. */
    if (evidence && (!sync_directory(directory, error) || !sync_directory(area, error)))
        return FALSE;
    *sha256 = g_steal_pointer(&hash);
    *size = length;
    return TRUE;
}

void spool_file_free(SpoolFile *file)
{
    if (file == NULL)
        return;
    close_fd(&file->fd);
    if (file->path != NULL)
        unlink(file->path);
    g_free(file->path);
    g_free(file);
}

gboolean spool_copy(Spool *spool, SpoolArea area, int fd, gchar **sha256, guint64 *size,
                    GError **error)
{
    g_autoptr(SpoolFile) file = spool_create(spool, area, error);
    return file != NULL && copy_bytes(fd, file, error) &&
           spool_file_commit(file, sha256, size, error);
}

gchar *spool_workdir(Spool *spool, GError **error)
{
    g_autofree gchar *path = NULL;
    int made;
    do {
        g_free(path);
        path = tmp_name(spool);
        made = mkdir(path, 0700);
    } while (made < 0 && errno == EEXIST);
    if (made < 0) {
        fail_at(error, SJ_ERROR_CREATE, "make the directory", path);
        return NULL;
    }
    return g_steal_pointer(&path);
}

void spool_workdir_remove(const gchar *path)
{
    auto_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        spool_empty_directory(fd);
    rmdir(path);
}

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

/* A new name in tmp/: PID.NUMBER, so that a later process knows whether its maker lives. */
static gchar *tmp_name(Spool *spool)
{
    gint number = g_atomic_int_add(&spool->counter, 1);
    return g_strdup_printf("%s/tmp/%ld.%u", spool->directory, (long)getpid(), (guint)number);
}

static gboolean make_directory(const gchar *path, GError **error)
{
    if (mkdir(path, 0700) == 0) {
        g_autofree gchar *parent = g_path_get_dirname(path);
        return sync_directory(parent, error);
    }
    struct stat about;
    if (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return TRUE;
    return fail_at(error, SJ_ERROR_CREATE, "make the directory", path);
}

static gboolean sync_directory(const gchar *path, GError **error)
{
    auto_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return fail_at(error, SJ_ERROR_IO, "sync the directory", path);
    return TRUE;
}

static gboolean remove_leftovers(Spool *spool, GError **error)
{
    g_autofree gchar *path = g_build_filename(spool->directory, "tmp", NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, error);
    if (directory == NULL)
        return FALSE;
    for (const gchar *name; (name = g_dir_read_name(directory)) != NULL;) {
        gint64 pid = g_ascii_strtoll(name, NULL, 10);
        /* Our own number before our own first file: its maker had the number before us, as in a
         * container. */
        gboolean ours = pid == getpid() && g_atomic_int_get(&spool->counter) > 0;
        gboolean alive = pid > 0 && pid <= G_MAXINT32 && pid != getpid() &&
                         (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
        if (ours || alive)
            continue;
        g_autofree gchar *leftover = g_build_filename(path, name, NULL);
        if (unlink(leftover) < 0)
            spool_workdir_remove(leftover);
    }
    return TRUE;
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

static gboolean is_sha256(const gchar *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static gchar *hash_file(int fd, const gchar *path, guint64 *size, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *block = g_malloc(BLOCK);
    off_t offset = 0;
    for (ssize_t got; (got = pread(fd, block, BLOCK, offset)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            fail_at(error, SJ_ERROR_IO, "read back", path);
            return NULL;
        }
        g_checksum_update(checksum, block, got);
        offset += got;
    }
    *size = (guint64)offset;
    return g_strdup(g_checksum_get_string(checksum));
}

/* As many bytes as FROM has now: a file that grows while it is copied has an end too. */
static gboolean copy_bytes(int from, SpoolFile *to, GError **error)
{
    struct stat about;
    if (fstat(from, &about) < 0 || !S_ISREG(about.st_mode))
        return sj_fail(error, SJ_ERROR_IO, "what should be copied into %s is not a regular file",
                       to->spool->directory);
    g_autofree gchar *block = g_malloc(BLOCK);
    for (off_t offset = 0; offset < about.st_size;) {
        ssize_t got = pread(from, block, (gsize)MIN(BLOCK, about.st_size - offset), offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sj_fail_errno(error, SJ_ERROR_IO, "cannot read what should be copied into %s",
                                 to->spool->directory);
        if (got == 0)
            break;
        if (!write_all(to->fd, block, (gsize)got))
            return fail_at(error, SJ_ERROR_IO, "write", to->path);
        offset += got;
    }
    return TRUE;
}

/* Mode, fsync (of evidence) and close, each checked: after it the bytes are there, or the caller
 * knows. */
static gboolean finish_file(SpoolFile *file, GError **error)
{
    if (fchmod(file->fd, 0400) < 0 || (file->area == SPOOL_MAIL && fsync(file->fd) < 0))
        return fail_at(error, SJ_ERROR_IO, "write", file->path);
    if (close(g_steal_fd(&file->fd)) < 0 && errno != EINTR)
        return fail_at(error, SJ_ERROR_IO, "write", file->path);
    return TRUE;
}

/* "cannot WHAT PATH: why", with what to do where it is known. */
static gboolean fail_at(GError **error, SjError code, const gchar *what, const gchar *path)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return sj_fail(error, SJ_ERROR_IO, "cannot %s %s: %s; free some space and run it again",
                       what, path, g_strerror(errno));
    return sj_fail_errno(error, code, "cannot %s %s", what, path);
}
