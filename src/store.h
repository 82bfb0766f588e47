/* intake.db: transactions over all its tables; each that writes leaves an event in the chain. What
 * the tables mean stands in schema.sql; the functions that read and write them are in store-mail.h,
 * store-part.h, store-submission.h and store-reply.h. Nobody else sees SQLite's handle. */
#pragma once

#include <glib.h>

typedef struct Store Store;

typedef enum {
    STORE_READ,  /* what is there; no database is SJ_ERROR_DATA */
    STORE_WRITE, /* made and migrated where needed */
    STORE_TRIAL, /* a copy in a temporary file without a name, for --dry-run: all is lost on free */
} StoreMode;

/* An integer that is NULL in the database. */
#define STORE_NULL G_MININT64

/* Opens DIRECTORY/intake.db. A database that another program keeps locked is SJ_ERROR_LATER, a full
 * disk SJ_ERROR_IO, one that is damaged or of a newer schema SJ_ERROR_DATA. */
Store *store_open(const gchar *directory, StoreMode mode, GError **error);
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

/* BEGIN IMMEDIATE. Every row written until the commit is remembered for the event. */
gboolean store_begin(Store *store, GError **error);
/* Adds the event WHAT over the rows written and commits; without any row written it only ends the
 * transaction. Then DIRECTORY/head says number and hash of the last event; when only that cannot be
 * written, it is FALSE with the rows committed (whoever opens to write, or commits, next does it).
 * Any other failure rolls back. */
gboolean store_commit(Store *store, const gchar *what, GError **error);
/* Does nothing outside of a transaction, so that it can stand behind every error. */
void store_rollback(Store *store);
#define STORE_BATCH 200 /* mails, or other rows, in one transaction */

/* For work on COUNT rows in transactions of STORE_BATCH: around the work on row I (from 0). After
 * a FALSE, of these or of the work, comes store_rollback. */
gboolean store_batch_begin(Store *store, guint i, GError **error);
gboolean store_batch_end(Store *store, guint i, guint count, const gchar *what, GError **error);

/* Number and hash of the last event, for the proof in an answer (hash to be freed). Within a
 * transaction, store_event_now first adds the event over what was written so far. 0 and 64 zeros
 * before the first. */
gboolean store_event_now(Store *store, const gchar *what, GError **error);
gboolean store_head(Store *store, gint64 *number, gchar **hash, GError **error);

/* What one poll tells the next; 0 where nothing is remembered. Setting what it is already writes
 * nothing. */
gboolean store_memory(Store *store, const gchar *name, gint64 *value, GError **error);
gboolean store_remember(Store *store, const gchar *name, gint64 value, GError **error);
/* The same in a transaction of its own, with the event WHAT. */
gboolean store_remember_alone(Store *store, const gchar *name, gint64 value, const gchar *what,
                              GError **error);
