/* `shoujian files`: forms, scans and other files as the sender named them, copied out for staff. */
#include "command.h"
#include "descriptor.h"
#include "error.h"
#include "extract.h"
#include "filename.h"
#include "sha256.h"
#include "submission.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many files of one name there may be in a directory. */
#define SAME_NAME_LIMIT 1000

static gboolean copy_one(House *house, Extractor *extractor, const gchar *receipt,
                         const gchar *directory, GError **error);
static gboolean copy_all(House *house, Extractor *extractor, const gchar *directory,
                         GError **error);

int cmd_files(House *house, const Arguments *arguments, GError **error)
{
    gboolean all = arguments_option(arguments, "--all") != NULL;
    g_autoptr(Extractor) extractor =
        extractor_new(house->config, house->campaign, house->store, house->spool);
    if (arguments->words->len != (all ? 1 : 2))
        sj_fail(error, SJ_ERROR_USAGE, "say RECEIPT DIR, or --all DIR");
    else if (all)
        copy_all(house, extractor, arguments_word(arguments, 0), error);
    else
        copy_one(house, extractor, arguments_word(arguments, 0), arguments_word(arguments, 1),
                 error);
    return 0;
}

/* Made with its parents where it is missing; the open directory, -1 on error. */
static int open_directory(const gchar *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) != 0) {
        sj_fail_errno(error, SJ_ERROR_CREATE, "cannot make the directory %s", path);
        return -1;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        sj_fail_errno(error, SJ_ERROR_CREATE, "cannot open the directory %s", path);
    return fd;
}

static gboolean copy_files(House *house, Extractor *extractor, const GPtrArray *files,
                           int directory, GError **error);

static gboolean copy_one(House *house, Extractor *extractor, const gchar *receipt,
                         const gchar *path, GError **error)
{
    g_autoptr(Submission) submission = submission_living(house->store, receipt, error);
    g_autoptr(Dossier) dossier =
        submission != NULL ? dossier_load(house->store, submission->id, error) : NULL;
    auto_fd directory = dossier != NULL ? open_directory(path, error) : -1;
    return directory >= 0 && copy_files(house, extractor, dossier->files, directory, error);
}

static gboolean copy_into(House *house, Extractor *extractor, const Submission *submission,
                          int parent, GError **error);

static gboolean copy_all(House *house, Extractor *extractor, const gchar *path, GError **error)
{
    g_autoptr(GPtrArray) submissions = store_submissions(house->store, error);
    auto_fd parent = submissions != NULL ? open_directory(path, error) : -1;
    if (parent < 0)
        return FALSE;
    for (guint i = 0; i < submissions->len; i++)
        if (!copy_into(house, extractor, submissions->pdata[i], parent, error))
            return FALSE;
    return TRUE;
}

/* Into PARENT/RECEIPT_UNIT. */
static gboolean copy_into(House *house, Extractor *extractor, const Submission *submission,
                          int parent, GError **error)
{
    g_autoptr(Dossier) dossier = dossier_load(house->store, submission->id, error);
    g_autofree gchar *unit =
        dossier != NULL ? submission_unit(house->store, house->campaign, dossier->standing, error)
                        : NULL;
    if (unit == NULL)
        return FALSE;
    g_autofree gchar *both =
        g_strdup_printf("%s%s%s", submission->receipt, unit[0] != '\0' ? "_" : "", unit);
    g_strdelimit(both, "/\\", '_');
    g_autofree gchar *name = filename_clean(both, NULL);
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
        return sj_fail_errno(error, SJ_ERROR_CREATE, "cannot make the directory %s", name);
    auto_fd directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return sj_fail_errno(error, SJ_ERROR_CREATE, "cannot open the directory %s", name);
    return copy_files(house, extractor, dossier->files, directory, error);
}

static gboolean copy_file(int from, const gchar *sha256, const gchar *name, int directory,
                          GError **error);

/* Parts can be made again from the message, which is the evidence. */
static gboolean mend(House *house, Extractor *extractor, const Part *part, GError **error)
{
    if (spool_intact(house->spool, SPOOL_PARTS, part->sha256))
        return TRUE;
    return extract_again(extractor, part->mail, error);
}

static gboolean copy_files(House *house, Extractor *extractor, const GPtrArray *files,
                           int directory, GError **error)
{
    for (guint i = 0; i < files->len; i++) {
        const Part *part = files->pdata[i];
        if (strcmp(part->role, "container") == 0)
            continue;
        if (!mend(house, extractor, part, error))
            return FALSE;
        auto_fd from = spool_read(house->spool, SPOOL_PARTS, part->sha256, error);
        g_autofree gchar *name = filename_clean(part->name, part->type);
        if (from < 0 || !copy_file(from, part->sha256, name, directory, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean is_there(int from, int directory, const gchar *name);
static gboolean copy_bytes(int from, const gchar *sha256, int to, const gchar *name,
                           GError **error);

/* Under NAME, or with a number where another file has that name; one that is there already with
 * these very bytes stays, so that the command can be run every day. */
static gboolean copy_file(int from, const gchar *sha256, const gchar *name, int directory,
                          GError **error)
{
    for (guint n = 1; n <= SAME_NAME_LIMIT; n++) {
        g_autofree gchar *numbered = filename_numbered(name, n);
        auto_fd to =
            openat(directory, numbered, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (to < 0 && errno == EEXIST) {
            if (is_there(from, directory, numbered))
                return TRUE;
            continue;
        }
        if (to < 0)
            return sj_fail_errno(error, SJ_ERROR_CREATE, "cannot create %s", numbered);
        gboolean done = copy_bytes(from, sha256, to, numbered, error);
        if (close(g_steal_fd(&to)) != 0 && done)
            done = sj_fail_errno(error, SJ_ERROR_IO, "cannot write %s", numbered);
        if (!done)
            unlinkat(directory, numbered, 0);
        return done;
    }
    return sj_fail(error, SJ_ERROR_CREATE, "%s: there are too many files of that name", name);
}

/* Staff must get what was received, or nothing: the spool may have been damaged since. */
static gboolean copy_bytes(int from, const gchar *sha256, int to, const gchar *name, GError **error)
{
    g_autoptr(Sha256) sum = sha256_new();
    guint8 buffer[65536];
    ssize_t got;
    for (off_t at = 0; (got = pread(from, buffer, sizeof buffer, at)) > 0; at += got) {
        sha256_update(sum, buffer, (gsize)got);
        if (!write_all(to, buffer, (gsize)got))
            return sj_fail_errno(error, SJ_ERROR_IO, "cannot write %s", name);
    }
    if (got < 0)
        return sj_fail_errno(error, SJ_ERROR_IO, "cannot read %s in the spool", name);
    g_autofree gchar *found = sha256_hex(sum);
    return strcmp(found, sha256) == 0 ||
           sj_fail(error, SJ_ERROR_DATA,
                   "%s: the spool's file %s is damaged: restore it from a backup", name, sha256);
}

static gboolean same_bytes(int a, int b)
{
    guint8 left[65536], right[65536];
    ssize_t got;
    for (off_t at = 0; (got = pread(a, left, sizeof left, at)) > 0; at += got)
        if (pread(b, right, (gsize)got, at) != got || memcmp(left, right, (gsize)got) != 0)
            return FALSE;
    return got == 0;
}

static gboolean is_there(int from, int directory, const gchar *name)
{
    auto_fd there = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat mine, other;
    return there >= 0 && fstat(from, &mine) == 0 && fstat(there, &other) == 0 &&
           S_ISREG(other.st_mode) && mine.st_size == other.st_size && same_bytes(from, there);
}
