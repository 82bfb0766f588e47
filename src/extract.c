/* Stage 2: fetched mail → its tree of files, and what the filters read in each. */
#include "extract.h"

#include "error.h"
#include "filter.h"
#include "people.h"
#include "role.h"
#include "store-mail.h"
#include "store-part.h"

#include <string.h>
#include <unistd.h>

#define DEPTH_LIMIT 8
#define PARTS_LIMIT 3000
#define TRIES_LIMIT 5

typedef struct {
    const Config *config;
    Store *store;
    Spool *spool;
    GHashTable *versions; /* filter's name → its version line */
    gchar *workdir;
    gchar *params, *params_sha256; /* a file in workdir, and its hash */
} Extractor;

/* What one filter read: in the store already, or fresh from the filter. */
typedef struct {
    gint64 kept;
    Reading *fresh;
    const FilterConfig *filter;
    GPtrArray *facts;   /* of a kept one */
    GPtrArray *members; /* Member* */
} NodeReading;

/* A part that is not in the store yet. */
typedef struct Node {
    Part part;
    GPtrArray *readings; /* NodeReading* */
    GPtrArray *children; /* Node* */
} Node;

static void extractor_clear(Extractor *extractor);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Extractor, extractor_clear)
static void node_free(Node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

static gboolean prepare(Extractor *extractor, const Campaign *campaign, GError **error);
static gboolean extract_mail(Extractor *extractor, const Mail *mail, GError **error);
static gboolean is_of_one_mail(const GError *why);
static gboolean put_off(Store *store, const Mail *mail, int *status, const GError *why,
                        GError **error);
static Node *root_of(const Mail *mail);
static gboolean read_tree(Extractor *extractor, Node *node, guint depth, guint *parts,
                          GError **error);
static gboolean keep_tree(Extractor *extractor, Node *node, gint64 mail, gint64 parent,
                          GError **error);
static gboolean keep_head(Store *store, const Mail *mail, const Node *root, GError **error);

gboolean extract_mails(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                       int *status, GError **error)
{
    g_autoptr(GPtrArray) mails = store_mails_in(store, "fetched", error);
    if (mails == NULL)
        return FALSE;
    if (mails->len == 0)
        return TRUE;
    g_auto(Extractor) extractor = {.config = config, .store = store, .spool = spool};
    if (!prepare(&extractor, campaign, error))
        return FALSE;
    for (guint i = 0; i < mails->len; i++) {
        g_autoptr(GError) why = NULL;
        if (extract_mail(&extractor, mails->pdata[i], &why))
            continue;
        store_rollback(store);
        if (!is_of_one_mail(why)) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        if (!put_off(store, mails->pdata[i], status, why, error)) {
            store_rollback(store);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean extract_again(const Config *config, const Campaign *campaign, Store *store, Spool *spool,
                       gint64 mail, GError **error)
{
    g_autoptr(Mail) message = store_mail(store, mail, error);
    g_auto(Extractor) extractor = {.config = config, .store = store, .spool = spool};
    if (message == NULL || !prepare(&extractor, campaign, error))
        return FALSE;
    g_autoptr(Node) root = root_of(message);
    guint parts = 0;
    return read_tree(&extractor, root, 0, &parts, error);
}

/* A configuration or a disk that will not do stops every mail. What cannot be done just now, or not
 * with this mail's own file and rows, is tried a few times and keeps no other from being read. */
static gboolean is_of_one_mail(const GError *why)
{
    return g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER) ||
           g_error_matches(why, SJ_ERROR, SJ_ERROR_DATA);
}

/* The version lines of all filters, and PARAMS as a file. */
static gboolean prepare(Extractor *extractor, const Campaign *campaign, GError **error)
{
    extractor->versions = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < extractor->config->filters->len; i++) {
        const FilterConfig *filter = extractor->config->filters->pdata[i];
        gchar *version = filter_version(filter, error);
        if (version == NULL)
            return FALSE;
        g_hash_table_insert(extractor->versions, filter->name, version);
    }
    extractor->workdir = spool_workdir(extractor->spool, error);
    if (extractor->workdir == NULL)
        return FALSE;
    json_t *params = campaign_to_json(campaign);
    g_autofree gchar *text = json_dumps(params, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(params);
    extractor->params_sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    extractor->params = g_build_filename(extractor->workdir, "params.json", NULL);
    g_autoptr(GError) why = NULL;
    if (!g_file_set_contents(extractor->params, text, -1, &why))
        return sj_fail(error, SJ_ERROR_IO, "%s", why->message);
    return TRUE;
}

static void extractor_clear(Extractor *extractor)
{
    g_clear_pointer(&extractor->versions, g_hash_table_unref);
    if (extractor->workdir != NULL)
        spool_workdir_remove(extractor->workdir);
    g_free(extractor->workdir);
    g_free(extractor->params);
    g_free(extractor->params_sha256);
}

static gboolean put_off(Store *store, const Mail *mail, int *status, const GError *why,
                        GError **error)
{
    gint64 tries;
    if (!store_begin(store, error) || !store_mail_tried(store, mail->id, &tries, error))
        return FALSE;
    gboolean aside = tries >= TRIES_LIMIT;
    if (aside && (!store_mail_set_state(store, mail->id, "aside", error) ||
                  !store_mail_set_class(store, mail->id, "question", error)))
        return FALSE;
    if (!store_commit(store, "extract", error))
        return FALSE;
    people_complain("mail %s: %s; %s", mail->sha256, why->message,
                    aside ? "set aside after several tries, a person must look (shoujian log --all)"
                          : "it is read again at the next poll");
    if (!aside)
        *status = sj_worse_status(*status, sj_exit_status(why));
    return TRUE;
}

static gboolean extract_mail(Extractor *extractor, const Mail *mail, GError **error)
{
    g_autoptr(Node) root = root_of(mail);
    guint parts = 0;
    return read_tree(extractor, root, 0, &parts, error) && store_begin(extractor->store, error) &&
           keep_tree(extractor, root, mail->id, STORE_NULL, error) &&
           keep_head(extractor->store, mail, root, error) &&
           store_mail_set_state(extractor->store, mail->id, "extracted", error) &&
           store_commit(extractor->store, "extract", error);
}

static void node_reading_free(NodeReading *reading)
{
    g_clear_pointer(&reading->fresh, reading_free);
    g_clear_pointer(&reading->facts, g_ptr_array_unref);
    g_clear_pointer(&reading->members, g_ptr_array_unref);
    g_free(reading);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NodeReading, node_reading_free)

static Node *node_new(const gchar *name, gboolean is_inline, const gchar *sha256, gint64 size)
{
    Node *node = g_new0(Node, 1);
    node->part.parent = STORE_NULL;
    node->part.name = g_strdup(name);
    node->part.is_inline = is_inline;
    node->part.sha256 = g_strdup(sha256);
    node->part.size = size;
    node->readings = g_ptr_array_new_with_free_func((GDestroyNotify)node_reading_free);
    node->children = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    return node;
}

/* The message itself needs no look at its bytes to know what it is. */
static Node *root_of(const Mail *mail)
{
    Node *root = node_new("", FALSE, mail->sha256, mail->size);
    root->part.type = g_strdup("message/rfc822");
    return root;
}

static void node_free(Node *node)
{
    g_free(node->part.name);
    g_free(node->part.sha256);
    g_free(node->part.type);
    g_free(node->part.role);
    g_free(node->part.taken);
    g_ptr_array_unref(node->readings);
    g_ptr_array_unref(node->children);
    g_free(node);
}

static gboolean read_file(Extractor *extractor, Node *node, GError **error);
static const gchar *role_of(const Node *node);
static const gchar *reason_left(const Node *node);

/* Reads the file of NODE and, as its children, the files found in it. */
static gboolean read_tree(Extractor *extractor, Node *node, guint depth, guint *parts,
                          GError **error)
{
    const gchar *limit = depth > DEPTH_LIMIT    ? "too-deep"
                         : *parts > PARTS_LIMIT ? "too-many"
                                                : NULL;
    (*parts)++;
    if (limit != NULL) {
        node->part.type = g_strdup("application/octet-stream");
        node->part.role = g_strdup("other");
        node->part.taken = g_strdup(limit);
        return TRUE;
    }
    if (!read_file(extractor, node, error))
        return FALSE;
    for (guint i = 0; i < node->readings->len; i++) {
        const NodeReading *reading = node->readings->pdata[i];
        for (guint m = 0; m < reading->members->len; m++) {
            const Member *member = reading->members->pdata[m];
            Node *child = node_new(member->name, member->is_inline, member->sha256, member->size);
            g_ptr_array_add(node->children, child);
            if (!read_tree(extractor, child, depth + 1, parts, error))
                return FALSE;
        }
    }
    node->part.role = g_strdup(role_of(node));
    node->part.taken = g_strdup(reason_left(node));
    return TRUE;
}

static gboolean accepts(const FilterConfig *filter, const gchar *type)
{
    for (gchar **accepted = filter->accepts; *accepted != NULL; accepted++)
        if (strcmp(*accepted, "*") == 0 || g_ascii_strcasecmp(*accepted, type) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_kind(const FilterConfig *filter)
{
    return strcmp(filter->name, "kind") == 0;
}

static NodeReading *read_by(Extractor *extractor, const FilterConfig *filter, const gchar *sha256,
                            int fd, GError **error);

static const GPtrArray *facts_of(const NodeReading *reading)
{
    return reading->fresh != NULL ? reading->fresh->facts : reading->facts;
}

/* Every filter that wants it; the configuration has `kind` first, which says what the file is. */
static gboolean read_file(Extractor *extractor, Node *node, GError **error)
{
    gboolean is_message = node->part.type != NULL;
    int fd = spool_read(extractor->spool, is_message ? SPOOL_MAIL : SPOOL_PARTS, node->part.sha256,
                        error);
    if (fd < 0)
        return FALSE;
    gboolean done = TRUE;
    for (guint i = 0; done && i < extractor->config->filters->len; i++) {
        const FilterConfig *filter = extractor->config->filters->pdata[i];
        if (is_kind(filter) ? is_message
                            : node->part.type == NULL || !accepts(filter, node->part.type))
            continue;
        NodeReading *reading = read_by(extractor, filter, node->part.sha256, fd, error);
        done = reading != NULL;
        if (!done)
            break;
        g_ptr_array_add(node->readings, reading);
        if (is_kind(filter)) {
            const json_t *kind = fact_value(facts_of(reading), "file.kind", 0);
            node->part.type = g_strdup(json_is_string(kind) ? json_string_value(kind)
                                                            : "application/octet-stream");
        }
    }
    close(fd);
    return done;
}

/* Parts are not synced: after a power loss a file may have its name and not its bytes. */
static gboolean members_are_there(const Extractor *extractor, const GPtrArray *members)
{
    for (guint i = 0; i < members->len; i++)
        if (!spool_intact(extractor->spool, SPOOL_PARTS,
                          ((const Member *)members->pdata[i])->sha256))
            return FALSE;
    return TRUE;
}

/* What the store has of this reading; *found is NULL where it has none, or where files that it
 * found are gone from the spool or damaged (they are made again). */
static gboolean recall(Extractor *extractor, const FilterConfig *filter, const gchar *sha256,
                       NodeReading **found, GError **error)
{
    *found = NULL;
    const gchar *version = g_hash_table_lookup(extractor->versions, filter->name);
    gint64 id;
    if (!store_reading_find(extractor->store, sha256, filter->name, version,
                            extractor->params_sha256, &id, error))
        return FALSE;
    if (id == 0)
        return TRUE;
    g_autoptr(NodeReading) reading = g_new0(NodeReading, 1);
    reading->kept = id;
    reading->filter = filter;
    reading->facts = store_reading_facts(extractor->store, id, error);
    reading->members = reading->facts != NULL ? store_members(extractor->store, id, error) : NULL;
    if (reading->members == NULL)
        return FALSE;
    if (members_are_there(extractor, reading->members))
        *found = g_steal_pointer(&reading);
    return TRUE;
}

/* The files that a filter left go into the spool. */
static GPtrArray *keep_files(Extractor *extractor, const Reading *reading, GError **error)
{
    g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
    for (guint i = 0; i < reading->files->len; i++) {
        const LeftFile *left = reading->files->pdata[i];
        g_autofree gchar *sha256 = NULL;
        guint64 size;
        if (!spool_copy(extractor->spool, SPOOL_PARTS, left->fd, &sha256, &size, error))
            return NULL;
        Member *member = g_new(Member, 1);
        *member =
            (Member){g_strdup(left->name), left->is_inline, g_steal_pointer(&sha256), (gint64)size};
        g_ptr_array_add(members, member);
    }
    return g_steal_pointer(&members);
}

static NodeReading *read_by(Extractor *extractor, const FilterConfig *filter, const gchar *sha256,
                            int fd, GError **error)
{
    NodeReading *kept;
    if (!recall(extractor, filter, sha256, &kept, error))
        return NULL;
    if (kept != NULL)
        return kept;
    g_autofree gchar *outdir = spool_workdir(extractor->spool, error);
    if (outdir == NULL)
        return NULL;
    g_autoptr(NodeReading) reading = g_new0(NodeReading, 1);
    reading->filter = filter;
    reading->fresh = filter_run(filter, fd, extractor->params, outdir, error);
    spool_workdir_remove(outdir);
    if (reading->fresh == NULL)
        return NULL;
    reading->members = keep_files(extractor, reading->fresh, error);
    /* Their descriptors are not needed until the whole tree is read. */
    g_ptr_array_set_size(reading->fresh->files, 0);
    return reading->members != NULL ? g_steal_pointer(&reading) : NULL;
}

static const gchar *role_of(const Node *node)
{
    if (strcmp(node->part.type, "message/rfc822") == 0)
        return "container";
    /* First, since a filter of one's own may take the pictures out of a form. */
    for (guint i = 0; i < node->readings->len && !node->part.is_inline; i++) {
        const gchar *role = role_by_facts(facts_of(node->readings->pdata[i]));
        if (strcmp(role, "other") != 0)
            return role;
    }
    return node->children->len > 0 ? "container" : "other";
}

static const gchar *reason_left(const Node *node)
{
    for (guint i = 0; i < node->readings->len; i++)
        if (!is_kind(((const NodeReading *)node->readings->pdata[i])->filter))
            return NULL;
    return role_is_unread_document(&node->part) ? "unread" : "no-filter";
}

static gboolean keep_tree(Extractor *extractor, Node *node, gint64 mail, gint64 parent,
                          GError **error)
{
    node->part.mail = mail;
    node->part.parent = parent;
    gint64 part = store_part_add(extractor->store, &node->part, error);
    if (part == 0)
        return FALSE;
    for (guint i = 0; i < node->readings->len; i++) {
        const NodeReading *reading = node->readings->pdata[i];
        gint64 id = reading->kept;
        if (id == 0)
            id = store_reading_add(extractor->store, node->part.sha256, reading->filter->name,
                                   g_hash_table_lookup(extractor->versions, reading->filter->name),
                                   extractor->params_sha256, reading->fresh, reading->members,
                                   error);
        if (id == 0 || !store_part_read(extractor->store, part, id, error))
            return FALSE;
    }
    for (guint i = 0; i < node->children->len; i++)
        if (!keep_tree(extractor, node->children->pdata[i], mail, part, error))
            return FALSE;
    return TRUE;
}

static const json_t *root_fact(const Node *root, const gchar *name)
{
    for (guint i = 0; i < root->readings->len; i++) {
        const json_t *value = fact_value(facts_of(root->readings->pdata[i]), name, 0);
        if (value != NULL)
            return value;
    }
    return NULL;
}

static gboolean keep_head(Store *store, const Mail *mail, const Node *root, GError **error)
{
    const json_t *from = root_fact(root, "mail.from"), *proved = root_fact(root, "mail.proved");
    const gchar *name = json_string_value(json_object_get(from, "name"));
    Mail head = {
        .id = mail->id,
        .sender = (gchar *)json_string_value(json_object_get(from, "address")),
        .sender_name = name != NULL && name[0] != '\0' ? (gchar *)name : NULL,
        .sender_proved = json_is_boolean(proved) ? json_is_true(proved) : STORE_NULL,
        .subject = (gchar *)json_string_value(root_fact(root, "mail.subject")),
        .message_id = (gchar *)json_string_value(root_fact(root, "mail.message_id")),
    };
    return store_mail_set_head(store, &head, error);
}
