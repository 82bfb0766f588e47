/* Stage 2: fetched mail → its tree of files, and what the filters read in each. */
#include "extract.h"

#include "error.h"
#include "people.h"
#include "store-mail.h"
#include "store-part.h"
#include "tree-reader.h"

#define TRIES_LIMIT 5

struct Extractor {
    const Config *config;
    const Campaign *campaign;
    Store *store;
    Spool *spool;
    TreeReader *reader;  /* NULL: not needed yet */
    GHashTable *put_off; /* ids (gint64*) of mails that failed: the next poll tries again */
};

static gboolean prepare(Extractor *extractor, GError **error);
static gboolean extract_batch(Extractor *extractor, Mail **mails, guint count, int *status,
                              GError **error);
static gboolean keep_batch(Extractor *extractor, const GPtrArray *trees, GError **error);
static gboolean put_off(Extractor *extractor, const Mail *mail, int *status, const GError *why,
                        GError **error);

Extractor *extractor_new(const Config *config, const Campaign *campaign, Store *store, Spool *spool)
{
    Extractor *extractor = g_new(Extractor, 1);
    *extractor = (Extractor){
        config, campaign, store,
        spool,  NULL,     g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL)};
    return extractor;
}

void extractor_free(Extractor *extractor)
{
    if (extractor == NULL)
        return;
    g_clear_pointer(&extractor->reader, tree_reader_free);
    g_hash_table_unref(extractor->put_off);
    g_free(extractor);
}

void extract_prepare(Extractor *extractor)
{
    prepare(extractor, NULL);
}

gboolean extract_mails(Extractor *extractor, int *status, GError **error)
{
    g_autoptr(GPtrArray) mails = store_mails_in(extractor->store, "fetched", error);
    if (mails == NULL)
        return FALSE;
    for (guint i = mails->len; i-- > 0;)
        if (g_hash_table_contains(extractor->put_off, &((Mail *)mails->pdata[i])->id))
            g_ptr_array_remove_index(mails, i);
    if (mails->len == 0)
        return TRUE;
    if (!prepare(extractor, error))
        return FALSE;
    for (guint i = 0; i < mails->len; i += STORE_BATCH)
        if (!extract_batch(extractor, (Mail **)mails->pdata + i, MIN(STORE_BATCH, mails->len - i),
                           status, error))
            return FALSE;
    return TRUE;
}

gboolean extract_again(Extractor *extractor, gint64 mail, GError **error)
{
    g_autoptr(Mail) message = store_mail(extractor->store, mail, error);
    if (message == NULL || !prepare(extractor, error))
        return FALSE;
    g_autoptr(GPtrArray) trees = g_ptr_array_new_with_free_func((GDestroyNotify)tree_free);
    g_ptr_array_add(trees, tree_new(message));
    gboolean read = tree_reader_read(extractor->reader, trees, error);
    const Tree *tree = trees->pdata[0];
    if (read && tree->why != NULL) {
        g_propagate_error(error, g_error_copy(tree->why));
        read = FALSE;
    }
    g_ptr_array_set_size(trees, 0);
    tree_reader_forget(extractor->reader);
    return read;
}

static gboolean prepare(Extractor *extractor, GError **error)
{
    if (extractor->reader == NULL)
        extractor->reader = tree_reader_new(extractor->config, extractor->campaign,
                                            extractor->store, extractor->spool, error);
    return extractor->reader != NULL;
}

static gboolean finish_batch(Extractor *extractor, const GPtrArray *trees, int *status,
                             GError **error);

static gboolean extract_batch(Extractor *extractor, Mail **mails, guint count, int *status,
                              GError **error)
{
    g_autoptr(GPtrArray) trees = g_ptr_array_new_with_free_func((GDestroyNotify)tree_free);
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(trees, tree_new(mails[i]));
    gboolean read = tree_reader_read(extractor->reader, trees, error);
    gboolean done = finish_batch(extractor, trees, status, read ? error : NULL) && read;
    g_ptr_array_set_size(trees, 0);
    tree_reader_forget(extractor->reader);
    return done;
}

static gboolean keep_alone(Extractor *extractor, Tree *tree, int *status, GError **error);

/* All that is whole in one transaction. When one mail's rows do not go, each alone: the one that is
 * to blame keeps no other from being kept. */
static gboolean finish_batch(Extractor *extractor, const GPtrArray *trees, int *status,
                             GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) whole = g_ptr_array_new();
    for (guint i = 0; i < trees->len; i++)
        if (tree_is_whole(trees->pdata[i]))
            g_ptr_array_add(whole, trees->pdata[i]);
    gboolean kept = keep_batch(extractor, whole, &why);
    if (!kept && !tree_reader_is_of_one(why)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    for (guint i = 0; i < trees->len; i++) {
        Tree *tree = trees->pdata[i];
        if (tree->why != NULL
                ? !put_off(extractor, tree->mail, status, tree->why, error)
                : !kept && tree_is_whole(tree) && !keep_alone(extractor, tree, status, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean keep_alone(Extractor *extractor, Tree *tree, int *status, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) alone = g_ptr_array_new();
    g_ptr_array_add(alone, tree);
    if (keep_batch(extractor, alone, &why))
        return TRUE;
    if (tree_reader_is_of_one(why))
        return put_off(extractor, tree->mail, status, why, error);
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static gboolean keep_tree(Extractor *extractor, Tree *tree, GHashTable *ids, GError **error);
static void note_kept(GHashTable *ids);

static gboolean keep_batch(Extractor *extractor, const GPtrArray *trees, GError **error)
{
    g_autoptr(GHashTable) ids = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    gboolean kept = store_begin(extractor->store, error);
    for (guint i = 0; kept && i < trees->len; i++)
        kept = keep_tree(extractor, trees->pdata[i], ids, error);
    kept = kept && store_commit(extractor->store, "extract", error);
    if (kept)
        note_kept(ids);
    else
        store_rollback(extractor->store);
    return kept;
}

/* For the trees that are kept alone, after others of their batch. */
static void note_kept(GHashTable *ids)
{
    GHashTableIter each;
    gpointer reading, id;
    for (g_hash_table_iter_init(&each, ids); g_hash_table_iter_next(&each, &reading, &id);)
        ((FileReading *)reading)->kept = *(gint64 *)id;
}

static gboolean keep_node(Extractor *extractor, Node *node, gint64 parent, GHashTable *ids,
                          GError **error);
static gboolean keep_head(Store *store, const Tree *tree, GError **error);

/* IDS: FileReading* → its row (gint64*), of those kept in this transaction. */
static gboolean keep_tree(Extractor *extractor, Tree *tree, GHashTable *ids, GError **error)
{
    tree_settle(tree);
    return keep_node(extractor, tree->root, STORE_NULL, ids, error) &&
           keep_head(extractor->store, tree, error) &&
           store_mail_set_state(extractor->store, tree->mail->id, "extracted", error);
}

static gint64 keep_reading(Extractor *extractor, const FileReading *reading, GHashTable *ids,
                           GError **error);

static gboolean keep_branches(Extractor *extractor, const Node *node, gint64 part, GHashTable *ids,
                              GError **error);

static gboolean keep_node(Extractor *extractor, Node *node, gint64 parent, GHashTable *ids,
                          GError **error)
{
    node->part.mail = node->tree->mail->id;
    node->part.parent = parent;
    gint64 part = store_part_add(extractor->store, &node->part, error);
    return part != 0 && keep_branches(extractor, node, part, ids, error);
}

/* What was read in NODE, which is PART or a rendition of it, and what was found there. */
static gboolean keep_branches(Extractor *extractor, const Node *node, gint64 part, GHashTable *ids,
                              GError **error)
{
    for (guint i = 0; i < node->branches->len; i++) {
        const Branch *branch = node->branches->pdata[i];
        gint64 id = keep_reading(extractor, branch->reading, ids, error);
        if (id == 0 || !store_part_read(extractor->store, part, id, error))
            return FALSE;
    }
    for (guint i = 0; i < node->branches->len; i++) {
        const Branch *branch = node->branches->pdata[i];
        for (guint c = 0; c < branch->children->len; c++) {
            Node *child = branch->children->pdata[c];
            if (child->original != NULL ? !keep_branches(extractor, child, part, ids, error)
                                        : !keep_node(extractor, child, part, ids, error))
                return FALSE;
        }
    }
    return TRUE;
}

static gint64 keep_reading(Extractor *extractor, const FileReading *reading, GHashTable *ids,
                           GError **error)
{
    if (reading->kept != 0)
        return reading->kept;
    const gint64 *known = g_hash_table_lookup(ids, reading);
    if (known != NULL)
        return *known;
    gint64 id = store_reading_add(extractor->store, reading->sha256, reading->filter->name,
                                  reading->version, tree_reader_params(extractor->reader),
                                  reading->fresh, reading->members, error);
    if (id != 0)
        g_hash_table_insert(ids, (gpointer)reading, g_memdup2(&id, sizeof(id)));
    return id;
}

static gboolean keep_head(Store *store, const Tree *tree, GError **error)
{
    const json_t *from = tree_fact(tree, "mail.from"), *proved = tree_fact(tree, "mail.proved");
    const gchar *name = json_string_value(json_object_get(from, "name"));
    Mail head = {
        .id = tree->mail->id,
        .sender = (gchar *)json_string_value(json_object_get(from, "address")),
        .sender_name = name != NULL && name[0] != '\0' ? (gchar *)name : NULL,
        .sender_proved = json_is_boolean(proved) ? json_is_true(proved) : STORE_NULL,
        .subject = (gchar *)json_string_value(tree_fact(tree, "mail.subject")),
        .message_id = (gchar *)json_string_value(tree_fact(tree, "mail.message_id")),
    };
    return store_mail_set_head(store, &head, error);
}

static gboolean write_down(Store *store, const Mail *mail, gboolean *aside, GError **error)
{
    gint64 tries;
    if (!store_begin(store, error) || !store_mail_tried(store, mail->id, &tries, error))
        return FALSE;
    *aside = tries >= TRIES_LIMIT;
    return (!*aside || (store_mail_set_state(store, mail->id, "aside", error) &&
                        store_mail_set_class(store, mail->id, "question", error))) &&
           store_commit(store, "extract", error);
}

static gboolean put_off(Extractor *extractor, const Mail *mail, int *status, const GError *why,
                        GError **error)
{
    gboolean aside;
    g_hash_table_add(extractor->put_off, g_memdup2(&mail->id, sizeof(mail->id)));
    if (!write_down(extractor->store, mail, &aside, error)) {
        store_rollback(extractor->store);
        return FALSE;
    }
    people_complain("mail %s: %s; %s", mail->sha256, why->message,
                    aside ? "set aside after several tries, a person must look (shoujian log --all)"
                          : "it is read again at the next poll");
    if (!aside)
        *status = sj_worse_status(*status, sj_exit_status(why));
    return TRUE;
}
