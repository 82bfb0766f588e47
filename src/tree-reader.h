/* Has the filters read whole trees of files, several files at a time, each file once. */
#pragma once

#include "campaign.h"
#include "tree.h"

typedef struct TreeReader TreeReader;

/* Asks every filter for its version. SJ_ERROR_CONFIG for one that cannot be started. */
TreeReader *tree_reader_new(const Config *config, const Campaign *campaign, Store *store,
                            Spool *spool, GError **error);
void tree_reader_free(TreeReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TreeReader, tree_reader_free)

/* Grows TREES (Tree*) to their leaves; the files found lie in the spool, no row is written. A tree
 * that cannot be read just now, or for a reason of its own, has `why` afterwards. FALSE: nothing
 * more can be read (configuration, disk), and some trees are not whole. */
gboolean tree_reader_read(TreeReader *reader, GPtrArray *trees, GError **error);
/* Whether an error concerns one mail or file alone. A configuration or a disk that will not do
 * stops every mail; what cannot be done just now, or not with these bytes, is tried again and keeps
 * no other from being read. */
gboolean tree_reader_is_of_one(const GError *why);
/* After each tree_reader_read, when its trees are freed: forgets the readings, and ends what still
 * runs. */
void tree_reader_forget(TreeReader *reader);
/* SHA-256 of what the campaign says to filters, which readings are kept by. */
const gchar *tree_reader_params(const TreeReader *reader);
