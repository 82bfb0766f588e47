/* intake.db: opening, migrating, transactions. */
#include "descriptor.h"
#include "store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long another program may hold the database before we say so. */
#define BUSY_MILLISECONDS 10000

static const char schema[] =
#include "schema.h"
    ;

/* The steps from one schema to the next; user_version counts them. */
static const char *const migrations[] = {
    schema,
    /* Files that are no part of a mail but one of its parts in another form; and which files in
     * spool/parts there are for the sake of a mail. */
    "ALTER TABLE member ADD COLUMN is_rendition INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX member_rendition ON member (sha256) WHERE is_rendition;"
    "CREATE INDEX part_reading_reading ON part_reading (reading);"
    "CREATE VIEW held (mail, sha256) AS SELECT mail, sha256 FROM part WHERE parent IS NOT NULL "
    "UNION ALL SELECT p.mail, m.sha256 FROM member m JOIN part_reading l ON l.reading = m.reading "
    "JOIN part p ON p.id = l.part WHERE m.is_rendition;",
    /* Which of our answers a mail says that it could not be delivered. */
    "CREATE TABLE bounce (id INTEGER PRIMARY KEY, reply INTEGER NOT NULL REFERENCES reply, "
    "mail INTEGER NOT NULL REFERENCES mail, UNIQUE (reply, mail)) STRICT;",
};

static gboolean open_database(Store *store, StoreMode mode, GError **error);
static gboolean copy_for_trial(Store *store, GError **error);
static gboolean migrate(Store *store, GError **error);
static gboolean write_head(Store *store, GError **error);

static void statement_free(gpointer stmt)
{
    sqlite3_finalize(stmt);
}

Store *store_open(const gchar *directory, StoreMode mode, GError **error)
{
    g_autoptr(Store) store = g_new0(Store, 1);
    store->path = g_build_filename(directory, "intake.db", NULL);
    if (mode == STORE_WRITE)
        store->head = g_build_filename(directory, "head", NULL);
    store->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, statement_free);
    store->facts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                         (GDestroyNotify)g_ptr_array_unref);
    if (mode == STORE_READ && !g_file_test(store->path, G_FILE_TEST_EXISTS)) {
        sj_fail(error, SJ_ERROR_DATA,
                "%s does not exist: nothing was taken in yet (run poll or import)", store->path);
        return NULL;
    }
    if (!open_database(store, mode, error))
        return NULL;
    if (mode == STORE_TRIAL && !copy_for_trial(store, error))
        return NULL;
    if (mode != STORE_READ && !migrate(store, error))
        return NULL;
    gint64 version;
    if (!store_int(store, error, 0, &version, "PRAGMA user_version", ""))
        return NULL;
    if (version != G_N_ELEMENTS(migrations)) {
        sj_fail(error, SJ_ERROR_DATA,
                "%s has schema %" G_GINT64_FORMAT ", this program knows %zu: %s", store->path,
                version, G_N_ELEMENTS(migrations),
                version < (gint64)G_N_ELEMENTS(migrations) ? "the next poll brings it up to date"
                                                           : "use the program that wrote it");
        return NULL;
    }
    store->events = event_log_new(store->database);
    return write_head(store, error) ? g_steal_pointer(&store) : NULL;
}

static gboolean set_up(Store *store, GError **error)
{
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, BUSY_MILLISECONDS);
    static const char settings[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000;";
    if (sqlite3_exec(store->database, settings, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(store, error, "opening");
    return TRUE;
}

static gboolean open_database(Store *store, StoreMode mode, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX |
                (mode == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    /* A trial without a database to copy starts from nothing. */
    const gchar *path = store->path;
    if (mode == STORE_TRIAL && !g_file_test(path, G_FILE_TEST_EXISTS)) {
        path = "";
        flags |= SQLITE_OPEN_CREATE;
    }
    mode_t before = umask(077);
    int result = sqlite3_open_v2(path, &store->database, flags, NULL);
    umask(before);
    if (result != SQLITE_OK)
        return store_fail(store, error, "opening");
    return set_up(store, error);
}

/* SQLite removes a database without a name by itself, however this program ends: no copy of
 * personal data stays behind. */
static gboolean copy_for_trial(Store *store, GError **error)
{
    sqlite3 *copy = NULL;
    int result = sqlite3_open_v2("", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *backup =
        result == SQLITE_OK ? sqlite3_backup_init(copy, "main", store->database, "main") : NULL;
    if (backup == NULL || sqlite3_backup_step(backup, -1) != SQLITE_DONE) {
        sj_fail(error, SJ_ERROR_IO, "copying %s to a temporary file: %s", store->path,
                sqlite3_errmsg(copy));
        sqlite3_backup_finish(backup);
        sqlite3_close(copy);
        return FALSE;
    }
    sqlite3_backup_finish(backup);
    g_hash_table_remove_all(store->statements);
    sqlite3_close(store->database);
    store->database = copy;
    return set_up(store, error);
}

static gboolean migrate(Store *store, GError **error)
{
    gint64 version;
    if (!store_int(store, error, 0, &version, "PRAGMA user_version", ""))
        return FALSE;
    for (gsize next = (gsize)version; next < G_N_ELEMENTS(migrations); next++) {
        g_autofree gchar *script =
            g_strdup_printf("BEGIN IMMEDIATE;\n%s;\nPRAGMA user_version = %zu;\nCOMMIT;",
                            migrations[next], next + 1);
        if (sqlite3_exec(store->database, script, NULL, NULL, NULL) != SQLITE_OK) {
            store_fail(store, error, "making the tables");
            sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
            return FALSE;
        }
    }
    return TRUE;
}

void store_free(Store *store)
{
    if (store == NULL)
        return;
    store_rollback(store);
    g_clear_pointer(&store->statements, g_hash_table_unref);
    g_hash_table_unref(store->facts);
    event_log_free(store->events);
    sqlite3_close(store->database);
    g_free(store->head);
    g_free(store->path);
    g_free(store);
}

gboolean store_begin(Store *store, GError **error)
{
    g_return_val_if_fail(!store->in_transaction, FALSE);
    event_log_clear(store->events);
    if (!store_run(store, error, "BEGIN IMMEDIATE", ""))
        return FALSE;
    store->in_transaction = TRUE;
    return TRUE;
}

/* By way of the spool's tmp/, where what a dead process left is known by its number. */
static gboolean replace_head(const Store *store, const gchar *line)
{
    static gint counter;
    g_autofree gchar *directory = g_path_get_dirname(store->head);
    g_autofree gchar *path = g_strdup_printf("%s/tmp/%ld.head.%d", directory, (long)getpid(),
                                             g_atomic_int_add(&counter, 1));
    auto_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return FALSE;
    if (write_all(fd, line, strlen(line)) && fsync(fd) == 0 && rename(path, store->head) == 0)
        return TRUE;
    int cause = errno;
    unlink(path);
    errno = cause;
    return FALSE;
}

/* What the file says is compared, so that a death between a commit and its head is made good by the
 * next who writes; and again after writing, since another program may have gone on meanwhile. */
static gboolean write_head(Store *store, GError **error)
{
    g_autofree gchar *written = NULL;
    if (store->head == NULL)
        return TRUE;
    g_file_get_contents(store->head, &written, NULL, NULL);
    for (;;) {
        gint64 number;
        g_autofree gchar *hash = NULL;
        if (!store_head(store, &number, &hash, error))
            return FALSE;
        g_autofree gchar *line = g_strdup_printf("%" G_GINT64_FORMAT " %s\n", number, hash);
        if (number == 0 || g_strcmp0(line, written) == 0)
            return TRUE;
        if (!replace_head(store, line))
            return sj_fail_errno(error, SJ_ERROR_IO, "cannot write %s", store->head);
        g_free(written);
        written = g_steal_pointer(&line);
    }
}

gboolean store_commit(Store *store, const gchar *what, GError **error)
{
    gboolean added = FALSE;
    if (!event_append(store, what, &added, error) || !store_run(store, error, "COMMIT", "")) {
        store_rollback(store);
        return FALSE;
    }
    store->in_transaction = FALSE;
    return !added || write_head(store, error);
}

void store_rollback(Store *store)
{
    if (!store->in_transaction)
        return;
    sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    event_log_clear(store->events);
    store->in_transaction = FALSE;
}

gboolean store_batch_begin(Store *store, guint i, GError **error)
{
    return i % STORE_BATCH != 0 || store_begin(store, error);
}

gboolean store_batch_end(Store *store, guint i, guint count, const gchar *what, GError **error)
{
    return (i % STORE_BATCH != STORE_BATCH - 1 && i != count - 1) ||
           store_commit(store, what, error);
}

gboolean store_event_now(Store *store, const gchar *what, GError **error)
{
    gboolean added;
    return event_append(store, what, &added, error);
}

gboolean store_memory(Store *store, const gchar *name, gint64 *value, GError **error)
{
    return store_int(store, error, 0, value, "SELECT value FROM memory WHERE name = ?", "s", name);
}

gboolean store_remember(Store *store, const gchar *name, gint64 value, GError **error)
{
    return store_run(store, error,
                     "INSERT INTO memory (name, value) VALUES (?1, ?2) "
                     "ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2",
                     "si", name, value);
}

gboolean store_remember_alone(Store *store, const gchar *name, gint64 value, const gchar *what,
                              GError **error)
{
    if (store_begin(store, error) && store_remember(store, name, value, error) &&
        store_commit(store, what, error))
        return TRUE;
    store_rollback(store);
    return FALSE;
}
