/* The spool's directories, their lock and what lies in them; files are written by spool-file.c. */
#include "spool-private.h"

#include "descriptor.h"
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const guint64 RESERVE = 1024 * 1024;

static gboolean remove_leftovers(Spool *spool, GError **error);
static gboolean is_sha256(const gchar *text);

Spool *spool_open(const gchar *directory, GError **error)
{
    g_autofree gchar *absolute = g_canonicalize_filename(directory, NULL);
    static const gchar *const inside[] = {"", "mail", "parts", "tmp"};
    for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_autofree gchar *path = g_build_filename(absolute, inside[i], NULL);
        g_autofree gchar *parent = g_path_get_dirname(path);
        gboolean made;
        if (!spool_make_directory(path, &made, error) ||
            (made && !spool_sync_directory(parent, error)))
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
        return spool_fail_at(error, SJ_ERROR_CREATE, "open", path);
    /* Not one of flock(2), which a filter that is being started would hold on to when we die; but
     * one that somebody took with flock(1) counts. */
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || flock(fd, LOCK_UN) < 0 ||
        fcntl(fd, F_SETLK, &whole) < 0) {
        if (errno == EWOULDBLOCK || errno == EACCES)
            return sj_fail(error, SJ_ERROR_LATER,
                           "another shoujian is working on %s: try again when it is done",
                           spool->directory);
        return spool_fail_at(error, SJ_ERROR_IO, "lock", path);
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
        return spool_fail_at(error, SJ_ERROR_IO, "look at", spool->directory);
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
    return g_strdup_printf("%s/%s/%.2s/%s", spool->directory, SPOOL_AREAS[area], sha256, sha256);
}

gboolean spool_intact(const Spool *spool, SpoolArea area, const gchar *sha256)
{
    auto_fd fd = spool_read(spool, area, sha256, NULL);
    if (fd < 0)
        return FALSE;
    guint64 size;
    g_autofree gchar *found = spool_hash_file(fd, sha256, &size, NULL);
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
        spool_fail_at(error, errno == ENOENT || errno == ELOOP ? SJ_ERROR_DATA : SJ_ERROR_IO,
                      "read", path);
        return -1;
    }
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)) {
        sj_fail(error, SJ_ERROR_DATA, "%s is not a regular file", path);
        return -1;
    }
    return g_steal_fd(&fd);
}

gchar *spool_workdir(Spool *spool, GError **error)
{
    g_autofree gchar *path = NULL;
    int made;
    do {
        g_free(path);
        path = spool_tmp_name(spool);
        made = mkdir(path, 0700);
    } while (made < 0 && errno == EEXIST);
    if (made < 0) {
        spool_fail_at(error, SJ_ERROR_CREATE, "make the directory", path);
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

gchar *spool_tmp_name(Spool *spool)
{
    gint number = g_atomic_int_add(&spool->counter, 1);
    return g_strdup_printf("%s/tmp/%ld.%u", spool->directory, (long)getpid(), (guint)number);
}

gboolean spool_make_directory(const gchar *path, gboolean *made, GError **error)
{
    *made = mkdir(path, 0700) == 0;
    struct stat about;
    if (*made || (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        return TRUE;
    return spool_fail_at(error, SJ_ERROR_CREATE, "make the directory", path);
}

gboolean spool_sync_directory(const gchar *path, GError **error)
{
    auto_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return spool_fail_at(error, SJ_ERROR_IO, "sync the directory", path);
    return TRUE;
}

gchar *spool_hash_file(int fd, const gchar *path, guint64 *size, GError **error)
{
    g_autoptr(Sha256) sum = sha256_new();
    g_autofree guchar *block = g_malloc(SPOOL_BLOCK);
    off_t offset = 0;
    for (ssize_t got; (got = pread(fd, block, SPOOL_BLOCK, offset)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            spool_fail_at(error, SJ_ERROR_IO, "read back", path);
            return NULL;
        }
        sha256_update(sum, block, (gsize)got);
        offset += got;
    }
    *size = (guint64)offset;
    return sha256_hex(sum);
}

gboolean spool_fail_at(GError **error, SjError code, const gchar *what, const gchar *path)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return sj_fail(error, SJ_ERROR_IO, "cannot %s %s: %s; free some space and run it again",
                       what, path, g_strerror(errno));
    return sj_fail_errno(error, sj_passing(errno, code), "cannot %s %s", what, path);
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

static gboolean is_sha256(const gchar *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}
