/* Stage 1: the mailbox → messages in the spool, and in the store what they are and where they were
 * seen. */
#include "fetch.h"

#include "error.h"
#include "imap.h"
#include "people.h"
#include "store-mail.h"
#include "unix-time.h"

#define REFUSALS_LIMIT 3    /* of LOGIN in a row; then it is no passing whim of the server */
#define BATCH          1000 /* places in one transaction */

static const gchar login_refused[] = "imap_login_refused";

typedef struct {
    const Campaign *campaign;
    Store *store;
    Spool *spool;
    Imap *imap;
    GArray *suspects; /* Wanted, those with breaks */
    int *status;
} Fetcher;

typedef struct {
    const gchar *name;
    guint32 uidvalidity, exists;
    FolderState before;
    GArray *list;   /* ImapMessage: all of them, or those above the highest UID known */
    gboolean whole; /* … all of them */
    gboolean left;  /* something unknown was left there */
} Folder;

/* A message that is not known yet. One whose FETCH ended the connection before may be to blame for
 * it: it is asked for when all others are taken, those with the fewest breaks first. */
typedef struct {
    const gchar *folder;
    guint32 uidvalidity;
    ImapMessage message;
    gint64 breaks;
} Wanted;

static void fetcher_clear(Fetcher *fetcher);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fetcher, fetcher_clear)
static void folder_clear(Folder *folder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

static Imap *log_in(const ServerConfig *server, Store *store, GError **error);
static gboolean visit(Fetcher *fetcher, const gchar *name, GError **error);
static gboolean list_messages(Fetcher *fetcher, Folder *folder, GError **error);
static gboolean take_unknown(Fetcher *fetcher, Folder *folder, GError **error);
static gboolean keep_places(Fetcher *fetcher, const Folder *folder, const GArray *early,
                            GError **error);
static gboolean keep_state(Fetcher *fetcher, const Folder *folder, GError **error);
static gboolean take_suspects(Fetcher *fetcher, GError **error);
static gboolean take(Fetcher *fetcher, const Wanted *wanted, gboolean *taken, GError **error);
static gboolean take_bytes(Fetcher *fetcher, const Wanted *wanted, gboolean *taken, GError **error);
static gboolean keep_mail(Fetcher *fetcher, const Wanted *wanted, const gchar *sha256, guint64 size,
                          GError **error);
static gboolean is_of_one_folder(const Fetcher *fetcher, const GError *why);
static void complain(Fetcher *fetcher, const gchar *folder, const GError *why);
static void complain_of_time(Fetcher *fetcher, const Wanted *wanted);

gboolean fetch_mails(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                     void (*arrived)(gpointer data), gpointer data, int *status, GError **error)
{
    (void)arrived, (void)data;
    g_auto(Fetcher)
        fetcher = {.campaign = campaign, .store = store, .spool = spool, .status = status};
    fetcher.suspects = g_array_new(FALSE, FALSE, sizeof(Wanted));
    fetcher.imap = log_in(&config->imap.server, store, error);
    if (fetcher.imap == NULL || !imap_list_folders(fetcher.imap, error))
        return FALSE;
    for (gchar **name = config->imap.folders; *name != NULL; name++)
        if (imap_has_folder(fetcher.imap, *name) && !visit(&fetcher, *name, error))
            return FALSE;
    return take_suspects(&fetcher, error);
}

static void fetcher_clear(Fetcher *fetcher)
{
    g_clear_pointer(&fetcher->imap, imap_close);
    g_array_unref(fetcher->suspects);
}

static void folder_clear(Folder *folder)
{
    g_clear_pointer(&folder->list, g_array_unref);
}

static Imap *log_in(const ServerConfig *server, Store *store, GError **error)
{
    gint64 refusals;
    if (!store_memory(store, login_refused, &refusals, error))
        return NULL;
    g_autoptr(GError) why = NULL;
    g_autoptr(Imap) imap = imap_open(server, &why);
    if (imap != NULL)
        return refusals == 0 || store_remember_alone(store, login_refused, 0, "fetch", error)
                   ? g_steal_pointer(&imap)
                   : NULL;
    if (!g_error_matches(why, SJ_ERROR, SJ_ERROR_REFUSED) || imap_is_unsafe_login(why)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return NULL;
    }
    if (refusals < REFUSALS_LIMIT &&
        !store_remember_alone(store, login_refused, ++refusals, "fetch", error))
        return NULL;
    gboolean again = refusals < REFUSALS_LIMIT;
    sj_fail(error, again ? SJ_ERROR_LATER : SJ_ERROR_NO_ACCESS,
            "%s (%s): check user and password of imap in shoujian.conf; the mailbox may have "
            "switched IMAP off or made its 授权码 void",
            why->message, again ? "tried again at the next poll" : "three times in a row or more");
    return NULL;
}

static gboolean visit(Fetcher *fetcher, const gchar *name, GError **error)
{
    g_auto(Folder) folder = {.name = name};
    g_autoptr(GError) why = NULL;
    if (imap_examine(fetcher->imap, name, &folder.uidvalidity, &folder.exists, &why) &&
        store_folder(fetcher->store, name, &folder.before, &why) &&
        list_messages(fetcher, &folder, &why) && take_unknown(fetcher, &folder, &why) &&
        keep_state(fetcher, &folder, &why))
        return TRUE;
    if (is_of_one_folder(fetcher, why)) {
        complain(fetcher, name, why);
        return TRUE;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&why), "folder %s: ", name);
    return FALSE;
}

static gboolean is_fresh(const Folder *folder)
{
    gint64 age = unix_time_now() - folder->before.compared_at;
    return folder->before.uidvalidity == folder->uidvalidity && ABS(age) < DAY;
}

/* What is above the highest UID known, when the folder's count says that this is all there is to
 * know. Else everything: a provider that showed 30 days and now shows all reveals lower UIDs. */
static gboolean list_messages(Fetcher *fetcher, Folder *folder, GError **error)
{
    if (is_fresh(folder) && folder->before.highest_uid < G_MAXUINT32) {
        folder->list = imap_list(fetcher->imap, (guint32)folder->before.highest_uid + 1, error);
        if (folder->list == NULL)
            return FALSE;
        if (folder->before.count + folder->list->len == folder->exists)
            return TRUE;
        g_clear_pointer(&folder->list, g_array_unref);
    }
    folder->whole = TRUE;
    folder->list = imap_list(fetcher->imap, 1, error);
    return folder->list != NULL;
}

static gchar *breaks_name(const Wanted *wanted)
{
    return g_strdup_printf("fetch_broke %u %u %s", wanted->uidvalidity, wanted->message.uid,
                           wanted->folder);
}

static gboolean take_unknown(Fetcher *fetcher, Folder *folder, GError **error)
{
    if (folder->list->len == 0)
        return TRUE;
    g_autoptr(GHashTable) known =
        store_place_uids(fetcher->store, folder->name, folder->uidvalidity, error);
    if (known == NULL)
        return FALSE;
    g_autoptr(GArray) early = g_array_new(FALSE, FALSE, sizeof(ImapMessage));
    for (guint i = 0; i < folder->list->len; i++) {
        Wanted wanted = {folder->name, folder->uidvalidity,
                         g_array_index(folder->list, ImapMessage, i), 0};
        if (g_hash_table_contains(known, GUINT_TO_POINTER(wanted.message.uid)))
            continue;
        if (wanted.message.received_at == IMAP_NO_TIME) {
            complain_of_time(fetcher, &wanted);
            folder->left = TRUE;
            continue;
        }
        if (wanted.message.received_at < fetcher->campaign->opens) {
            g_array_append_val(early, wanted.message);
            continue;
        }
        g_autofree gchar *name = breaks_name(&wanted);
        gboolean taken = FALSE;
        if (!store_memory(fetcher->store, name, &wanted.breaks, error))
            return FALSE;
        if (wanted.breaks > 0)
            g_array_append_val(fetcher->suspects, wanted);
        else if (!take(fetcher, &wanted, &taken, error))
            return FALSE;
        folder->left = folder->left || !taken;
    }
    return keep_places(fetcher, folder, early, error);
}

/* Mail from before the window: that it was seen there is all that is kept of it. */
static gboolean keep_places(Fetcher *fetcher, const Folder *folder, const GArray *early,
                            GError **error)
{
    for (guint i = 0; i < early->len; i++) {
        const ImapMessage *message = &g_array_index(early, ImapMessage, i);
        gboolean first = i % BATCH == 0, last = i % BATCH == BATCH - 1 || i == early->len - 1;
        if ((!first || store_begin(fetcher->store, error)) &&
            store_place_add(fetcher->store, folder->name, folder->uidvalidity, message->uid,
                            message->received_at, (gint64)message->size, STORE_NULL, error) &&
            (!last || store_commit(fetcher->store, "fetch", error)))
            continue;
        store_rollback(fetcher->store);
        return FALSE;
    }
    return TRUE;
}

static gboolean same_state(const FolderState *a, const FolderState *b)
{
    return a->uidvalidity == b->uidvalidity && a->count == b->count &&
           a->highest_uid == b->highest_uid && a->compared_at == b->compared_at;
}

/* While something is left, the state stays as it was, so that the next poll meets it again. */
static gboolean keep_state(Fetcher *fetcher, const Folder *folder, GError **error)
{
    if (folder->left)
        return TRUE;
    guint length = folder->list->len;
    FolderState after = folder->before;
    if (length > 0)
        after.highest_uid = g_array_index(folder->list, ImapMessage, length - 1).uid;
    after.count += length;
    if (folder->whole) {
        after = (FolderState){folder->uidvalidity, length, length > 0 ? after.highest_uid : 0,
                              unix_time_now()};
        /* A server whose EXISTS never fits its list is compared at each poll: that is no news. */
        FolderState unchanged = after;
        unchanged.compared_at = folder->before.compared_at;
        if (is_fresh(folder) && same_state(&unchanged, &folder->before))
            after = unchanged;
    }
    if (same_state(&after, &folder->before))
        return TRUE;
    if (store_begin(fetcher->store, error) &&
        store_folder_set(fetcher->store, folder->name, &after, error) &&
        store_commit(fetcher->store, "fetch", error))
        return TRUE;
    store_rollback(fetcher->store);
    return FALSE;
}

static gint by_breaks(gconstpointer a, gconstpointer b)
{
    gint64 one = ((const Wanted *)a)->breaks, other = ((const Wanted *)b)->breaks;
    return one < other ? -1 : one > other;
}

static gboolean take_suspects(Fetcher *fetcher, GError **error)
{
    g_array_sort(fetcher->suspects, by_breaks);
    for (guint i = 0; i < fetcher->suspects->len; i++) {
        const Wanted *suspect = &g_array_index(fetcher->suspects, Wanted, i);
        guint32 uidvalidity, exists;
        gboolean taken;
        g_autoptr(GError) why = NULL;
        if (imap_examine(fetcher->imap, suspect->folder, &uidvalidity, &exists, &why) &&
            (uidvalidity != suspect->uidvalidity || take(fetcher, suspect, &taken, &why)))
            continue;
        if (is_of_one_folder(fetcher, why)) {
            complain(fetcher, suspect->folder, why);
            continue;
        }
        g_propagate_prefixed_error(error, g_steal_pointer(&why), "folder %s: ", suspect->folder);
        return FALSE;
    }
    return TRUE;
}

/* One message; a refusal of this one alone is said, and the others go on. */
static gboolean take(Fetcher *fetcher, const Wanted *wanted, gboolean *taken, GError **error)
{
    g_autoptr(GError) why = NULL;
    *taken = FALSE;
    if (take_bytes(fetcher, wanted, taken, &why))
        return TRUE;
    if (is_of_one_folder(fetcher, why)) {
        complain(fetcher, wanted->folder, why);
        return TRUE;
    }
    if (!imap_alive(fetcher->imap) && g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER)) {
        g_autofree gchar *name = breaks_name(wanted);
        store_remember_alone(fetcher->store, name, wanted->breaks + 1, "fetch", NULL);
    }
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static gboolean take_bytes(Fetcher *fetcher, const Wanted *wanted, gboolean *taken, GError **error)
{
    const ImapMessage *message = &wanted->message;
    if (!spool_check_space(fetcher->spool, message->size, error))
        return FALSE;
    g_autoptr(SpoolFile) file = spool_create(fetcher->spool, SPOOL_MAIL, error);
    gboolean found;
    if (file == NULL ||
        !imap_fetch(fetcher->imap, message->uid, message->size, spool_file_fd(file), &found, error))
        return FALSE;
    if (!found)
        return TRUE;
    g_autofree gchar *sha256 = NULL;
    guint64 size;
    *taken = spool_file_commit(file, &sha256, &size, error) &&
             keep_mail(fetcher, wanted, sha256, size, error);
    return *taken;
}

static gboolean keep_mail(Fetcher *fetcher, const Wanted *wanted, const gchar *sha256, guint64 size,
                          GError **error)
{
    Store *store = fetcher->store;
    const ImapMessage *message = &wanted->message;
    g_autofree gchar *breaks = breaks_name(wanted);
    if (!store_begin(store, error))
        return FALSE;
    gboolean known;
    gint64 mail = store_mail_add(store, sha256, (gint64)size, message->received_at, "internaldate",
                                 TRUE, &known, error);
    if (mail != 0 &&
        store_place_add(store, wanted->folder, wanted->uidvalidity, message->uid,
                        message->received_at, (gint64)size, mail, error) &&
        (wanted->breaks == 0 || store_remember(store, breaks, 0, error)) &&
        store_commit(store, "fetch", error))
        return TRUE;
    store_rollback(store);
    return FALSE;
}

/* "Unsafe Login" concerns the account: the other folders would be refused the same way. */
static gboolean is_of_one_folder(const Fetcher *fetcher, const GError *why)
{
    return g_error_matches(why, SJ_ERROR, SJ_ERROR_REFUSED) && imap_alive(fetcher->imap) &&
           !imap_is_unsafe_login(why);
}

static void complain(Fetcher *fetcher, const gchar *folder, const GError *why)
{
    people_complain("folder %s: %s; asked again at the next poll", folder, why->message);
    *fetcher->status = sj_worse_status(*fetcher->status, sj_exit_status(why));
}

/* Without it nobody can say whether the message was in time. */
static void complain_of_time(Fetcher *fetcher, const Wanted *wanted)
{
    people_complain("folder %s: UID %u: the server gives no time of receipt; look at this message "
                    "in the mailbox, and import it with --received",
                    wanted->folder, wanted->message.uid);
    *fetcher->status = sj_worse_status(*fetcher->status, SJ_ERROR_REFUSED);
}
