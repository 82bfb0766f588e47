/* The tree of files of one mail while it is read: the message, what filters found in it, and in
 * that. */
#pragma once

#include "config.h"
#include "reading.h"
#include "spool.h"
#include "store-mail.h"
#include "store-part.h"

/* What one filter reads in one file. Files with the same bytes share it. */
typedef struct {
    gchar *sha256;
    SpoolArea area;
    const FilterConfig *filter;
    const gchar *version; /* the filter's */
    gint64 started;       /* g_get_monotonic_time */
    gboolean done;
    GError *why;        /* it cannot be read now */
    gint64 kept;        /* its id, when the store had it */
    Reading *fresh;     /* else what the filter said */
    GPtrArray *facts;   /* Fact* of a kept one */
    GPtrArray *members; /* Member* */
    GPtrArray *waiting; /* Branch* that grow when it is done */
} FileReading;

void file_reading_free(FileReading *reading);
/* Fact* of one that is done. */
const GPtrArray *file_reading_facts(const FileReading *reading);
/* By the filter that says what a file is: every file meets it, and it takes none. */
gboolean file_reading_is_kind(const FileReading *reading);

typedef struct Node Node;
typedef struct Tree Tree;

/* A reading of a node's file, and the files that it found. */
typedef struct {
    Node *node;
    FileReading *reading; /* not ours */
    GPtrArray *children;  /* Node* */
} Branch;

struct Node {
    Tree *tree;
    Node *original; /* of what this is the rendition, which is no part of the mail; NULL: it is */
    guint depth;
    Part part;           /* type NULL: not known yet */
    GPtrArray *branches; /* Branch*, in the order of the configuration */
};

struct Tree {
    const Mail *mail; /* not ours */
    Node *root;
    guint nodes;
    guint64 bytes;      /* of the files found in it */
    GPtrArray *finders; /* FilterConfig*: those that found some */
    gint64 spent;       /* µs that filters took for it */
    gsize printed;      /* bytes that they printed of it */
    guint growing;      /* what was asked for and has not grown, the root too: 0 once it is whole */
    GError *why;        /* it cannot be read, for a reason that is its own */
};

Tree *tree_new(const Mail *mail);
void tree_free(Tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)
/* A file that BRANCH found, or the rendition of its own file. */
Node *node_new(Branch *branch, const Member *member);
/* NODE itself, or the part of the mail whose rendition it is. */
Node *node_original(Node *node);
Branch *branch_new(Node *node, FileReading *reading);

/* Everything in it was read. */
gboolean tree_is_whole(const Tree *tree);
/* Of a tree that was read: gives every part its role, and the reason where no filter took it. */
void tree_settle(Tree *tree);
/* A fact about the message itself; NULL: none. */
const json_t *tree_fact(const Tree *tree, const gchar *name);
