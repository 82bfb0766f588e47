/* What the store's own files share. Each stands on those before it: store-statement.c (prepared
 * statements, SQLite's errors as ours), event.c (the chain), store.c (opening, transactions) and
 * store-*.c (the tables). */
#pragma once

#include "error.h"
#include "store.h"

#include <sqlite3.h>

/* event.c: which rows the transaction wrote. */
typedef struct EventLog EventLog;

struct Store {
    sqlite3 *database;
    gchar *path;
    gchar *head; /* where number and hash of the last event are written; NULL in a trial */
    GHashTable *statements; /* sqlite3_stmt*, by the address of their SQL */
    EventLog *events;
    GHashTable *facts; /* some parts (gint64*) → Fact* that were read in them: they never change */
    gsize facts_size;  /* bytes of them, about */
    gboolean in_transaction;
};

/* --- store-statement.c --- */

/* A prepared statement of STORE, kept by the address of SQL (so SQL must be a literal), bound by
 * TYPES: i gint64 (STORE_NULL: NULL), b gboolean, s const gchar * (NULL: NULL). It is given back by
 * statement_done. NULL on error. */
sqlite3_stmt *statement(Store *store, GError **error, const gchar *sql, const gchar *types, ...);
/* TRUE for a row; FALSE at the end (then *failed is FALSE) and for an error (then *failed is TRUE).
 * While one runs, the same literal must not be asked for again: it is the same statement. */
gboolean statement_row(Store *store, sqlite3_stmt *stmt, gboolean *failed, GError **error);
void statement_done(sqlite3_stmt *stmt);
typedef sqlite3_stmt Statement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Statement, statement_done)

/* Binds, runs to the end, gives back. */
gboolean store_run(Store *store, GError **error, const gchar *sql, const gchar *types, ...);
/* The same for an INSERT; the new row's id, or 0. */
gint64 store_insert(Store *store, GError **error, const gchar *sql, const gchar *types, ...);
/* The first column of the first row, or OTHERWISE. */
gboolean store_int(Store *store, GError **error, gint64 otherwise, gint64 *value, const gchar *sql,
                   const gchar *types, ...);

/* NULL gives STORE_NULL, or NULL. */
gint64 column_int(sqlite3_stmt *stmt, int column);
gchar *column_text(sqlite3_stmt *stmt, int column);

/* Calls READ(stmt) for each row and collects what it makes; NULL on error. */
GPtrArray *store_list(Store *store, GError **error, gpointer (*read)(sqlite3_stmt *stmt),
                      GDestroyNotify destroy, const gchar *sql, const gchar *types, ...);

/* SQLite's last error as ours; always FALSE. */
gboolean store_fail(Store *store, GError **error, const gchar *doing);

/* --- event.c --- */

/* Remembers the rows that DATABASE writes from now on, through SQLite's update hook. */
EventLog *event_log_new(sqlite3 *database);
void event_log_free(EventLog *log);
/* Forgets what was written (a rollback). */
void event_log_clear(EventLog *log);
/* Appends the event over the rows of store->events, and clears these; *added is FALSE when there
 * were none. */
gboolean event_append(Store *store, const gchar *what, gboolean *added, GError **error);

/* --- store-mail.c, store-part.c, store-submission.c --- */

/* The columns of a mail m and of a part p, and what store_list makes of them. */
#define MAIL_COLUMNS                                                                               \
    "m.id, m.sha256, m.size, m.received_at, m.clock, m.answerable, m.state, m.tries, m.class, "    \
    "m.sender, m.sender_name, m.sender_proved, m.subject, m.message_id"
gpointer read_mail(sqlite3_stmt *stmt);
#define PART_COLUMNS                                                                               \
    "p.id, p.mail, p.parent, p.name, p.is_inline, p.sha256, p.size, p.type, p.role, p.taken"
gpointer read_part(sqlite3_stmt *stmt);

/* Writes time of receipt and sender of its first mail where they differ: a mail that is taken in
 * later may be older. */
gboolean store_submission_set_first(Store *store, gint64 id, GError **error);
