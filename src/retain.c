/* Housekeeping: the bytes of mail that is no submission. */
#include "retain.h"

#include "error.h"
#include "store-mail.h"
#include "unix-time.h"

#include <errno.h>
#include <unistd.h>

static gboolean drop_mail(Store *store, Spool *spool, const Mail *mail, GError **error);

gboolean retain_drop(const Config *config, Store *store, Spool *spool, GError **error)
{
    gint64 before = unix_time_now() - DAY * (gint64)config->retain_unrelated_days;
    g_autoptr(GPtrArray) mails = store_mails_to_drop(store, before, error);
    if (mails == NULL)
        return FALSE;
    for (guint i = 0; i < mails->len; i++)
        if (!drop_mail(store, spool, mails->pdata[i], error)) {
            store_rollback(store);
            return FALSE;
        }
    return TRUE;
}

static gboolean remove_file(Spool *spool, SpoolArea area, const gchar *sha256, GError **error)
{
    g_autofree gchar *path = spool_path(spool, area, sha256);
    return unlink(path) == 0 || errno == ENOENT ||
           sj_fail_errno(error, SJ_ERROR_IO, "cannot remove %s", path);
}

/* The bytes first: after a death between the two, the row still asks for it. */
static gboolean drop_mail(Store *store, Spool *spool, const Mail *mail, GError **error)
{
    g_autoptr(GPtrArray) files = NULL; /* of this mail alone */
    if (!store_begin(store, error) || !store_mail_drop(store, mail->id, &files, error))
        return FALSE;
    for (guint i = 0; i < files->len; i++)
        if (!remove_file(spool, SPOOL_PARTS, files->pdata[i], error))
            return FALSE;
    return remove_file(spool, SPOOL_MAIL, mail->sha256, error) &&
           store_commit(store, "retain", error);
}
