/* Where mail and files land: written under a temporary name, synced, and only then named by their
 * bytes. */
#include "spool-private.h"

#include "descriptor.h"
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct SpoolFile {
    const Spool *spool;
    SpoolArea area;
    gchar *path; /* in tmp/; NULL once it is committed */
    int fd;
    Sha256 *sum; /* of what spool_file_write was given */
    guint64 size;
    guint8 *block;      /* what was given and is not written yet */
    gsize waiting;      /* bytes in it */
    gboolean elsewhere; /* somebody writes by the descriptor: hash and size are read back */
    gboolean broken;    /* bytes of it are lost */
    gchar *sha256;      /* once it is finished */
};

static gboolean copy_bytes(int from, SpoolFile *to, GError **error);
static gboolean flush(SpoolFile *file, GError **error);
static gboolean write_out(SpoolFile *file, const void *bytes, gsize length, GError **error);
static gboolean sync_and_close(SpoolFile *file, GError **error);
static gboolean give_name(SpoolFile *file, GHashTable *touched, GError **error);
static gboolean sync_directories(const Spool *spool, GHashTable *touched, GError **error);

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
        path = spool_tmp_name(spool);
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0) {
        spool_fail_at(error, SJ_ERROR_CREATE, "create", path);
        return NULL;
    }
    SpoolFile *file = file_new(spool, area, g_steal_pointer(&path), fd);
    file->sum = sha256_new();
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
        path = spool_tmp_name(spool);
        moved = renameat2(directory_fd, name, AT_FDCWD, path, RENAME_NOREPLACE);
    } while (moved < 0 && errno == EEXIST);
    if (moved < 0) {
        spool_fail_at(error, SJ_ERROR_IO, "move a file to", path);
        return NULL;
    }
    file->path = g_steal_pointer(&path);
    struct stat open_one, named;
    if (fstat(fd, &open_one) < 0 || lstat(file->path, &named) < 0 ||
        (geteuid() == 0 && fchown(fd, 0, 0) < 0)) {
        spool_fail_at(error, SJ_ERROR_IO, "take over", file->path);
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
    sha256_update(file->sum, bytes, length);
    file->size += length;
    if (file->waiting + length > SPOOL_BLOCK && !flush(file, error))
        return FALSE;
    if (length >= SPOOL_BLOCK)
        return write_out(file, bytes, length, error);
    if (file->block == NULL)
        file->block = g_malloc(SPOOL_BLOCK);
    memcpy(file->block + file->waiting, bytes, length);
    file->waiting += length;
    return TRUE;
}

gboolean spool_file_finish(SpoolFile *file, GError **error)
{
    if (file->sha256 != NULL)
        return TRUE;
    if (file->broken)
        return sj_fail(error, SJ_ERROR_IO, "%s could not be written to its end", file->path);
    if (!flush(file, error))
        return FALSE;
    g_clear_pointer(&file->block, g_free);
    if (fchmod(file->fd, 0400) < 0)
        return spool_fail_at(error, SJ_ERROR_IO, "write", file->path);
    file->sha256 = file->elsewhere ? spool_hash_file(file->fd, file->path, &file->size, error)
                                   : sha256_hex(file->sum);
    if (file->sha256 == NULL)
        return FALSE;
    g_clear_pointer(&file->sum, sha256_free);
    /* Only a beginning: whether it went well is what fsync says. */
    if (file->area == SPOOL_MAIL)
        sync_file_range(file->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
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
    sha256_free(file->sum);
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

/* As many bytes as FROM has now: a file that grows while it is copied has an end too. */
static gboolean copy_bytes(int from, SpoolFile *to, GError **error)
{
    struct stat about;
    if (fstat(from, &about) < 0 || !S_ISREG(about.st_mode))
        return sj_fail(error, SJ_ERROR_IO, "what should be copied into %s is not a regular file",
                       to->spool->directory);
    g_autofree gchar *block = g_malloc(SPOOL_BLOCK);
    for (off_t offset = 0; offset < about.st_size;) {
        ssize_t got = pread(from, block, (gsize)MIN(SPOOL_BLOCK, about.st_size - offset), offset);
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
    if (write_all(file->fd, bytes, length))
        return TRUE;
    file->broken = TRUE;
    return spool_fail_at(error, SJ_ERROR_IO, "write", file->path);
}

/* Each checked: after it the bytes (of evidence) are there, or the caller knows. */
static gboolean sync_and_close(SpoolFile *file, GError **error)
{
    if (file->area == SPOOL_MAIL && fsync(file->fd) < 0)
        return spool_fail_at(error, SJ_ERROR_IO, "write", file->path);
    if (close(g_steal_fd(&file->fd)) < 0 && errno != EINTR)
        return spool_fail_at(error, SJ_ERROR_IO, "write", file->path);
    return TRUE;
}

/* TOUCHED collects the directories of evidence. */
static gboolean give_name(SpoolFile *file, GHashTable *touched, GError **error)
{
    g_autofree gchar *path = spool_path(file->spool, file->area, file->sha256);
    g_autofree gchar *directory = g_path_get_dirname(path);
    gboolean made, named = rename(file->path, path) == 0;
    if (!named && errno == ENOENT) {
        if (!spool_make_directory(directory, &made, error))
            return FALSE;
        named = rename(file->path, path) == 0;
    }
    if (!named)
        return spool_fail_at(error, SJ_ERROR_CREATE, "create", path);
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
        if (!spool_sync_directory(directory, error))
            return FALSE;
    g_autofree gchar *area = g_build_filename(spool->directory, SPOOL_AREAS[SPOOL_MAIL], NULL);
    return spool_sync_directory(area, error);
}
