/* Where mail and files land: written under a temporary name, synced, and only then named by their
 * bytes. */
#include "spool.h"

#include "descriptor.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 128 * 1024, SHA256_BYTES = 32 };
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
    gnutls_hash_hd_t hash; /* of what spool_file_write was given */
    guint64 size;
    guint8 *block;      /* what was given and is not written yet */
    gsize waiting;      /* bytes in it */
    gboolean elsewhere; /* somebody writes by the descriptor: hash and size are read back */
    gboolean finished;
    gchar *sha256; /* once it is finished */
};

static gchar *tmp_name(Spool *spool);
static gboolean make_directory(const gchar *path, gboolean *made, GError **error);
static gboolean sync_directory(const gchar *path, GError **error);
static gboolean remove_leftovers(Spool *spool, GError **error);
static gboolean is_sha256(const gchar *text);
static gchar *hash_file(int fd, const gchar *path, guint64 *size, GError **error);
static gboolean copy_bytes(int from, SpoolFile *to, GError **error);
static gnutls_hash_hd_t hash_new(void);
static gchar *hash_end(gnutls_hash_hd_t hash);
static gboolean flush(SpoolFile *file, GError **error);
static gboolean write_out(SpoolFile *file, const void *bytes, gsize length, GError **error);
static gboolean sync_and_close(SpoolFile *file, GError **error);
static gboolean give_name(SpoolFile *file, GHashTable *touched, GError **error);
static gboolean sync_directories(const Spool *spool, GHashTable *touched, GError **error);
static gboolean fail_at(GError **error, SjError code, const gchar *what, const gchar *path);

Spool *spool_open(const gchar *directory, GError **error)
{
    g_autofree gchar *absolute = g_canonicalize_filename(directory, NULL);
    static const gchar *const inside[] = {"", "mail", "parts", "tmp"};
    for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_autofree gchar *path = g_build_filename(absolute, inside[i], NULL);
        g_autofree gchar *parent = g_path_get_dirname(path);
        gboolean made;
        if (!make_directory(path, &made, error) || (made && !sync_directory(parent, error)))
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

static SpoolFile *file_new(const Spool *spool, SpoolArea area, gchar *path, int fd)
{
    SpoolFile *file = g_new0(SpoolFile, 1);
    *file = (SpoolFile){.spool = spool, .area = area, .path = path, .fd = fd};
    return file;
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
    SpoolFile *file = file_new(spool, area, g_steal_pointer(&path), fd);
    file->hash = hash_new();
    return file;
}

SpoolFile *spool_adopt(Spool *spool, SpoolArea area, int directory_fd, const gchar *name, int fd,
                       GError **error)
{
    g_autoptr(SpoolFile) file = file_new(spool, area, NULL, fd);
    file->elsewhere = TRUE;
    g_autofree gchar *path = NULL;
    int moved;
    do {
        g_free(path);
        path = tmp_name(spool);
        moved = renameat2(directory_fd, name, AT_FDCWD, path, RENAME_NOREPLACE);
    } while (moved < 0 && errno == EEXIST);
    if (moved < 0) {
        fail_at(error, SJ_ERROR_IO, "move a file to", path);
        return NULL;
    }
    file->path = g_steal_pointer(&path);
    struct stat open_one, named;
    if (fstat(fd, &open_one) < 0 || lstat(file->path, &named) < 0 ||
        (geteuid() == 0 && fchown(fd, 0, 0) < 0)) {
        fail_at(error, SJ_ERROR_IO, "take over", file->path);
        return NULL;
    }
    if (open_one.st_dev != named.st_dev || open_one.st_ino != named.st_ino ||
        !S_ISREG(named.st_mode) || named.st_nlink != 1) {
        sj_fail(error, SJ_ERROR_DATA, "the file %s is not a regular file with one link", name);
        return NULL;
    }
    return g_steal_pointer(&file);
}

int spool_file_fd(SpoolFile *file)
{
    file->elsewhere = TRUE;
    return file->fd;
}

gboolean spool_file_write(SpoolFile *file, const void *bytes, gsize length, GError **error)
{
    if (gnutls_hash(file->hash, bytes, length) != 0)
        return sj_fail(error, SJ_ERROR_IO, "cannot hash %s", file->path);
    file->size += length;
    if (file->waiting + length > BLOCK && !flush(file, error))
        return FALSE;
    if (length >= BLOCK)
        return write_out(file, bytes, length, error);
    if (file->block == NULL)
        file->block = g_malloc(BLOCK);
    memcpy(file->block + file->waiting, bytes, length);
    file->waiting += length;
    return TRUE;
}

gboolean spool_file_finish(SpoolFile *file, GError **error)
{
    if (file->finished)
        return TRUE;
    if (!flush(file, error))
        return FALSE;
    g_clear_pointer(&file->block, g_free);
    file->sha256 = file->elsewhere ? hash_file(file->fd, file->path, &file->size, error)
                                   : hash_end(g_steal_pointer(&file->hash));
    if (file->sha256 == NULL)
        return FALSE;
    if (fchmod(file->fd, 0400) < 0)
        return fail_at(error, SJ_ERROR_IO, "write", file->path);
    /* Only a beginning: whether it went well is what fsync says. */
    if (file->area == SPOOL_MAIL)
        sync_file_range(file->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    file->finished = TRUE;
    return TRUE;
}

/* fsync of each file, and not one syncfs: that would also wait for all that others write on this
 * disk, first of all for the parts of mails that are read meanwhile. Since all files are on their
 * way to the disk by then (spool_file_finish), and the first fsync of a directory takes the journal
 * with the others along, it costs no more. */
gboolean spool_commit(SpoolFile *const *files, gsize count, GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!spool_file_finish(files[i], error))
            return FALSE;
    for (gsize i = 0; i < count; i++)
        if (!sync_and_close(files[i], error))
            return FALSE;
    g_autoptr(GHashTable) touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < count; i++)
        if (!give_name(files[i], touched, error))
            return FALSE;
    return g_hash_table_size(touched) == 0 || sync_directories(files[0]->spool, touched, error);
}

const gchar *spool_file_sha256(const SpoolFile *file)
{
    return file->sha256;
}

guint64 spool_file_size(const SpoolFile *file)
{
    return file->size;
}

void spool_file_free(SpoolFile *file)
{
    if (file == NULL)
        return;
    close_fd(&file->fd);
    if (file->path != NULL)
        unlink(file->path);
    if (file->hash != NULL)
        gnutls_hash_deinit(file->hash, NULL);
    g_free(file->path);
    g_free(file->block);
    g_free(file->sha256);
    g_free(file);
}

gboolean spool_copy(Spool *spool, SpoolArea area, int fd, gchar **sha256, guint64 *size,
                    GError **error)
{
    g_autoptr(SpoolFile) file = spool_create(spool, area, error);
    if (file == NULL || !copy_bytes(fd, file, error) || !spool_commit(&file, 1, error))
        return FALSE;
    *sha256 = g_strdup(file->sha256);
    *size = file->size;
    return TRUE;
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

/* A new name in tmp/: PID.NUMBER, so that a later process knows whether its maker lives. */
static gchar *tmp_name(Spool *spool)
{
    gint number = g_atomic_int_add(&spool->counter, 1);
    return g_strdup_printf("%s/tmp/%ld.%u", spool->directory, (long)getpid(), (guint)number);
}

static gboolean make_directory(const gchar *path, gboolean *made, GError **error)
{
    *made = mkdir(path, 0700) == 0;
    struct stat about;
    if (*made || (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
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

static gboolean is_sha256(const gchar *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static gchar *hash_file(int fd, const gchar *path, guint64 *size, GError **error)
{
    gnutls_hash_hd_t hash = hash_new();
    g_autofree guchar *block = g_malloc(BLOCK);
    off_t offset = 0;
    for (ssize_t got; (got = pread(fd, block, BLOCK, offset)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || gnutls_hash(hash, block, (gsize)got) != 0) {
            fail_at(error, SJ_ERROR_IO, "read back", path);
            gnutls_hash_deinit(hash, NULL);
            return NULL;
        }
        offset += got;
    }
    *size = (guint64)offset;
    return hash_end(hash);
}

/* GnuTLS and not GLib: with the processor's instructions for it, it takes a fifth of the time. */
static gnutls_hash_hd_t hash_new(void)
{
    gnutls_hash_hd_t hash;
    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
        g_error("out of memory");
    return hash;
}

static gchar *hash_end(gnutls_hash_hd_t hash)
{
    guint8 digest[SHA256_BYTES];
    gnutls_hash_deinit(hash, digest);
    gchar *hex = g_malloc(2 * SHA256_BYTES + 1);
    for (gsize i = 0; i < SHA256_BYTES; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return hex;
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
        if (!spool_file_write(to, block, (gsize)got, error))
            return FALSE;
        offset += got;
    }
    return TRUE;
}

static gboolean flush(SpoolFile *file, GError **error)
{
    gsize waiting = file->waiting;
    file->waiting = 0;
    return write_out(file, file->block, waiting, error);
}

static gboolean write_out(SpoolFile *file, const void *bytes, gsize length, GError **error)
{
    return write_all(file->fd, bytes, length) ? TRUE
                                              : fail_at(error, SJ_ERROR_IO, "write", file->path);
}

/* Each checked: after it the bytes (of evidence) are there, or the caller knows. */
static gboolean sync_and_close(SpoolFile *file, GError **error)
{
    if (file->area == SPOOL_MAIL && fsync(file->fd) < 0)
        return fail_at(error, SJ_ERROR_IO, "write", file->path);
    if (close(g_steal_fd(&file->fd)) < 0 && errno != EINTR)
        return fail_at(error, SJ_ERROR_IO, "write", file->path);
    return TRUE;
}

/* TOUCHED collects the directories of evidence. */
static gboolean give_name(SpoolFile *file, GHashTable *touched, GError **error)
{
    g_autofree gchar *path = spool_path(file->spool, file->area, file->sha256);
    g_autofree gchar *directory = g_path_get_dirname(path);
    gboolean made, named = rename(file->path, path) == 0;
    if (!named && errno == ENOENT) {
        if (!make_directory(directory, &made, error))
            return FALSE;
        named = rename(file->path, path) == 0;
    }
    if (!named)
        return fail_at(error, SJ_ERROR_CREATE, "create", path);
    g_clear_pointer(&file->path, g_free);
    if (file->area == SPOOL_MAIL)
        g_hash_table_add(touched, g_steal_pointer(&directory));
    return TRUE;
}

/* The area too, each time: whoever made a directory in it may have died before its sync. */
static gboolean sync_directories(const Spool *spool, GHashTable *touched, GError **error)
{
    GHashTableIter each;
    gpointer directory;
    for (g_hash_table_iter_init(&each, touched); g_hash_table_iter_next(&each, &directory, NULL);)
        if (!sync_directory(directory, error))
            return FALSE;
    g_autofree gchar *area = g_build_filename(spool->directory, AREAS[SPOOL_MAIL], NULL);
    return sync_directory(area, error);
}

/* "cannot WHAT PATH: why", with what to do where it is known. */
static gboolean fail_at(GError **error, SjError code, const gchar *what, const gchar *path)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return sj_fail(error, SJ_ERROR_IO, "cannot %s %s: %s; free some space and run it again",
                       what, path, g_strerror(errno));
    return sj_fail_errno(error, code, "cannot %s %s", what, path);
}
