/* The tree of files of one mail: what it is made of, and what its parts are to a submission. */
#include "tree.h"

#include "role.h"

#include <string.h>

static void branch_free(Branch *branch);
static void node_free(Node *node);

void file_reading_free(FileReading *reading)
{
    g_free(reading->sha256);
    g_clear_pointer(&reading->fresh, reading_free);
    g_clear_pointer(&reading->facts, g_ptr_array_unref);
    g_clear_pointer(&reading->members, g_ptr_array_unref);
    g_clear_pointer(&reading->waiting, g_ptr_array_unref);
    g_clear_error(&reading->why);
    g_free(reading);
}

const GPtrArray *file_reading_facts(const FileReading *reading)
{
    return reading->fresh != NULL ? reading->fresh->facts : reading->facts;
}

gboolean file_reading_is_kind(const FileReading *reading)
{
    return filter_config_is_kind(reading->filter);
}

static Node *node_of(Tree *tree, guint depth, const gchar *name, const gchar *sha256, gint64 size)
{
    Node *node = g_new0(Node, 1);
    node->tree = tree;
    node->depth = depth;
    node->part.parent = STORE_NULL;
    node->part.name = g_strdup(name);
    node->part.sha256 = g_strdup(sha256);
    node->part.size = size;
    node->branches = g_ptr_array_new_with_free_func((GDestroyNotify)branch_free);
    tree->nodes++;
    return node;
}

/* The message itself needs no look at its bytes to know what it is. */
Tree *tree_new(const Mail *mail)
{
    Tree *tree = g_new0(Tree, 1);
    tree->mail = mail;
    tree->finders = g_ptr_array_new();
    tree->growing = 1; /* its root was not met */
    tree->root = node_of(tree, 0, "", mail->sha256, mail->size);
    tree->root->part.type = g_strdup("message/rfc822");
    return tree;
}

void tree_free(Tree *tree)
{
    if (tree == NULL)
        return;
    node_free(tree->root);
    g_clear_error(&tree->why);
    g_ptr_array_unref(tree->finders);
    g_free(tree);
}

gboolean tree_is_whole(const Tree *tree)
{
    return tree->why == NULL && tree->growing == 0;
}

Node *node_new(Branch *branch, const Member *member)
{
    const Node *parent = branch->node;
    Node *node =
        node_of(parent->tree, parent->depth + 1, member->name, member->sha256, member->size);
    node->part.is_inline = member->is_inline;
    node->part.type = g_strdup(member->kind);
    node->original = member->is_rendition ? branch->node : NULL;
    g_ptr_array_add(branch->children, node);
    return node;
}

Node *node_original(Node *node)
{
    while (node->original != NULL)
        node = node->original;
    return node;
}

static void node_free(Node *node)
{
    g_free(node->part.name);
    g_free(node->part.sha256);
    g_free(node->part.type);
    g_free(node->part.role);
    g_free(node->part.taken);
    g_ptr_array_unref(node->branches);
    g_free(node);
}

Branch *branch_new(Node *node, FileReading *reading)
{
    Branch *branch = g_new(Branch, 1);
    *branch = (Branch){node, reading, g_ptr_array_new_with_free_func((GDestroyNotify)node_free)};
    g_ptr_array_add(node->branches, branch);
    return branch;
}

static void branch_free(Branch *branch)
{
    g_ptr_array_unref(branch->children);
    g_free(branch);
}

/* By the facts that were read in it and in its renditions. */
static const gchar *role_read(const Node *node)
{
    for (guint i = 0; i < node->branches->len; i++) {
        const Branch *branch = node->branches->pdata[i];
        const gchar *role = role_by_facts(file_reading_facts(branch->reading));
        for (guint c = 0; c < branch->children->len && strcmp(role, "other") == 0; c++) {
            const Node *child = branch->children->pdata[c];
            role = child->original != NULL ? role_read(child) : role;
        }
        if (strcmp(role, "other") != 0)
            return role;
    }
    return "other";
}

static gboolean holds_files(const Node *node)
{
    for (guint i = 0; i < node->branches->len; i++) {
        const GPtrArray *children = ((const Branch *)node->branches->pdata[i])->children;
        for (guint c = 0; c < children->len; c++) {
            const Node *child = children->pdata[c];
            if (child->original == NULL || holds_files(child))
                return TRUE;
        }
    }
    return FALSE;
}

/* Facts first, since a filter of one's own may take the pictures out of a form. */
static const gchar *role_of(const Node *node)
{
    if (strcmp(node->part.type, "message/rfc822") == 0)
        return "container";
    const gchar *role = node->part.is_inline ? "other" : role_read(node);
    if (strcmp(role, "other") != 0)
        return role;
    return holds_files(node) ? "container" : "other";
}

static const gchar *reason_left(const Node *node)
{
    for (guint i = 0; i < node->branches->len; i++)
        if (!file_reading_is_kind(((const Branch *)node->branches->pdata[i])->reading))
            return NULL;
    return role_is_unread_document(&node->part) ? "unread" : "no-filter";
}

static void settle(Node *node)
{
    if (node->part.role == NULL && node->original == NULL) {
        node->part.role = g_strdup(role_of(node));
        node->part.taken = g_strdup(reason_left(node));
    }
    for (guint i = 0; i < node->branches->len; i++) {
        const Branch *branch = node->branches->pdata[i];
        for (guint c = 0; c < branch->children->len; c++)
            settle(branch->children->pdata[c]);
    }
}

void tree_settle(Tree *tree)
{
    settle(tree->root);
}

const json_t *tree_fact(const Tree *tree, const gchar *name)
{
    for (guint i = 0; i < tree->root->branches->len; i++) {
        const Branch *branch = tree->root->branches->pdata[i];
        const json_t *value = fact_value(file_reading_facts(branch->reading), name, 0);
        if (value != NULL)
            return value;
    }
    return NULL;
}
