/* The stages that poll and import share, from fetched mail to findings and queued answers. */
#pragma once

#include "command.h"
#include "snapshot.h"

/* How the submissions stood before and after; both NULL where there was no mail to work on: then
 * none has changed, and none was loaded. */
typedef struct {
    Snapshot *before, *after;
} Changes;

void changes_clear(Changes *changes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Changes, changes_clear)

/* What extraction left: sort → judge, which queues the answers. What was done until one failed is a
 * change too. FALSE when the work could not go on. */
gboolean stages_settle(House *house, Changes *changes, GError **error);
