/* The mailbox over IMAP (RFC 3501), read-only: what fetch and send ask of it. */
#include "imap-session.h"

#include "error.h"
#include "secret.h"

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
    guint bodies; /* how many pieces of the message there are, in whatever words */
} Attributes;

/* What a listing has told. */
typedef struct {
    guint32 first;        /* UIDs below it are left out */
    GHashTable *messages; /* UID → ImapMessage* */
} Listing;

/* What has come of the messages that were asked for. */
typedef struct {
    Imap *imap;
    const ImapSink *sink;
    GHashTable *bodies; /* UID asked for → how many bodies of it came */
    gchar *strange;     /* the last that is no message asked for; NULL: nothing of that kind */
    GError *failure;    /* of the sink: nothing more is given to it */
} Arrivals;

static gchar *decoded_name(const gchar *raw);
static guint64 listing_limit(const Imap *imap, guint64 each);
static clist *fetched(const Imap *imap);
static Attributes attributes_of(const struct mailimap_msg_att *message);
static void hand_out(Imap *imap, mailimap_msg_att_handler *handler, void *data);
static void list_message(struct mailimap_msg_att *message, void *data);
static gint by_uid(gconstpointer a, gconstpointer b);
static gboolean unix_seconds(const struct mailimap_date_time *date, gint64 *seconds);
static gchar *name_of_fetch(const GArray *messages);
static gchar *uid_set(const GArray *messages);
static guint64 bodies_limit(const GArray *messages);
static bool take_bytes(int type, struct mailimap_msg_att_body_section *section, const char *bytes,
                       size_t length, void *data);
static void take_message(struct mailimap_msg_att *message, void *data);
static gchar *fault_of(const Attributes *found, gboolean asked);
static gboolean is_whole(const struct mailimap_msg_att_body_section *body);
static gboolean all_accounted(const Arrivals *arrivals, const gchar *what, GError **error);
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

/* "COMMAND MAILBOX"; NULL when there is no such folder. */
static gchar *folder_command(const Imap *imap, const gchar *command, const gchar *folder,
                             GError **error)
{
    const gchar *raw = raw_name(imap, folder);
    if (raw == NULL) {
        sj_fail(error, SJ_ERROR_REFUSED, "%s: no folder %s", tls_peer(imap->tls), folder);
        return NULL;
    }
    g_autofree gchar *mailbox = imap_quoted(raw);
    return g_strdup_printf("%s %s", command, mailbox);
}

gboolean imap_examine(Imap *imap, const gchar *folder, ImapFolder *found, GError **error)
{
    g_autofree gchar *command = folder_command(imap, "EXAMINE", folder, error);
    if (command == NULL)
        return FALSE;
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
    *found = (ImapFolder){selected->sel_uidvalidity, selected->sel_exists, selected->sel_uidnext};
    imap->exists = found->exists;
    imap->empty = found->exists == 0;
    return TRUE;
}

gboolean imap_status(Imap *imap, const gchar *folder, ImapFolder *found, GError **error)
{
    *found = (ImapFolder){0};
    g_autofree gchar *status = folder_command(imap, "STATUS", folder, error);
    if (status == NULL)
        return FALSE;
    g_autofree gchar *what = g_strdup_printf("STATUS %s", folder);
    g_autofree gchar *command = g_strconcat(status, " (MESSAGES UIDNEXT UIDVALIDITY)", NULL);
    if (!imap_ask(imap, what, IMAP_ANSWER_LIMIT, command, error))
        return FALSE;
    const struct mailimap_mailbox_data_status *said = imap->session->imap_response_info->rsp_status;
    if (said == NULL || said->st_info_list == NULL)
        return TRUE;
    for (clistiter *each = clist_begin(said->st_info_list); each != NULL; each = clist_next(each)) {
        const struct mailimap_status_info *info = clist_content(each);
        if (info->st_att == MAILIMAP_STATUS_ATT_MESSAGES)
            found->exists = info->st_value;
        else if (info->st_att == MAILIMAP_STATUS_ATT_UIDNEXT)
            found->uidnext = info->st_value;
        else if (info->st_att == MAILIMAP_STATUS_ATT_UIDVALIDITY)
            found->uidvalidity = info->st_value;
    }
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
    g_autoptr(GHashTable) messages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    Listing listing = {first, messages};
    hand_out(imap, list_message, &listing);
    gboolean answered =
        imap_ask(imap, "UID FETCH", listing_limit(imap, LINE_LIMIT), command, error);
    hand_out(imap, NULL, NULL);
    if (!answered)
        return NULL;
    GHashTableIter each;
    gpointer message;
    for (g_hash_table_iter_init(&each, messages); g_hash_table_iter_next(&each, NULL, &message);)
        g_array_append_vals(list, message, 1);
    g_array_sort(list, by_uid);
    return g_steal_pointer(&list);
}

static void progress(G_GNUC_UNUSED size_t now, G_GNUC_UNUSED size_t all, G_GNUC_UNUSED void *data)
{
}

/* Each FETCH response goes to HANDLER (NULL: to none any more) instead of being kept to the end:
 * folders may be large. libetpan calls it only where it has a handler for progress, too. */
static void hand_out(Imap *imap, mailimap_msg_att_handler *handler, void *data)
{
    mailimap_set_msg_att_handler(imap->session, handler, data);
    mailimap_set_progress_callback(imap->session, NULL, handler != NULL ? progress : NULL, NULL);
}

/* Answers with a date or a size: changed flags come uninvited, without. A message whose date or
 * size the server does not tell is listed all the same: it must not keep the others from being
 * seen. */
static void list_message(struct mailimap_msg_att *message, void *data)
{
    Listing *listing = data;
    Attributes found = attributes_of(message);
    if (found.uid < listing->first || (found.date == NULL && !found.has_size))
        return;
    ImapMessage *listed = g_hash_table_lookup(listing->messages, GUINT_TO_POINTER(found.uid));
    if (listed == NULL) {
        ImapMessage new = {found.uid, IMAP_NO_TIME, SIZE_UNKNOWN};
        listed = g_memdup2(&new, sizeof(new));
        g_hash_table_insert(listing->messages, GUINT_TO_POINTER(found.uid), listed);
    }
    if (listed->received_at == IMAP_NO_TIME &&
        (found.date == NULL || !unix_seconds(found.date, &listed->received_at)))
        listed->received_at = IMAP_NO_TIME;
    if (listed->size == SIZE_UNKNOWN && found.has_size)
        listed->size = found.size;
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

gboolean imap_fetch(Imap *imap, const GArray *messages, const ImapSink *sink, GError **error)
{
    g_autofree gchar *set = uid_set(messages);
    g_autofree gchar *command = g_strdup_printf("UID FETCH %s (UID BODY.PEEK[])", set);
    g_autofree gchar *what = name_of_fetch(messages);
    g_autoptr(GHashTable) bodies = g_hash_table_new(NULL, NULL);
    Arrivals arrivals = {.imap = imap, .sink = sink, .bodies = bodies};
    for (guint i = 0; i < messages->len; i++)
        g_hash_table_insert(bodies, GUINT_TO_POINTER(g_array_index(messages, ImapMessage, i).uid),
                            NULL);

    mailimap_set_msg_body_handler(imap->session, take_bytes, &arrivals);
    hand_out(imap, take_message, &arrivals);
    gboolean answered = imap_say(imap, what, bodies_limit(messages), command, error);
    hand_out(imap, NULL, NULL);
    mailimap_set_msg_body_handler(imap->session, NULL, NULL);
    g_autofree gchar *strange = arrivals.strange;
    if (arrivals.failure == NULL)
        return answered && all_accounted(&arrivals, what, error);
    imap->ended = TRUE;
    g_clear_error(error);
    g_propagate_prefixed_error(error, arrivals.failure, "%s: %s: ", tls_peer(imap->tls), what);
    return FALSE;
}

/* For people: "UID FETCH 5", "UID FETCH 5 and 63 more". */
static gchar *name_of_fetch(const GArray *messages)
{
    guint32 first = g_array_index(messages, ImapMessage, 0).uid;
    return messages->len == 1
               ? g_strdup_printf("UID FETCH %u", first)
               : g_strdup_printf("UID FETCH %u and %u more", first, messages->len - 1);
}

/* RFC 3501, 9 (sequence-set): "5,7:12". Only UIDs that are asked for: a range over a gap would
 * bring what appears in it meanwhile. */
static gchar *uid_set(const GArray *messages)
{
    GString *set = g_string_new(NULL);
    for (guint i = 0, last; i < messages->len; i = last + 1) {
        guint32 first = g_array_index(messages, ImapMessage, i).uid;
        for (last = i; last + 1 < messages->len &&
                       g_array_index(messages, ImapMessage, last + 1).uid == first + last + 1 - i;)
            last++;
        g_string_append_printf(set, "%s%u", i > 0 ? "," : "", first);
        if (last > i)
            g_string_append_printf(set, ":%u", first + last - i);
    }
    return g_string_free(set, FALSE);
}

static guint64 bodies_limit(const GArray *messages)
{
    guint64 limit = 0;
    for (guint i = 0; i < messages->len; i++)
        limit += MIN(g_array_index(messages, ImapMessage, i).size, G_MAXINT32) * 2 + BODY_SLACK;
    return limit;
}

/* Bytes of a text, a header or the like were not asked for; that there were some take_message
 * sees. */
static bool take_bytes(int type, struct mailimap_msg_att_body_section *section, const char *bytes,
                       size_t length, void *data)
{
    Arrivals *arrivals = data;
    if (arrivals->failure != NULL)
        return false;
    return type != MAILIMAP_MSG_ATT_BODY_SECTION || !is_whole(section) ||
           arrivals->sink->write(arrivals->sink->data, bytes, length, &arrivals->failure);
}

/* One FETCH response is read to its end: now it is known whose the bytes were. */
static void take_message(struct mailimap_msg_att *message, void *data)
{
    Arrivals *arrivals = data;
    Attributes found = attributes_of(message);
    gpointer count;
    if (arrivals->failure != NULL || found.bodies == 0)
        return;
    gboolean asked =
        g_hash_table_lookup_extended(arrivals->bodies, GUINT_TO_POINTER(found.uid), NULL, &count);
    gchar *fault = fault_of(&found, asked);
    if (fault != NULL) {
        g_free(arrivals->strange);
        arrivals->strange = fault;
        arrivals->sink->dropped(arrivals->sink->data);
        return;
    }
    g_hash_table_insert(arrivals->bodies, GUINT_TO_POINTER(found.uid),
                        GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + 1));
    arrivals->sink->arrived(arrivals->sink->data, found.uid, &arrivals->failure);
    /* For a slow line each message is a command. */
    if (count == NULL)
        tls_command_begin(arrivals->imap->tls);
}

/* Why what came is not a message that was asked for; NULL: it is. */
static gchar *fault_of(const Attributes *found, gboolean asked)
{
    if (!asked)
        return g_strdup_printf("sent a message with the UID %u", found->uid);
    if (found->bodies > 1 || !is_whole(found->body))
        return g_strdup_printf("sent pieces of UID %u", found->uid);
    return found->body->sec_body_part == NULL ? g_strdup_printf("gives NIL for UID %u", found->uid)
                                              : NULL;
}

static gboolean is_whole(const struct mailimap_msg_att_body_section *body)
{
    return body != NULL && body->sec_section == NULL; /* "BODY[]" */
}

/* What did not come is gone from the folder, unless something came in its place. */
static gboolean all_accounted(const Arrivals *arrivals, const gchar *what, GError **error)
{
    GHashTableIter each;
    gpointer uid, count;
    for (g_hash_table_iter_init(&each, arrivals->bodies);
         g_hash_table_iter_next(&each, &uid, &count);)
        if (GPOINTER_TO_UINT(count) > 1)
            return sj_fail(error, SJ_ERROR_REFUSED, "%s: %s: the server sent UID %u %u times",
                           tls_peer(arrivals->imap->tls), what, GPOINTER_TO_UINT(uid),
                           GPOINTER_TO_UINT(count));
        else if (count == NULL && arrivals->strange != NULL)
            return sj_fail(error, SJ_ERROR_REFUSED, "%s: %s: the server %s",
                           tls_peer(arrivals->imap->tls), what, arrivals->strange);
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
            found.bodies++;
        } else if (attribute->att_type == MAILIMAP_MSG_ATT_RFC822 ||
                   attribute->att_type == MAILIMAP_MSG_ATT_RFC822_TEXT) {
            found.bodies++;
        }
    }
    return found;
}

static guint64 listing_limit(const Imap *imap, guint64 each)
{
    return MIN(((guint64)imap->exists + ARRIVED_MEANWHILE) * each, LISTING_LIMIT);
}
