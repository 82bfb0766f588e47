/* How all submissions stand at one moment, to tell later what changed (poll, recheck). */
#pragma once

#include "dossier.h"

typedef struct {
    Submission *submission;
    GPtrArray *findings; /* Finding* */
} Standing;

typedef struct {
    GPtrArray *list;   /* Standing* by receipt */
    GHashTable *by_id; /* gint64* → Standing* */
} Snapshot;

/* Of all submissions that are neither merged nor dropped; NULL on error. */
Snapshot *snapshot_take(Store *store, GError **error);
void snapshot_free(Snapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_free)

/* NULL: there was none. */
const Standing *snapshot_find(const Snapshot *snapshot, gint64 submission);
/* The same status, standing version, time of completeness, and findings in the same order. */
gboolean standing_equal(const Standing *a, const Standing *b);
