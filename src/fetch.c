/* Stage 1: the mailbox → messages in the spool, and in the store what they are and where they were
 * seen. */
#include "fetch.h"

#include "error.h"
#include "fetch-batch.h"
#include "imap.h"
#include "people.h"
#include "store-mail.h"
#include "unix-time.h"

#define REFUSALS_LIMIT 3 /* of LOGIN in a row; then it is no passing whim of the server */

static const gchar login_refused[] = "imap_login_refused";

typedef struct {
    const Campaign *campaign;
    Store *store;
    Spool *spool;
    Imap *imap;
    GArray *suspects; /* Wanted, those with breaks */
    FetchArrived arrived;
    gpointer data; /* of it */
    int *status;
} Fetcher;

typedef struct {
    const gchar *name;
    ImapFolder now;
    FolderState before;
    GArray *list;    /* ImapMessage: all of them, or those above the highest UID known */
    gboolean whole;  /* … all of them */
    gboolean left;   /* something unknown was left there */
    gboolean breaks; /* the connection broke at a message of it that is still unknown */
} Folder;

static void fetcher_clear(Fetcher *fetcher);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fetcher, fetcher_clear)
static void folder_clear(Folder *folder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

static Imap *log_in(const ServerConfig *server, Store *store, GError **error);
static gboolean visit(Fetcher *fetcher, const gchar *name, GError **error);
static gboolean is_unchanged(Fetcher *fetcher, const Folder *folder, gboolean *unchanged,
                             GError **error);
static gboolean list_messages(Fetcher *fetcher, Folder *folder, GError **error);
static gboolean take_unknown(Fetcher *fetcher, Folder *folder, GError **error);
static gboolean sort_unknown(Fetcher *fetcher, Folder *folder, GArray *wanted, GArray *early,
                             GError **error);
static gboolean take_wanted(Fetcher *fetcher, GArray *wanted, gboolean alone, GError **error);
static gboolean keep_places(Fetcher *fetcher, const Folder *folder, const GArray *early,
                            GError **error);
static gboolean keep_state(Fetcher *fetcher, const Folder *folder, GError **error);
static gboolean take_suspects(Fetcher *fetcher, GError **error);
static gboolean take(Fetcher *fetcher, Wanted *wanted, guint length, GError **error);
static void blame(Fetcher *fetcher, const Wanted *wanted, guint length, const GError *why);
static gboolean is_of_one_folder(const Fetcher *fetcher, const GError *why);
static void complain(Fetcher *fetcher, const gchar *folder, const GError *why);
static void complain_of_time(Fetcher *fetcher, const Wanted *wanted);

gboolean fetch_mails(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                     FetchArrived arrived, gpointer data, int *status, GError **error)
{
    g_auto(Fetcher) fetcher = {.campaign = campaign,
                               .store = store,
                               .spool = spool,
                               .arrived = arrived,
                               .data = data,
                               .status = status};
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
    gboolean unchanged;
    if (store_folder(fetcher->store, name, &folder.before, &why) &&
        is_unchanged(fetcher, &folder, &unchanged, &why) &&
        (unchanged || (imap_examine(fetcher->imap, name, &folder.now, &why) &&
                       list_messages(fetcher, &folder, &why) &&
                       take_unknown(fetcher, &folder, &why) && keep_state(fetcher, &folder, &why))))
        return TRUE;
    if (is_of_one_folder(fetcher, why)) {
        complain(fetcher, name, why);
        return TRUE;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&why), "folder %s: ", name);
    return FALSE;
}

static gboolean was_compared_today(const FolderState *before)
{
    return ABS(unix_time_now() - before->compared_at) < DAY;
}

/* Where the server says which UID is next, it need not open the folder to say that there is nothing
 * new. A refusal is left to EXAMINE. */
static gboolean is_unchanged(Fetcher *fetcher, const Folder *folder, gboolean *unchanged,
                             GError **error)
{
    const FolderState *before = &folder->before;
    g_autoptr(GError) why = NULL;
    *unchanged = FALSE;
    if (before->uidnext == 0 || !was_compared_today(before))
        return TRUE;
    ImapFolder now;
    if (imap_status(fetcher->imap, folder->name, &now, &why))
        *unchanged = now.uidvalidity == before->uidvalidity && now.exists == before->count &&
                     now.uidnext == before->uidnext;
    else if (!is_of_one_folder(fetcher, why)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    return TRUE;
}

static gboolean is_fresh(const Folder *folder)
{
    return folder->before.uidvalidity == folder->now.uidvalidity &&
           was_compared_today(&folder->before);
}

/* What is above the highest UID known, when the folder's count says that this is all there is to
 * know. Else everything: a provider that showed 30 days and now shows all reveals lower UIDs. */
static gboolean list_messages(Fetcher *fetcher, Folder *folder, GError **error)
{
    if (is_fresh(folder) && folder->before.highest_uid < G_MAXUINT32) {
        folder->list = imap_list(fetcher->imap, (guint32)folder->before.highest_uid + 1, error);
        if (folder->list == NULL)
            return FALSE;
        if (folder->before.count + folder->list->len == folder->now.exists)
            return TRUE;
        g_clear_pointer(&folder->list, g_array_unref);
    }
    folder->whole = TRUE;
    folder->list = imap_list(fetcher->imap, 1, error);
    return folder->list != NULL;
}

static gboolean take_unknown(Fetcher *fetcher, Folder *folder, GError **error)
{
    g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(Wanted));
    g_autoptr(GArray) early = g_array_new(FALSE, FALSE, sizeof(ImapMessage));
    if (folder->list->len == 0)
        return TRUE;
    if (!sort_unknown(fetcher, folder, wanted, early, error) ||
        !take_wanted(fetcher, wanted, folder->breaks, error))
        return FALSE;
    folder->left = folder->left || folder->breaks;
    for (guint i = 0; i < wanted->len; i++)
        folder->left = folder->left || !g_array_index(wanted, Wanted, i).taken;
    return keep_places(fetcher, folder, early, error);
}

static gboolean sort_unknown(Fetcher *fetcher, Folder *folder, GArray *wanted, GArray *early,
                             GError **error)
{
    guint32 lowest = g_array_index(folder->list, ImapMessage, 0).uid;
    g_autoptr(GHashTable) known =
        store_place_uids(fetcher->store, folder->name, folder->now.uidvalidity, lowest, error);
    if (known == NULL)
        return FALSE;
    for (guint i = 0; i < folder->list->len; i++) {
        Wanted one = {folder->name, folder->now.uidvalidity,
                      g_array_index(folder->list, ImapMessage, i), 0, FALSE};
        if (g_hash_table_contains(known, GUINT_TO_POINTER(one.message.uid)))
            continue;
        if (one.message.received_at == IMAP_NO_TIME) {
            complain_of_time(fetcher, &one);
            folder->left = TRUE;
            continue;
        }
        if (one.message.received_at < fetcher->campaign->opens) {
            g_array_append_val(early, one.message);
            continue;
        }
        g_autofree gchar *name = batch_breaks_name(&one);
        if (!store_memory(fetcher->store, name, &one.breaks, error))
            return FALSE;
        folder->breaks = folder->breaks || one.breaks > 0;
        g_array_append_val(one.breaks > 0 ? fetcher->suspects : wanted, one);
    }
    return TRUE;
}

static void announce(const Fetcher *fetcher)
{
    if (fetcher->arrived != NULL)
        fetcher->arrived(fetcher->data);
}

/* After a break each is asked for ALONE: a server that dies before it has sent what it had ready
 * for the others of a batch lets the wrong one be blamed, batch after batch. */
static gboolean take_wanted(Fetcher *fetcher, GArray *wanted, gboolean alone, GError **error)
{
    if (wanted->len > 0)
        announce(fetcher);
    for (guint first = 0; first < wanted->len;) {
        Wanted *batch = &g_array_index(wanted, Wanted, first);
        guint length = alone ? 1 : batch_length(batch, wanted->len - first);
        if (!take(fetcher, batch, length, error))
            return FALSE;
        first += length;
    }
    return TRUE;
}

/* Mail from before the window: that it was seen there is all that is kept of it. */
static gboolean keep_places(Fetcher *fetcher, const Folder *folder, const GArray *early,
                            GError **error)
{
    for (guint i = 0; i < early->len; i++) {
        const ImapMessage *message = &g_array_index(early, ImapMessage, i);
        if (store_batch_begin(fetcher->store, i, error) &&
            store_place_add(fetcher->store, folder->name, folder->now.uidvalidity, message->uid,
                            message->received_at, (gint64)message->size, STORE_NULL, error) &&
            store_batch_end(fetcher->store, i, early->len, "fetch", error))
            continue;
        store_rollback(fetcher->store);
        return FALSE;
    }
    return TRUE;
}

/* With what arrived after EXAMINE. */
static gint64 uidnext_of(const Folder *folder)
{
    guint length = folder->list->len;
    gint64 above =
        length > 0 ? (gint64)g_array_index(folder->list, ImapMessage, length - 1).uid + 1 : 0;
    return folder->now.uidnext > 0 ? MAX((gint64)folder->now.uidnext, above) : 0;
}

static gboolean same_state(const FolderState *a, const FolderState *b)
{
    return a->uidvalidity == b->uidvalidity && a->count == b->count &&
           a->highest_uid == b->highest_uid && a->compared_at == b->compared_at &&
           a->uidnext == b->uidnext;
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
    after.uidnext = uidnext_of(folder);
    if (folder->whole) {
        after = (FolderState){folder->now.uidvalidity, length, length > 0 ? after.highest_uid : 0,
                              unix_time_now(), uidnext_of(folder)};
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
        Wanted *suspect = &g_array_index(fetcher->suspects, Wanted, i);
        ImapFolder now;
        g_autoptr(GError) why = NULL;
        if (imap_examine(fetcher->imap, suspect->folder, &now, &why) &&
            (now.uidvalidity != suspect->uidvalidity || take(fetcher, suspect, 1, &why)))
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

/* One bad message does not keep the others of its batch: after a refusal each that did not arrive
 * is asked for alone, and a refusal of it alone is said. */
static gboolean take(Fetcher *fetcher, Wanted *wanted, guint length, GError **error)
{
    g_autoptr(GError) why = NULL;
    gboolean done = batch_take(fetcher->imap, fetcher->store, fetcher->spool, wanted, length, &why);
    gboolean any = FALSE;
    for (guint i = 0; i < length; i++)
        any = any || wanted[i].taken;
    if (any)
        announce(fetcher);
    if (done)
        return TRUE;
    if (!is_of_one_folder(fetcher, why)) {
        blame(fetcher, wanted, length, why);
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (length == 1)
        complain(fetcher, wanted->folder, why);
    for (guint i = 0; length > 1 && i < length; i++)
        if (!wanted[i].taken && !take(fetcher, &wanted[i], 1, error))
            return FALSE;
    return TRUE;
}

/* When the connection broke: the first that had not arrived was on its way. */
static void blame(Fetcher *fetcher, const Wanted *wanted, guint length, const GError *why)
{
    if (imap_alive(fetcher->imap) || !g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER))
        return;
    for (guint i = 0; i < length; i++) {
        if (wanted[i].taken)
            continue;
        g_autofree gchar *name = batch_breaks_name(&wanted[i]);
        store_remember_alone(fetcher->store, name, wanted[i].breaks + 1, "fetch", NULL);
        return;
    }
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
