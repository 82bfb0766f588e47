/* Stage 1 from files: .eml files, an mbox or a Maildir → messages in the spool and mails in the
 * store. What a message says is read by the filter `mime` alone, as everywhere. */
#include "import.h"

#include "descriptor.h"
#include "error.h"
#include "mbox.h"
#include "people.h"
#include "store-mail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LAST_SECOND 253402300799 /* of the year 9999 */

typedef struct {
    const Config *config;
    Store *store;
    Spool *spool;
    FilterPool *pool;
    gint64 received_at; /* STORE_NULL: each message says it */
    gboolean answer;
    int *status;
} Import;

static gboolean import_maildir(const Import *import, const gchar *path, GError **error);
static gboolean import_mbox(const Import *import, const gchar *path, int fd, GError **error);
static gboolean import_file(const Import *import, const gchar *path, int fd, guint64 size,
                            GError **error);
static gboolean import_message(const Import *import, const gchar *what, const gchar *sha256,
                               guint64 size, GError **error);
static gboolean top_received(const Import *import, const gchar *sha256, gint64 *at, GError **error);
static gboolean pass_over(const Import *import, const gchar *what, const gchar *sha256,
                          const GError *why, GError **error);
static void complain(const Import *import, const gchar *what, const gchar *why, SjError code);

gboolean import_path(const Config *config, Store *store, Spool *spool, FilterPool *pool,
                     const gchar *path, gint64 received_at, gboolean answer, int *status,
                     GError **error)
{
    Import import = {config, store, spool, pool, received_at, answer, status};
    auto_fd fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0)
        return sj_fail_errno(error, SJ_ERROR_DATA, "cannot read %s", path);
    if (S_ISDIR(about.st_mode))
        return import_maildir(&import, path, error);
    if (!S_ISREG(about.st_mode))
        return sj_fail(error, SJ_ERROR_DATA, "%s is neither a file nor a Maildir", path);
    if (mbox_is(fd))
        return import_mbox(&import, path, g_steal_fd(&fd), error);
    return import_file(&import, path, fd, (guint64)about.st_size, error);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const gchar *const *)a, *(const gchar *const *)b);
}

/* The paths of the files in PATH by name, without hidden ones; *names is NULL when there is no
 * PATH. */
static gboolean list_files(const gchar *path, GPtrArray **names, GError **error)
{
    *names = NULL;
    g_autoptr(GError) why = NULL;
    g_autoptr(GDir) directory = g_dir_open(path, 0, &why);
    if (directory == NULL)
        return g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
               sj_fail(error, SJ_ERROR_DATA, "%s", why->message);
    *names = g_ptr_array_new_with_free_func(g_free);
    for (const gchar *name; (name = g_dir_read_name(directory)) != NULL;)
        if (*name != '.')
            g_ptr_array_add(*names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(*names, by_name);
    return TRUE;
}

static gboolean import_member(const Import *import, const gchar *path, GError **error)
{
    auto_fd fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) < 0) {
        complain(import, path, g_strerror(errno), SJ_ERROR_DATA);
        return TRUE;
    }
    if (S_ISREG(about.st_mode))
        return import_file(import, path, fd, (guint64)about.st_size, error);
    complain(import, path, "not a regular file", SJ_ERROR_DATA);
    return TRUE;
}

static gboolean import_maildir(const Import *import, const gchar *path, GError **error)
{
    static const gchar *const halves[] = {"cur", "new"};
    gboolean any = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(halves); i++) {
        g_autofree gchar *half = g_build_filename(path, halves[i], NULL);
        g_autoptr(GPtrArray) members = NULL;
        if (!list_files(half, &members, error))
            return FALSE;
        any = any || members != NULL;
        for (guint m = 0; members != NULL && m < members->len; m++)
            if (!import_member(import, members->pdata[m], error))
                return FALSE;
    }
    return any ||
           sj_fail(error, SJ_ERROR_DATA,
                   "%s is not a Maildir (it has neither cur nor new): name the files in it", path);
}

static gboolean import_mbox(const Import *import, const gchar *path, int fd, GError **error)
{
    g_autoptr(Mbox) mbox = mbox_new(fd); /* which closes it */
    for (guint number = 1;; number++) {
        if (!spool_check_space(import->spool, 0, error))
            return FALSE;
        g_autoptr(SpoolFile) file = spool_create(import->spool, SPOOL_MAIL, error);
        gboolean found;
        if (file == NULL)
            return FALSE;
        if (!mbox_next(mbox, spool_file_fd(file), &found, error)) {
            g_prefix_error(error, "%s, message %u: ", path, number);
            return FALSE;
        }
        if (!found)
            return TRUE;
        g_autofree gchar *what = g_strdup_printf("%s, message %u", path, number);
        if (!spool_commit(&file, 1, error) ||
            !import_message(import, what, spool_file_sha256(file), spool_file_size(file), error))
            return FALSE;
    }
}

static gboolean import_file(const Import *import, const gchar *path, int fd, guint64 size,
                            GError **error)
{
    g_autofree gchar *sha256 = NULL;
    return spool_check_space(import->spool, size, error) &&
           spool_copy(import->spool, SPOOL_MAIL, fd, &sha256, &size, error) &&
           import_message(import, path, sha256, size, error);
}

/* WHAT names it for people. */
static gboolean import_message(const Import *import, const gchar *what, const gchar *sha256,
                               guint64 size, GError **error)
{
    gint64 at = import->received_at;
    g_autoptr(GError) why = NULL;
    if (at == STORE_NULL && !top_received(import, sha256, &at, &why))
        return pass_over(import, what, sha256, why, error);
    const gchar *clock = import->received_at == STORE_NULL ? "received" : "said";
    if (store_begin(import->store, error) &&
        store_mail_add(import->store, sha256, (gint64)size, at, clock, import->answer, error) !=
            0 &&
        store_commit(import->store, "import", error))
        return TRUE;
    store_rollback(import->store);
    return FALSE;
}

/* The time in the uppermost Received line. SJ_ERROR_DATA when there is none that can be read. */
static gboolean top_received(const Import *import, const gchar *sha256, gint64 *at, GError **error)
{
    const FilterConfig *filter = config_filter(import->config, "mime");
    if (filter == NULL)
        return sj_fail(error, SJ_ERROR_CONFIG,
                       "the filter mime, which reads the time of receipt, is switched off: say "
                       "--received TIME");
    auto_fd fd = spool_read(import->spool, SPOOL_MAIL, sha256, error);
    g_autoptr(Reading) reading = fd >= 0 ? filter_pool_read(import->pool, filter, fd, error) : NULL;
    if (reading == NULL)
        return FALSE;
    const json_t *top = json_object_get(fact_value(reading->facts, "mail.received", 0), "top");
    gboolean sane = json_is_integer(top) && json_integer_value(top) >= 0 &&
                    json_integer_value(top) <= LAST_SECOND;
    if (!sane)
        return sj_fail(error, SJ_ERROR_DATA, "%s; say --received TIME",
                       reading->why != NULL ? reading->why : "no Received line with a time");
    *at = json_integer_value(top);
    return TRUE;
}

/* A message without a time of receipt, unless it is known already, is said. What cannot be done
 * just now, or not with these bytes, keeps no other from being taken. */
static gboolean pass_over(const Import *import, const gchar *what, const gchar *sha256,
                          const GError *why, GError **error)
{
    gboolean later = g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER);
    if (!later && !g_error_matches(why, SJ_ERROR, SJ_ERROR_DATA)) {
        g_propagate_error(error, g_error_copy(why));
        return FALSE;
    }
    gint64 id;
    if (!store_mail_find(import->store, sha256, &id, error))
        return FALSE;
    g_autofree gchar *said = g_strconcat(why->message, later ? "; import it again" : NULL, NULL);
    if (id == 0)
        complain(import, what, said, later ? SJ_ERROR_LATER : SJ_ERROR_DATA);
    return TRUE;
}

static void complain(const Import *import, const gchar *what, const gchar *why, SjError code)
{
    people_complain("%s: %s", what, why);
    *import->status = sj_worse_status(*import->status, (int)code);
}
