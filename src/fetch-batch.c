/* A batch of stage 1: temporary files → sync → names → sync of the directories → one transaction
 * that names them all. */
#include "fetch-batch.h"

#include "error.h"
#include "store-mail.h"

/* Servers and RFC 2683 (3.2.1.5) want lines of about 1000 characters: 45 ranges of UIDs of ten
 * digits. */
#define RANGES_LIMIT 45
/* Each holds a descriptor until the batch is kept. */
#define MESSAGES_LIMIT 250
/* Larger batches wait less for the disk (1,000 mails of 260 KB on a busy one: 20 s one by one, 8 s
 * with 2 MiB, 4.5 s with 8, 3 s with 32), and later for whoever reads the first of them meanwhile.
 */
#define BYTES_LIMIT (16 * 1024 * 1024)

typedef struct {
    Spool *spool;
    Wanted *wanted;
    SpoolFile **files; /* by wanted: what arrived; NULL: nothing that can be believed */
    gboolean *came;    /* by wanted */
    guint length;
    SpoolFile *coming; /* the body that is not known to be anyone's yet */
} Batch;

static void batch_clear(Batch *batch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Batch, batch_clear)

static gboolean write_body(gpointer data, const void *bytes, gsize length, GError **error);
static gboolean keep_body(gpointer data, guint32 uid, GError **error);
static void drop_body(gpointer data);
static gboolean keep(Batch *batch, Store *store, GError **error);
static gboolean keep_mail(Store *store, const Wanted *wanted, const SpoolFile *file,
                          GError **error);

guint batch_length(const Wanted *wanted, guint length)
{
    guint64 bytes = 0;
    guint count = 0, ranges = 0;
    for (; count < MIN(length, MESSAGES_LIMIT); count++) {
        const ImapMessage *message = &wanted[count].message;
        bytes += message->size;
        ranges += count == 0 || message->uid != wanted[count - 1].message.uid + 1;
        if (count > 0 && (bytes > BYTES_LIMIT || ranges > RANGES_LIMIT))
            break;
    }
    return count;
}

gchar *batch_breaks_name(const Wanted *wanted)
{
    return g_strdup_printf("fetch_broke %u %u %s", wanted->uidvalidity, wanted->message.uid,
                           wanted->folder);
}

gboolean batch_take(Imap *imap, Store *store, Spool *spool, Wanted *wanted, guint length,
                    GError **error)
{
    g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(ImapMessage));
    guint64 bytes = 0;
    for (guint i = 0; i < length; i++) {
        g_array_append_val(messages, wanted[i].message);
        bytes += wanted[i].message.size;
    }
    if (!spool_check_space(spool, bytes, error))
        return FALSE;
    g_auto(Batch) batch = {.spool = spool, .wanted = wanted, .length = length};
    batch.files = g_new0(SpoolFile *, length);
    batch.came = g_new0(gboolean, length);
    const ImapSink sink = {&batch, write_body, keep_body, drop_body};
    g_autoptr(GError) why = NULL;
    gboolean answered = imap_fetch(imap, messages, &sink, &why);
    drop_body(&batch); /* half of a message; it may be what fills the disk */
    if (!keep(&batch, store, error))
        return FALSE;
    if (!answered)
        g_propagate_error(error, g_steal_pointer(&why));
    return answered;
}

static void batch_clear(Batch *batch)
{
    for (guint i = 0; i < batch->length; i++)
        spool_file_free(batch->files[i]);
    spool_file_free(batch->coming);
    g_free(batch->files);
    g_free(batch->came);
}

static gboolean write_body(gpointer data, const void *bytes, gsize length, GError **error)
{
    Batch *batch = data;
    if (batch->coming == NULL)
        batch->coming = spool_create(batch->spool, SPOOL_MAIL, error);
    return batch->coming != NULL && spool_file_write(batch->coming, bytes, length, error);
}

static gboolean keep_body(gpointer data, guint32 uid, GError **error)
{
    Batch *batch = data;
    if (!write_body(batch, "", 0, error) || !spool_file_finish(batch->coming, error))
        return FALSE;
    for (guint i = 0; i < batch->length; i++) {
        if (batch->wanted[i].message.uid != uid)
            continue;
        if (!batch->came[i])
            batch->files[i] = g_steal_pointer(&batch->coming);
        else
            g_clear_pointer(&batch->files[i], spool_file_free);
        batch->came[i] = TRUE;
    }
    drop_body(batch);
    return TRUE;
}

static void drop_body(gpointer data)
{
    Batch *batch = data;
    g_clear_pointer(&batch->coming, spool_file_free);
}

static gboolean keep(Batch *batch, Store *store, GError **error)
{
    g_autoptr(GPtrArray) arrived = g_ptr_array_new();
    for (guint i = 0; i < batch->length; i++)
        if (batch->files[i] != NULL)
            g_ptr_array_add(arrived, batch->files[i]);
    if (arrived->len == 0)
        return TRUE;
    if (!spool_commit((SpoolFile **)arrived->pdata, arrived->len, error) ||
        !store_begin(store, error))
        return FALSE;
    gboolean kept = TRUE;
    for (guint i = 0; kept && i < batch->length; i++)
        kept =
            batch->files[i] == NULL || keep_mail(store, &batch->wanted[i], batch->files[i], error);
    if (!kept || !store_commit(store, "fetch", error)) {
        store_rollback(store);
        return FALSE;
    }
    for (guint i = 0; i < batch->length; i++)
        batch->wanted[i].taken = batch->files[i] != NULL;
    return TRUE;
}

static gboolean keep_mail(Store *store, const Wanted *wanted, const SpoolFile *file, GError **error)
{
    const ImapMessage *message = &wanted->message;
    gint64 size = (gint64)spool_file_size(file);
    g_autofree gchar *breaks = batch_breaks_name(wanted);
    gint64 mail = store_mail_add(store, spool_file_sha256(file), size, message->received_at,
                                 "internaldate", TRUE, error);
    return mail != 0 &&
           store_place_add(store, wanted->folder, wanted->uidvalidity, message->uid,
                           message->received_at, size, mail, error) &&
           (wanted->breaks == 0 || store_remember(store, breaks, 0, error));
}
