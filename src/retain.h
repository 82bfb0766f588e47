/* Housekeeping after the stages: the bytes of mail that is no submission are dropped after
 * retain_unrelated_days; its place, hash and class stay. */
#pragma once

#include "config.h"
#include "spool.h"
#include "store.h"

/* Drops what is due, rows first, then files: a file left over by a death in between is named by
 * nobody. */
gboolean retain_drop(const Config *config, Store *store, Spool *spool, GError **error);
