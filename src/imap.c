/* The mailbox over IMAP (RFC 3501), read-only: what fetch and send ask of it. */
#include "imap-session.h"

#include "descriptor.h"
#include "error.h"
#include "secret.h"

#include <errno.h>
#include <string.h>

#define LIST_LIMIT        (4 * 1024 * 1024)   /* of the folder list */
#define LINE_LIMIT        512                 /* a message in a listing */
#define HEADER_LIMIT      4096                /* a message with its Message-ID */
#define LISTING_LIMIT     (64 * 1024 * 1024)  /* of a whole listing */
#define SIZE_UNKNOWN      (100 * 1024 * 1024) /* what a message of no announced size may have */
#define BODY_SLACK        (1024 * 1024)       /* beyond twice the announced size */
#define ARRIVED_MEANWHILE 1000                /* messages since EXAMINE */

/* What one FETCH response says of a message. */
typedef struct {
    guint32 uid;
    const struct mailimap_date_time *date; /* NULL: nothing */
    gboolean has_size;
    guint32 size;
    const struct mailimap_msg_att_body_section *body; /* NULL: nothing */
} Attributes;

/* Where a body goes. */
typedef struct {
    int fd;
    int cause; /* errno of a failed write */
} Target;

static gchar *decoded_name(const gchar *raw);
static guint64 listing_limit(const Imap *imap, guint64 each);
static clist *fetched(const Imap *imap);
static Attributes attributes_of(const struct mailimap_msg_att *message);
static GHashTable *merge_by_uid(const Imap *imap, guint32 first);
static ImapMessage message_of(const Attributes *attributes);
static gint by_uid(gconstpointer a, gconstpointer b);
static gboolean unix_seconds(const struct mailimap_date_time *date, gint64 *seconds);
static bool write_body(int type, struct mailimap_msg_att_body_section *section, const char *bytes,
                       size_t length, void *data);
static gboolean body_arrived(Imap *imap, guint32 uid, gboolean *found, GError **error);
static gchar *message_id_of(const gchar *header);

Imap *imap_open(const ServerConfig *server, GError **error)
{
    if (strpbrk(server->user, "\r\n") != NULL) {
        sj_fail(error, SJ_ERROR_CONFIG, "%s: the user has a line break in it", server->host);
        return NULL;
    }
    gchar *secret = secret_read(server, error);
    if (secret == NULL)
        return NULL;
    g_autoptr(Imap) imap = imap_connect(server, error);
    gboolean open = imap != NULL && imap_log_in(imap, server, secret, error);
    secret_free(secret);
    return open ? g_steal_pointer(&imap) : NULL;
}

gboolean imap_list_folders(Imap *imap, GError **error)
{
    if (!imap_ask(imap, "LIST", LIST_LIMIT, "LIST \"\" \"*\"", error))
        return FALSE;
    for (clistiter *each = clist_begin(imap->session->imap_response_info->rsp_mailbox_list);
         each != NULL; each = clist_next(each)) {
        const struct mailimap_mailbox_list *folder = clist_content(each);
        const gchar *raw = folder->mb_name;
        if (folder->mb_flag != NULL && folder->mb_flag->mbf_type == MAILIMAP_MBX_LIST_FLAGS_SFLAG &&
            folder->mb_flag->mbf_sflag == MAILIMAP_MBX_LIST_SFLAG_NOSELECT)
            continue;
        if (strpbrk(raw, "\r\n") != NULL)
            continue;
        g_hash_table_insert(imap->folders, decoded_name(raw), g_strdup(raw));
    }
    return TRUE;
}

/* RFC 3501, 5.1.3. A name that is not modified UTF-7, whatever the decoder makes of it, is kept as
 * it stands. */
static gchar *decoded_name(const gchar *raw)
{
    g_autofree gchar *name = g_convert(raw, -1, "UTF-8", "UTF-7-IMAP", NULL, NULL, NULL);
    g_autofree gchar *again =
        name != NULL ? g_convert(name, -1, "UTF-7-IMAP", "UTF-8", NULL, NULL, NULL) : NULL;
    return g_strcmp0(raw, again) == 0 ? g_steal_pointer(&name) : g_utf8_make_valid(raw, -1);
}

static const gchar *raw_name(const Imap *imap, const gchar *folder)
{
    return g_ascii_strcasecmp(folder, "INBOX") == 0 ? "INBOX"
                                                    : g_hash_table_lookup(imap->folders, folder);
}

gboolean imap_has_folder(const Imap *imap, const gchar *folder)
{
    return raw_name(imap, folder) != NULL;
}

gboolean imap_examine(Imap *imap, const gchar *folder, guint32 *uidvalidity, guint32 *exists,
                      GError **error)
{
    const gchar *raw = raw_name(imap, folder);
    if (raw == NULL)
        return sj_fail(error, SJ_ERROR_REFUSED, "%s: no folder %s", tls_peer(imap->tls), folder);
    g_autofree gchar *mailbox = imap_quoted(raw);
    g_autofree gchar *command = g_strdup_printf("EXAMINE %s", mailbox);
    g_autofree gchar *what = g_strdup_printf("EXAMINE %s", folder);

    if (imap->session->imap_selection_info != NULL)
        mailimap_selection_info_free(imap->session->imap_selection_info);
    imap->session->imap_selection_info = mailimap_selection_info_new();
    if (imap->session->imap_selection_info == NULL)
        g_error("out of memory");
    imap->empty = FALSE;
    if (!imap_ask(imap, what, IMAP_ANSWER_LIMIT, command, error))
        return FALSE;
    const struct mailimap_selection_info *selected = imap->session->imap_selection_info;
    if (selected->sel_uidvalidity == 0)
        return sj_fail(error, SJ_ERROR_REFUSED, "%s: %s: no UIDVALIDITY", tls_peer(imap->tls),
                       what);
    *uidvalidity = selected->sel_uidvalidity;
    *exists = imap->exists = selected->sel_exists;
    imap->empty = imap->exists == 0;
    return TRUE;
}

GArray *imap_list(Imap *imap, guint32 first, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(ImapMessage));
    if (imap->empty)
        return g_steal_pointer(&list);
    first = MAX(first, 1);
    g_autofree gchar *command =
        g_strdup_printf("UID FETCH %u:* (UID INTERNALDATE RFC822.SIZE)", first);
    if (!imap_ask(imap, "UID FETCH", listing_limit(imap, LINE_LIMIT), command, error))
        return NULL;
    g_autoptr(GHashTable) messages = merge_by_uid(imap, first);
    GHashTableIter each;
    gpointer attributes;
    for (g_hash_table_iter_init(&each, messages);
         g_hash_table_iter_next(&each, NULL, &attributes);) {
        ImapMessage message = message_of(attributes);
        g_array_append_val(list, message);
    }
    g_array_sort(list, by_uid);
    return g_steal_pointer(&list);
}

/* UID → Attributes*, of answers with a date or a size: changed flags come uninvited, without. */
static GHashTable *merge_by_uid(const Imap *imap, guint32 first)
{
    GHashTable *messages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (clistiter *each = clist_begin(fetched(imap)); each != NULL; each = clist_next(each)) {
        Attributes found = attributes_of(clist_content(each));
        if (found.uid < first || (found.date == NULL && !found.has_size))
            continue;
        Attributes *known = g_hash_table_lookup(messages, GUINT_TO_POINTER(found.uid));
        if (known == NULL) {
            g_hash_table_insert(messages, GUINT_TO_POINTER(found.uid),
                                g_memdup2(&found, sizeof(found)));
            continue;
        }
        if (known->date == NULL)
            known->date = found.date;
        if (!known->has_size) {
            known->has_size = found.has_size;
            known->size = found.size;
        }
    }
    return messages;
}

/* A message whose date or size the server does not tell is listed all the same: it must not keep
 * the others from being seen. */
static ImapMessage message_of(const Attributes *attributes)
{
    ImapMessage message = {attributes->uid, IMAP_NO_TIME,
                           attributes->has_size ? attributes->size : SIZE_UNKNOWN};
    if (attributes->date == NULL || !unix_seconds(attributes->date, &message.received_at))
        message.received_at = IMAP_NO_TIME;
    return message;
}

static gint by_uid(gconstpointer a, gconstpointer b)
{
    guint32 one = ((const ImapMessage *)a)->uid, other = ((const ImapMessage *)b)->uid;
    return one < other ? -1 : one > other;
}

static gboolean unix_seconds(const struct mailimap_date_time *date, gint64 *seconds)
{
    if (ABS((gint64)date->dt_zone) > 1500)
        return FALSE;
    /* dt_zone is +0800 as the number 800 */
    int offset = date->dt_zone / 100 * 3600 + date->dt_zone % 100 * 60;
    g_autoptr(GDateTime) local =
        g_date_time_new_utc(date->dt_year, date->dt_month, date->dt_day, date->dt_hour,
                            date->dt_min, MIN(date->dt_sec, 59)); /* a leap second */
    if (local == NULL)
        return FALSE;
    *seconds = g_date_time_to_unix(local) - offset;
    return TRUE;
}

gboolean imap_fetch(Imap *imap, guint32 uid, guint64 size_hint, int fd, gboolean *found,
                    GError **error)
{
    g_autofree gchar *command = g_strdup_printf("UID FETCH %u (UID BODY.PEEK[])", uid);
    g_autofree gchar *what = g_strdup_printf("UID FETCH %u", uid);
    guint64 limit = MIN(size_hint, G_MAXINT32) * 2 + BODY_SLACK;
    Target target = {.fd = fd};
    g_autoptr(GError) refused = NULL;

    mailimap_set_msg_body_handler(imap->session, write_body, &target);
    gboolean answered = imap_say(imap, what, limit, command, &refused);
    mailimap_set_msg_body_handler(imap->session, NULL, NULL);
    if (target.cause != 0) {
        imap->ended = TRUE;
        errno = target.cause;
        return sj_fail_errno(error, SJ_ERROR_IO, "%s: %s: cannot write the message",
                             tls_peer(imap->tls), what);
    }
    if (answered)
        return body_arrived(imap, uid, found, error);
    g_propagate_error(error, g_steal_pointer(&refused));
    return FALSE;
}

static bool write_body(G_GNUC_UNUSED int type,
                       G_GNUC_UNUSED struct mailimap_msg_att_body_section *section,
                       const char *bytes, size_t length, void *data)
{
    Target *target = data;
    if (write_all(target->fd, bytes, length))
        return true;
    target->cause = errno;
    return false;
}

/* The bytes went by without a name: they are the message's only when exactly one body came, and it
 * is this one's. */
static gboolean body_arrived(Imap *imap, guint32 uid, gboolean *found, GError **error)
{
    guint bodies = 0;
    guint32 owner = 0;
    *found = FALSE;
    for (clistiter *each = clist_begin(fetched(imap)); each != NULL; each = clist_next(each)) {
        Attributes message = attributes_of(clist_content(each));
        if (message.body == NULL)
            continue;
        if (message.body->sec_body_part == NULL)
            return sj_fail(error, SJ_ERROR_REFUSED, "%s: UID FETCH %u: the server gives NIL for it",
                           tls_peer(imap->tls), uid);
        bodies++;
        owner = message.uid;
    }
    if (bodies > 1 || (bodies == 1 && owner != uid))
        return sj_fail(error, SJ_ERROR_REFUSED,
                       "%s: UID FETCH %u: %u bodies came, the last of UID %u", tls_peer(imap->tls),
                       uid, bodies, owner);
    *found = bodies == 1;
    return TRUE;
}

GHashTable *imap_message_ids(Imap *imap, GError **error)
{
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (imap->empty)
        return g_steal_pointer(&ids);
    if (!imap_ask(imap, "UID FETCH", listing_limit(imap, HEADER_LIMIT),
                  "UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])", error))
        return NULL;
    for (clistiter *each = clist_begin(fetched(imap)); each != NULL; each = clist_next(each)) {
        Attributes message = attributes_of(clist_content(each));
        gchar *id = message.body != NULL ? message_id_of(message.body->sec_body_part) : NULL;
        if (id != NULL)
            g_hash_table_add(ids, id);
    }
    return g_steal_pointer(&ids);
}

/* "<…>" out of a header that may be folded; NULL when there is none. */
static gchar *message_id_of(const gchar *header)
{
    const gchar *begin = header != NULL ? strchr(header, '<') : NULL;
    const gchar *end = begin != NULL ? strchr(begin, '>') : NULL;
    if (end == NULL)
        return NULL;
    GString *id = g_string_new(NULL);
    for (const gchar *c = begin; c <= end; c++)
        if (!g_ascii_isspace(*c))
            g_string_append_c(id, *c);
    return g_string_free(id, FALSE);
}

static clist *fetched(const Imap *imap)
{
    return imap->session->imap_response_info->rsp_fetch_list;
}

static Attributes attributes_of(const struct mailimap_msg_att *message)
{
    Attributes found = {0};
    for (clistiter *each = clist_begin(message->att_list); each != NULL; each = clist_next(each)) {
        const struct mailimap_msg_att_item *item = clist_content(each);
        if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
            continue;
        const struct mailimap_msg_att_static *attribute = item->att_data.att_static;
        if (attribute->att_type == MAILIMAP_MSG_ATT_UID) {
            found.uid = attribute->att_data.att_uid;
        } else if (attribute->att_type == MAILIMAP_MSG_ATT_INTERNALDATE) {
            found.date = attribute->att_data.att_internal_date;
        } else if (attribute->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) {
            found.has_size = TRUE;
            found.size = attribute->att_data.att_rfc822_size;
        } else if (attribute->att_type == MAILIMAP_MSG_ATT_BODY_SECTION) {
            found.body = attribute->att_data.att_body_section;
        }
    }
    return found;
}

static guint64 listing_limit(const Imap *imap, guint64 each)
{
    return MIN(((guint64)imap->exists + ARRIVED_MEANWHILE) * each, LISTING_LIMIT);
}
