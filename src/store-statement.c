/* Prepared statements of the store, and SQLite's errors as ours. */
#include "store-private.h"

#include <stdarg.h>

/* A server's answer or an argument may be in any encoding, and the chain is made over JSON. */
static int bind_text(sqlite3_stmt *stmt, int at, const gchar *text)
{
    if (text == NULL)
        return sqlite3_bind_null(stmt, at);
    if (g_utf8_validate(text, -1, NULL))
        return sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
    return sqlite3_bind_text(stmt, at, g_utf8_make_valid(text, -1), -1, g_free);
}

static gboolean bind(sqlite3_stmt *stmt, const gchar *types, va_list arguments)
{
    for (int i = 0; types[i] != '\0'; i++) {
        int at = i + 1, result;
        if (types[i] == 's') {
            result = bind_text(stmt, at, va_arg(arguments, const gchar *));
        } else if (types[i] == 'b') {
            result = sqlite3_bind_int(stmt, at, va_arg(arguments, gboolean) ? 1 : 0);
        } else {
            gint64 value = va_arg(arguments, gint64);
            result = value == STORE_NULL ? sqlite3_bind_null(stmt, at)
                                         : sqlite3_bind_int64(stmt, at, value);
        }
        if (result != SQLITE_OK)
            return FALSE;
    }
    return TRUE;
}

/* Prepared once; NULL on error. */
static sqlite3_stmt *cached(Store *store, const gchar *sql)
{
    sqlite3_stmt *stmt = g_hash_table_lookup(store->statements, sql);
    if (stmt == NULL && sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                           &stmt, NULL) == SQLITE_OK)
        g_hash_table_insert(store->statements, (gpointer)sql, stmt);
    return stmt;
}

static sqlite3_stmt *prepare(Store *store, GError **error, const gchar *sql, const gchar *types,
                             va_list arguments)
{
    sqlite3_stmt *stmt = cached(store, sql);
    if (stmt != NULL && bind(stmt, types, arguments))
        return stmt;
    if (stmt != NULL)
        statement_done(stmt);
    store_fail(store, error, sql);
    return NULL;
}

sqlite3_stmt *statement(Store *store, GError **error, const gchar *sql, const gchar *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    sqlite3_stmt *stmt = prepare(store, error, sql, types, arguments);
    va_end(arguments);
    return stmt;
}

gboolean statement_row(Store *store, sqlite3_stmt *stmt, gboolean *failed, GError **error)
{
    int result = sqlite3_step(stmt);
    *failed = result != SQLITE_ROW && result != SQLITE_DONE;
    if (*failed)
        store_fail(store, error, sqlite3_sql(stmt));
    return result == SQLITE_ROW;
}

void statement_done(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

static gboolean run_to_end(Store *store, sqlite3_stmt *stmt, GError **error)
{
    gboolean failed;
    while (statement_row(store, stmt, &failed, error))
        ;
    statement_done(stmt);
    return !failed;
}

gboolean store_run(Store *store, GError **error, const gchar *sql, const gchar *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    sqlite3_stmt *stmt = prepare(store, error, sql, types, arguments);
    va_end(arguments);
    return stmt != NULL && run_to_end(store, stmt, error);
}

gint64 store_insert(Store *store, GError **error, const gchar *sql, const gchar *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    sqlite3_stmt *stmt = prepare(store, error, sql, types, arguments);
    va_end(arguments);
    if (stmt == NULL || !run_to_end(store, stmt, error))
        return 0;
    return sqlite3_last_insert_rowid(sqlite3_db_handle(stmt));
}

gboolean store_int(Store *store, GError **error, gint64 otherwise, gint64 *value, const gchar *sql,
                   const gchar *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    g_autoptr(Statement) stmt = prepare(store, error, sql, types, arguments);
    va_end(arguments);
    if (stmt == NULL)
        return FALSE;
    gboolean failed;
    *value = statement_row(store, stmt, &failed, error) ? column_int(stmt, 0) : otherwise;
    return !failed;
}

GPtrArray *store_list(Store *store, GError **error, gpointer (*read)(sqlite3_stmt *stmt),
                      GDestroyNotify destroy, const gchar *sql, const gchar *types, ...)
{
    va_list arguments;
    va_start(arguments, types);
    g_autoptr(Statement) stmt = prepare(store, error, sql, types, arguments);
    va_end(arguments);
    if (stmt == NULL)
        return NULL;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(destroy);
    gboolean failed;
    while (statement_row(store, stmt, &failed, error))
        g_ptr_array_add(list, read(stmt));
    return failed ? NULL : g_steal_pointer(&list);
}

gint64 column_int(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? STORE_NULL
                                                            : sqlite3_column_int64(stmt, column);
}

gchar *column_text(sqlite3_stmt *stmt, int column)
{
    return g_strdup((const gchar *)sqlite3_column_text(stmt, column));
}

gboolean store_fail(Store *store, GError **error, const gchar *doing)
{
    int code = sqlite3_extended_errcode(store->database) & 0xff;
    const char *words = sqlite3_errmsg(store->database);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return sj_fail(error, SJ_ERROR_LATER, "%s is locked by another program; try again later",
                       store->path);
    if (code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_READONLY ||
        code == SQLITE_CANTOPEN)
        return sj_fail(error, SJ_ERROR_IO,
                       "cannot write %s: %s (is the disk full, or closed to this user?)",
                       store->path, words);
    return sj_fail(error, SJ_ERROR_DATA, "%s: %s (%s)", store->path, words, doing);
}
