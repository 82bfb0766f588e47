/* How trees grow: a file meets the filter `kind`, then those that accept its kind; what these find
 * are files of the tree again. */
#include "tree-reader.h"

#include "descriptor.h"
#include "error.h"
#include "filter.h"

#include <string.h>

#define DEPTH_LIMIT 8
/* Of one mail: files and their bytes, time in filters, and what these print. */
#define NODES_LIMIT   3000
#define BYTES_LIMIT   (256 * 1024 * 1024)
#define SPENT_LIMIT   (10 * 60 * G_USEC_PER_SEC)
#define PRINTED_LIMIT (32 * 1024 * 1024)

struct TreeReader {
    const Config *config;
    Store *store;
    Spool *spool;
    FilterPool *pool;
    gchar *params;        /* SHA-256 */
    GHashTable *readings; /* "SHA256 filter" → FileReading* */
    GQueue *wanted;       /* FileReading*, to be started */
    GQueue *ready;        /* Branch*, to grow */
};

static gboolean meet(TreeReader *reader, Node *node, GError **error);
static gboolean grow(TreeReader *reader, Branch *branch, GError **error);
static gboolean add_children(TreeReader *reader, Branch *branch, GError **error);
static gboolean start(TreeReader *reader, FileReading *reading, gboolean *able, GError **error);
static gboolean finish_one(TreeReader *reader, GError **error);
static gboolean give_up(FileReading *reading, GError *why, GError **error);
static void done(TreeReader *reader, FileReading *reading);

TreeReader *tree_reader_new(const Config *config, const Campaign *campaign, Store *store,
                            Spool *spool, GError **error)
{
    g_autoptr(TreeReader) reader = g_new0(TreeReader, 1);
    reader->config = config;
    reader->store = store;
    reader->spool = spool;
    reader->readings =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)file_reading_free);
    reader->wanted = g_queue_new();
    reader->ready = g_queue_new();
    g_autofree gchar *params = campaign_params(campaign);
    reader->params = g_compute_checksum_for_string(G_CHECKSUM_SHA256, params, -1);
    reader->pool = filter_pool_new(config, params, spool, error);
    for (guint i = 0; reader->pool != NULL && i < config->filters->len; i++)
        if (filter_pool_version(reader->pool, config->filters->pdata[i], error) == NULL)
            return NULL;
    return reader->pool != NULL ? g_steal_pointer(&reader) : NULL;
}

void tree_reader_free(TreeReader *reader)
{
    if (reader == NULL)
        return;
    g_clear_pointer(&reader->pool, filter_pool_free);
    g_hash_table_unref(reader->readings);
    g_queue_free(reader->wanted);
    g_queue_free(reader->ready);
    g_free(reader->params);
    g_free(reader);
}

const gchar *tree_reader_params(const TreeReader *reader)
{
    return reader->params;
}

void tree_reader_forget(TreeReader *reader)
{
    filter_pool_stop(reader->pool);
    g_queue_clear(reader->wanted);
    g_queue_clear(reader->ready);
    g_hash_table_remove_all(reader->readings);
}

gboolean tree_reader_read(TreeReader *reader, GPtrArray *trees, GError **error)
{
    for (guint i = 0; i < trees->len; i++) {
        Tree *tree = trees->pdata[i];
        if (!meet(reader, tree->root, error))
            return FALSE;
        tree->growing--;
    }
    for (;;) {
        while (!g_queue_is_empty(reader->ready))
            if (!grow(reader, g_queue_pop_head(reader->ready), error))
                return FALSE;
        gboolean able = TRUE;
        while (able && !g_queue_is_empty(reader->wanted) && !filter_pool_is_full(reader->pool))
            if (!start(reader, g_queue_pop_head(reader->wanted), &able, error))
                return FALSE;
        if (!g_queue_is_empty(reader->ready))
            continue;
        if (filter_pool_is_idle(reader->pool))
            return TRUE;
        if (!finish_one(reader, error))
            return FALSE;
    }
}

static gboolean too_deep(Node *node);
static gboolean ask(TreeReader *reader, Node *node, const FilterConfig *filter, GError **error);
static gboolean accepts(const FilterConfig *filter, const gchar *type);

/* A new file in a tree; `kind` is the first filter of the configuration. */
static gboolean meet(TreeReader *reader, Node *node, GError **error)
{
    const FilterConfig *kind = reader->config->filters->pdata[0];
    if (node->depth > DEPTH_LIMIT)
        return too_deep(node);
    if (node->part.type == NULL)
        return ask(reader, node, kind, error);
    for (guint i = 1; i < reader->config->filters->len; i++) {
        const FilterConfig *filter = reader->config->filters->pdata[i];
        if (accepts(filter, node->part.type) && !ask(reader, node, filter, error))
            return FALSE;
    }
    return TRUE;
}

/* It is left, and a person told; of a rendition, that its file was not read. Always TRUE. */
static gboolean too_deep(Node *node)
{
    Part *part = &node_original(node)->part;
    if (node->original == NULL) {
        g_free(part->type);
        part->type = g_strdup("application/octet-stream");
    }
    if (part->role == NULL) {
        part->role = g_strdup("other");
        part->taken = g_strdup("too-deep");
    }
    return TRUE;
}

static gboolean accepts(const FilterConfig *filter, const gchar *type)
{
    for (gchar **accepted = filter->accepts; *accepted != NULL; accepted++)
        if (strcmp(*accepted, "*") == 0 || g_ascii_strcasecmp(*accepted, type) == 0)
            return TRUE;
    return FALSE;
}

static FileReading *reading_of(TreeReader *reader, const Node *node, const FilterConfig *filter,
                               GError **error);
static void cannot_be_read(Tree *tree, const GError *why);

static gboolean ask(TreeReader *reader, Node *node, const FilterConfig *filter, GError **error)
{
    FileReading *reading = reading_of(reader, node, filter, error);
    if (reading == NULL)
        return FALSE;
    Branch *branch = branch_new(node, reading);
    node->tree->growing++;
    if (reading->done)
        g_queue_push_tail(reader->ready, branch);
    else if (reading->why != NULL)
        cannot_be_read(node->tree, reading->why);
    else
        g_ptr_array_add(reading->waiting, branch);
    return TRUE;
}

static void cannot_be_read(Tree *tree, const GError *why)
{
    if (tree->why == NULL)
        tree->why = g_error_copy(why);
}

static gboolean recall(TreeReader *reader, FileReading *reading, GError **error);

/* Met before, kept in the store, or wanted from now on. */
static FileReading *reading_of(TreeReader *reader, const Node *node, const FilterConfig *filter,
                               GError **error)
{
    g_autofree gchar *key = g_strdup_printf("%s %s", node->part.sha256, filter->name);
    FileReading *reading = g_hash_table_lookup(reader->readings, key);
    if (reading != NULL)
        return reading;
    reading = g_new0(FileReading, 1);
    reading->sha256 = g_strdup(node->part.sha256);
    reading->area = node->depth == 0 ? SPOOL_MAIL : SPOOL_PARTS;
    reading->filter = filter;
    reading->version = filter_pool_version(reader->pool, filter, error);
    reading->waiting = g_ptr_array_new();
    g_hash_table_insert(reader->readings, g_steal_pointer(&key), reading);
    if (reading->version == NULL || !recall(reader, reading, error))
        return NULL;
    if (!reading->done)
        g_queue_push_tail(reader->wanted, reading);
    return reading;
}

/* Parts are not synced: after a power loss a file may have its name and not its bytes. */
static gboolean members_are_there(const TreeReader *reader, const GPtrArray *members)
{
    for (guint i = 0; i < members->len; i++)
        if (!spool_intact(reader->spool, SPOOL_PARTS, ((const Member *)members->pdata[i])->sha256))
            return FALSE;
    return TRUE;
}

/* What the store has of it; not done where it has nothing, or where files that it found are gone
 * from the spool or damaged (they are made again). */
static gboolean recall(TreeReader *reader, FileReading *reading, GError **error)
{
    gint64 id;
    if (!store_reading_find(reader->store, reading->sha256, reading->filter->name, reading->version,
                            reader->params, &id, error))
        return FALSE;
    if (id == 0)
        return TRUE;
    g_autoptr(GPtrArray) members = store_members(reader->store, id, error);
    if (members == NULL)
        return FALSE;
    if (!members_are_there(reader, members))
        return TRUE;
    reading->facts = store_reading_facts(reader->store, id, error);
    if (reading->facts == NULL)
        return FALSE;
    reading->kept = id;
    reading->members = g_steal_pointer(&members);
    reading->done = TRUE;
    return TRUE;
}

/* What files are is said by the filter of the configuration, where that is not ours. */
static gboolean kind_is_ours(const TreeReader *reader)
{
    return ((const FilterConfig *)reader->config->filters->pdata[0])->serves;
}

/* No mail may fill the disk. */
static gboolean is_full(const Tree *tree)
{
    return tree->nodes >= NODES_LIMIT || tree->bytes > BYTES_LIMIT;
}

/* Nor keep the others waiting for ever, nor fill the memory. */
static gboolean has_taken_enough(const Tree *tree)
{
    return tree->spent > SPENT_LIMIT || tree->printed > PRINTED_LIMIT;
}

/* What else is in it is left, and a person told: always TRUE. */
static gboolean too_many(Node *container)
{
    Part *part = &node_original(container)->part;
    if (part->role == NULL) {
        part->role = g_strdup("container");
        part->taken = g_strdup("too-many");
    }
    return TRUE;
}

/* What a branch found are files of its tree; what `kind` says is what its file is. */
static gboolean grow(TreeReader *reader, Branch *branch, GError **error)
{
    Tree *tree = branch->node->tree;
    if (tree->why == NULL && !add_children(reader, branch, error))
        return FALSE;
    tree->growing--;
    return TRUE;
}

static gboolean add_children(TreeReader *reader, Branch *branch, GError **error)
{
    Node *node = branch->node;
    if (file_reading_is_kind(branch->reading)) {
        const json_t *kind = fact_value(file_reading_facts(branch->reading), "file.kind", 0);
        node->part.type =
            g_strdup(json_is_string(kind) ? json_string_value(kind) : "application/octet-stream");
        return meet(reader, node, error);
    }
    gboolean believed = kind_is_ours(reader);
    for (guint i = 0; i < branch->reading->members->len; i++) {
        if (is_full(node->tree) || has_taken_enough(node->tree))
            return too_many(node);
        Node *child = node_new(branch, branch->reading->members->pdata[i]);
        if (!believed)
            g_clear_pointer(&child->part.type, g_free);
        if (!meet(reader, child, error))
            return FALSE;
    }
    return TRUE;
}

/* A filter that finds files finds no more in a tree that is full; others still read what is there.
 */
static gboolean is_for_nobody(const FileReading *reading)
{
    for (guint i = 0; i < reading->waiting->len; i++) {
        const Tree *tree = ((const Branch *)reading->waiting->pdata[i])->node->tree;
        gboolean finds = g_ptr_array_find(tree->finders, reading->filter, NULL);
        if (!has_taken_enough(tree) && !(is_full(tree) && finds))
            return FALSE;
    }
    return TRUE;
}

/* A fault, so that a person looks; it is read when it is met again. */
static void leave(TreeReader *reader, FileReading *reading)
{
    reading->fresh = reading_fault("not read, since the mail has taken too much already");
    reading->members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
    reading->started = g_get_monotonic_time();
    done(reader, reading);
}

/* What lacks (a process, a descriptor) while others run may be there when one of them has ended;
 * *able is FALSE until then. */
static gboolean start(TreeReader *reader, FileReading *reading, gboolean *able, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (is_for_nobody(reading)) {
        leave(reader, reading);
        return TRUE;
    }
    auto_fd fd = spool_read(reader->spool, reading->area, reading->sha256, &why);
    reading->started = g_get_monotonic_time();
    if (fd >= 0 && filter_pool_start(reader->pool, reading->filter, fd, reading, &why))
        return TRUE;
    *able = filter_pool_is_idle(reader->pool) || !g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER);
    if (*able)
        return give_up(reading, g_steal_pointer(&why), error);
    g_queue_push_head(reader->wanted, reading);
    return TRUE;
}

static GPtrArray *keep_files(const Reading *fresh, GError **error);

static gboolean finish_one(TreeReader *reader, GError **error)
{
    g_autoptr(GError) why = NULL;
    gpointer owner;
    g_autoptr(Reading) fresh = filter_pool_finish(reader->pool, &owner, &why);
    FileReading *reading = owner;
    if (fresh != NULL)
        reading->members = keep_files(fresh, &why);
    if (reading->members == NULL)
        return give_up(reading, g_steal_pointer(&why), error);
    /* The descriptors of what it left are not needed any more. */
    g_ptr_array_set_size(fresh->files, 0);
    reading->fresh = g_steal_pointer(&fresh);
    done(reader, reading);
    return TRUE;
}

static void charge(Tree *tree, const FileReading *reading, gint64 spent)
{
    tree->spent += spent;
    tree->printed += reading->fresh->length;
    for (guint i = 0; i < reading->members->len; i++)
        tree->bytes += (guint64)((const Member *)reading->members->pdata[i])->size;
    if (reading->members->len > 0 && !g_ptr_array_find(tree->finders, reading->filter, NULL))
        g_ptr_array_add(tree->finders, (gpointer)reading->filter);
}

static void done(TreeReader *reader, FileReading *reading)
{
    gint64 spent = g_get_monotonic_time() - reading->started;
    reading->done = TRUE;
    for (guint i = 0; i < reading->waiting->len; i++) {
        Branch *branch = reading->waiting->pdata[i];
        charge(branch->node->tree, reading, spent);
        g_queue_push_tail(reader->ready, branch);
    }
    g_ptr_array_set_size(reading->waiting, 0);
}

/* The files that a filter left go into the spool. */
static GPtrArray *keep_files(const Reading *fresh, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    for (guint i = 0; i < fresh->files->len; i++)
        g_ptr_array_add(files, ((const LeftFile *)fresh->files->pdata[i])->file);
    if (!spool_commit((SpoolFile **)files->pdata, files->len, error))
        return NULL;
    g_autoptr(GPtrArray) members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
    for (guint i = 0; i < fresh->files->len; i++) {
        const LeftFile *left = fresh->files->pdata[i];
        Member *member = g_new(Member, 1);
        *member = (Member){g_strdup(left->name),
                           left->is_inline,
                           g_strdup(spool_file_sha256(left->file)),
                           (gint64)spool_file_size(left->file),
                           g_strdup(left->kind),
                           left->is_rendition};
        g_ptr_array_add(members, member);
    }
    return g_steal_pointer(&members);
}

gboolean tree_reader_is_of_one(const GError *why)
{
    return g_error_matches(why, SJ_ERROR, SJ_ERROR_LATER) ||
           g_error_matches(why, SJ_ERROR, SJ_ERROR_DATA);
}

/* Takes WHY. */
static gboolean give_up(FileReading *reading, GError *why, GError **error)
{
    reading->why = why;
    for (guint i = 0; i < reading->waiting->len; i++)
        cannot_be_read(((Branch *)reading->waiting->pdata[i])->node->tree, why);
    if (tree_reader_is_of_one(why))
        return TRUE;
    g_propagate_error(error, g_error_copy(why));
    return FALSE;
}
