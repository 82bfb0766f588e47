/* The chain: one event a transaction, over every row that it wrote (schema.sql, table event). */
#include "sha256.h"
#include "store-private.h"
#include "unix-time.h"

#include <string.h>
#include <sys/random.h>

typedef struct {
    const gchar *table; /* interned */
    gint64 id;
} Written;

struct EventLog {
    sqlite3 *database;
    GPtrArray *rows;     /* Written*, each once, in the order of writing */
    GHashTable *seen;    /* the same */
    GHashTable *queries; /* table, interned → the SQL that gives a row of it as JSON */
};

static guint written_hash(gconstpointer key)
{
    const Written *row = key;
    return g_direct_hash(row->table) ^ g_int64_hash(&row->id);
}

static gboolean written_equal(gconstpointer a, gconstpointer b)
{
    const Written *one = a, *other = b;
    return one->table == other->table && one->id == other->id;
}

static void remember(void *data, G_GNUC_UNUSED int operation, const char *database,
                     const char *table, sqlite3_int64 id)
{
    EventLog *log = data;
    if (strcmp(database, "main") != 0 || strcmp(table, "event") == 0)
        return;
    Written row = {g_intern_string(table), id};
    if (g_hash_table_contains(log->seen, &row))
        return;
    Written *kept = g_memdup2(&row, sizeof(row));
    g_hash_table_add(log->seen, kept);
    g_ptr_array_add(log->rows, kept);
}

EventLog *event_log_new(sqlite3 *database)
{
    EventLog *log = g_new(EventLog, 1);
    log->database = database;
    log->rows = g_ptr_array_new_with_free_func(g_free);
    log->seen = g_hash_table_new(written_hash, written_equal);
    log->queries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    sqlite3_update_hook(database, remember, log);
    return log;
}

void event_log_free(EventLog *log)
{
    if (log == NULL)
        return;
    sqlite3_update_hook(log->database, NULL, NULL);
    g_hash_table_unref(log->seen);
    g_ptr_array_unref(log->rows);
    g_hash_table_unref(log->queries);
    g_free(log);
}

void event_log_clear(EventLog *log)
{
    g_hash_table_remove_all(log->seen);
    g_ptr_array_set_size(log->rows, 0);
}

/* Canonical: keys sorted, no white space. SQLite writes it by itself:
 * "SELECT json_object('id', id, …) FROM …". */
static gchar *make_query(Store *store, const gchar *table, GError **error)
{
    g_autoptr(Statement) columns =
        statement(store, error, "SELECT name FROM pragma_table_info(?) ORDER BY name", "s", table);
    if (columns == NULL)
        return NULL;
    g_autoptr(GString) query = g_string_new("SELECT json_object(");
    gboolean failed;
    for (guint i = 0; statement_row(store, columns, &failed, error); i++) {
        const gchar *name = (const gchar *)sqlite3_column_text(columns, 0);
        g_string_append_printf(query, "%s'%s', \"%s\"", i > 0 ? ", " : "", name, name);
    }
    g_string_append_printf(query, ") FROM \"%s\" WHERE id = ?", table);
    return failed ? NULL : g_string_free(g_steal_pointer(&query), FALSE);
}

static const gchar *query_of(Store *store, const gchar *table, GError **error)
{
    gchar *query = g_hash_table_lookup(store->events->queries, table);
    if (query == NULL && (query = make_query(store, table, error)) != NULL)
        g_hash_table_insert(store->events->queries, (gpointer)table, query);
    return query;
}

/* SHA-256(SALT ‖ the row as canonical JSON); NULL without an error when the row is gone. */
static gchar *row_digest(Store *store, const Written *row, const gchar *salt, gboolean *failed,
                         GError **error)
{
    const gchar *query = query_of(store, row->table, error);
    g_autoptr(Statement) stmt = query != NULL ? statement(store, error, query, "i", row->id) : NULL;
    *failed = stmt == NULL;
    if (stmt == NULL || !statement_row(store, stmt, failed, error))
        return NULL;
    g_autoptr(Sha256) sum = sha256_new();
    sha256_update(sum, salt, strlen(salt));
    sha256_update(sum, sqlite3_column_text(stmt, 0), (gsize)sqlite3_column_bytes(stmt, 0));
    return sha256_hex(sum);
}

static gchar *new_salt(GError **error)
{
    guint8 bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) == sizeof bytes)
        return hex_of(bytes, sizeof bytes);
    sj_fail_errno(error, SJ_ERROR_IO, "no random bytes");
    return NULL;
}

/* Both are JSON lists; nothing in them needs quoting. */
static gboolean describe_rows(Store *store, GString *rows, GString *salts, GError **error)
{
    const GPtrArray *written = store->events->rows;
    for (guint i = 0; i < written->len; i++) {
        const Written *row = written->pdata[i];
        g_autofree gchar *salt = new_salt(error);
        if (salt == NULL)
            return FALSE;
        gboolean failed;
        g_autofree gchar *digest = row_digest(store, row, salt, &failed, error);
        if (failed)
            return FALSE;
        const gchar *quote = digest != NULL ? "\"" : "";
        g_string_append_printf(
            rows, "%s{\"digest\":%s%s%s,\"id\":%" G_GINT64_FORMAT ",\"table\":\"%s\"}",
            i > 0 ? "," : "[", quote, digest != NULL ? digest : "null", quote, row->id, row->table);
        g_string_append_printf(salts, "%s\"%s\"", i > 0 ? "," : "[", salt);
    }
    g_string_append_c(rows, ']');
    g_string_append_c(salts, ']');
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

static gboolean append(Store *store, const gchar *what, const gchar *rows, const gchar *salts,
                       GError **error)
{
    gint64 number;
    g_autofree gchar *previous = NULL;
    if (!store_head(store, &number, &previous, error))
        return FALSE;
    gint64 now = unix_time_now();
    g_autofree gchar *text = g_strdup_printf(
        "{\"at\":%" G_GINT64_FORMAT ",\"number\":%" G_GINT64_FORMAT ",\"rows\":%s,\"what\":\"%s\"}",
        now, number + 1, rows, what);
    g_autoptr(Sha256) sum = sha256_new();
    sha256_update(sum, previous, strlen(previous));
    sha256_update(sum, text, strlen(text));
    g_autofree gchar *hash = sha256_hex(sum);
    return store_run(
        store, error,
        "INSERT INTO event (number, at, what, rows, salts, hash) VALUES (?, ?, ?, ?, ?, ?)",
        "iissss", number + 1, now, what, rows, salts, hash);
}

gboolean event_append(Store *store, const gchar *what, gboolean *added, GError **error)
{
    *added = store->events->rows->len > 0;
    if (!*added)
        return TRUE;
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(GString) salts = g_string_new(NULL);
    gboolean done = describe_rows(store, rows, salts, error) &&
                    append(store, what, rows->str, salts->str, error);
    event_log_clear(store->events);
    return done;
}
