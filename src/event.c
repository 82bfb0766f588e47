/* The chain: one event a transaction, over every row that it wrote (schema.sql, table event). */
#include "store-private.h"
#include "unix-time.h"

#include <jansson.h>
#include <string.h>
#include <sys/random.h>

typedef struct {
    gchar *table;
    gint64 id;
} Written;

struct EventLog {
    sqlite3 *database;
    GPtrArray *rows;  /* Written*, each once, in the order of writing */
    GHashTable *seen; /* the same, as "table id" */
};

static void written_free(Written *written)
{
    g_free(written->table);
    g_free(written);
}

static void remember(void *data, int operation, const char *database, const char *table,
                     sqlite3_int64 id)
{
    (void)operation;
    EventLog *log = data;
    if (strcmp(database, "main") != 0 || strcmp(table, "event") == 0)
        return;
    if (!g_hash_table_add(log->seen, g_strdup_printf("%s %lld", table, id)))
        return;
    Written *written = g_new(Written, 1);
    *written = (Written){g_strdup(table), id};
    g_ptr_array_add(log->rows, written);
}

EventLog *event_log_new(sqlite3 *database)
{
    EventLog *log = g_new(EventLog, 1);
    log->database = database;
    log->rows = g_ptr_array_new_with_free_func((GDestroyNotify)written_free);
    log->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    sqlite3_update_hook(database, remember, log);
    return log;
}

void event_log_free(EventLog *log)
{
    if (log == NULL)
        return;
    sqlite3_update_hook(log->database, NULL, NULL);
    g_ptr_array_unref(log->rows);
    g_hash_table_unref(log->seen);
    g_free(log);
}

void event_log_clear(EventLog *log)
{
    g_ptr_array_set_size(log->rows, 0);
    g_hash_table_remove_all(log->seen);
}

static json_t *column_json(sqlite3_stmt *stmt, int column)
{
    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_NULL:
        return json_null();
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(stmt, column));
    default:
        return json_string_nocheck((const char *)sqlite3_column_text(stmt, column));
    }
}

/* Canonical: keys sorted, no white space. */
static gchar *canonical(const json_t *object)
{
    return json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
}

/* SHA-256(SALT ‖ the row as canonical JSON); NULL without an error when the row is gone. */
static gchar *row_digest(Store *store, const Written *row, const gchar *salt, gboolean *failed,
                         GError **error)
{
    /* The table's name comes from SQLite itself, and there are few of them. */
    g_autofree gchar *sql = g_strdup_printf("SELECT * FROM \"%s\" WHERE id = ?", row->table);
    g_autoptr(Statement) stmt = statement(store, error, g_intern_string(sql), "i", row->id);
    *failed = stmt == NULL;
    if (stmt == NULL || !statement_row(store, stmt, failed, error))
        return NULL;
    json_t *object = json_object();
    for (int i = 0; i < sqlite3_column_count(stmt); i++)
        json_object_set_new(object, sqlite3_column_name(stmt, i), column_json(stmt, i));
    g_autofree gchar *text = canonical(object);
    json_decref(object);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)salt, -1);
    g_checksum_update(sum, (const guchar *)text, -1);
    return g_strdup(g_checksum_get_string(sum));
}

static gboolean new_salt(gchar *hex, GError **error)
{
    guint8 bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return sj_fail_errno(error, SJ_ERROR_IO, "no random bytes");
    for (gsize i = 0; i < sizeof bytes; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return TRUE;
}

static gboolean describe_rows(Store *store, json_t *rows, json_t *salts, GError **error)
{
    const GPtrArray *written = store->events->rows;
    for (guint i = 0; i < written->len; i++) {
        const Written *row = written->pdata[i];
        gchar salt[33];
        if (!new_salt(salt, error))
            return FALSE;
        gboolean failed;
        g_autofree gchar *digest = row_digest(store, row, salt, &failed, error);
        if (failed)
            return FALSE;
        json_array_append_new(rows, json_pack("{s:s, s:I, s:s?}", "table", row->table, "id",
                                              (json_int_t)row->id, "digest", digest));
        json_array_append_new(salts, json_string(salt));
    }
    return TRUE;
}

gboolean store_head(Store *store, gint64 *number, gchar **hash, GError **error)
{
    g_autoptr(Statement) stmt =
        statement(store, error, "SELECT number, hash FROM event ORDER BY number DESC LIMIT 1", "");
    if (stmt == NULL)
        return FALSE;
    gboolean failed;
    if (statement_row(store, stmt, &failed, error)) {
        *number = column_int(stmt, 0);
        *hash = column_text(stmt, 1);
    } else if (!failed) {
        *number = 0;
        *hash = g_strnfill(64, '0');
    }
    return !failed;
}

static gboolean append(Store *store, const gchar *what, json_t *rows, const json_t *salts,
                       GError **error)
{
    gint64 number;
    g_autofree gchar *previous = NULL;
    if (!store_head(store, &number, &previous, error))
        return FALSE;
    gint64 now = unix_time_now();
    json_t *event = json_pack("{s:I, s:I, s:s, s:O}", "number", (json_int_t)(number + 1), "at",
                              (json_int_t)now, "what", what, "rows", rows);
    g_autofree gchar *text = canonical(event);
    json_decref(event);
    g_autofree gchar *linked = g_strconcat(previous, text, NULL);
    g_autofree gchar *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, linked, -1);
    g_autofree gchar *rows_text = canonical(rows), *salts_text = canonical(salts);
    return store_run(
        store, error,
        "INSERT INTO event (number, at, what, rows, salts, hash) VALUES (?, ?, ?, ?, ?, ?)",
        "iissss", number + 1, now, what, rows_text, salts_text, hash);
}

gboolean event_append(Store *store, const gchar *what, gboolean *added, GError **error)
{
    *added = store->events->rows->len > 0;
    if (!*added)
        return TRUE;
    json_t *rows = json_array(), *salts = json_array();
    gboolean done =
        describe_rows(store, rows, salts, error) && append(store, what, rows, salts, error);
    json_decref(rows);
    json_decref(salts);
    event_log_clear(store->events);
    return done;
}
