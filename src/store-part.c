/* The store's tree of files of a mail, and what filters read in them. */
#include "store-part.h"

#include "store-private.h"

#include <string.h>

#define FACTS_KEPT (16 * 1024 * 1024) /* bytes of facts that are kept in memory */
#define FACT_BYTES 256                /* of one, beside its text */

static const char *const status_names[] = {"read", "unreadable", "fault"};

void member_free(Member *member)
{
    g_free(member->name);
    g_free(member->sha256);
    g_free(member->kind);
    g_free(member);
}

void part_free(Part *part)
{
    g_free(part->name);
    g_free(part->sha256);
    g_free(part->type);
    g_free(part->role);
    g_free(part->taken);
    g_free(part);
}

void trouble_free(Trouble *trouble)
{
    g_free(trouble->note);
    g_free(trouble->object);
    g_free(trouble);
}

gboolean store_reading_find(Store *store, const gchar *sha256, const gchar *filter,
                            const gchar *version, const gchar *params, gint64 *id, GError **error)
{
    return store_int(store, error, 0, id,
                     "SELECT id FROM reading WHERE sha256 = ? AND filter = ? AND version = ? "
                     "AND params = ? AND status <> 'fault'",
                     "ssss", sha256, filter, version, params);
}

/* As schema.sql has it. */
static gchar *facts_to_json(const GPtrArray *facts)
{
    json_t *list = json_array();
    for (guint i = 0; i < facts->len; i++) {
        const Fact *fact = facts->pdata[i];
        json_array_append_new(list, json_pack("[s, O, i]", fact->name, fact->value, fact->form));
    }
    gchar *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

static gboolean add_notes(Store *store, gint64 id, const Reading *reading, GError **error)
{
    for (guint i = 0; i < reading->notes->len; i++) {
        const Note *note = reading->notes->pdata[i];
        if (!store_run(store, error, "INSERT INTO note (reading, name, detail) VALUES (?, ?, ?)",
                       "iss", id, note->name, note->detail))
            return FALSE;
    }
    return TRUE;
}

gint64 store_reading_add(Store *store, const gchar *sha256, const gchar *filter,
                         const gchar *version, const gchar *params, const Reading *reading,
                         const GPtrArray *members, GError **error)
{
    g_autofree gchar *facts = facts_to_json(reading->facts);
    gint64 id =
        store_insert(store, error,
                     "INSERT INTO reading (sha256, filter, version, params, status, why, facts) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?)",
                     "sssssss", sha256, filter, version, params, status_names[reading->status],
                     reading->why, facts);
    if (id == 0 || !add_notes(store, id, reading, error))
        return 0;
    for (guint i = 0; i < members->len; i++) {
        const Member *member = members->pdata[i];
        if (!store_run(store, error,
                       "INSERT INTO member (reading, name, is_inline, sha256, size, kind, "
                       "is_rendition) VALUES (?, ?, ?, ?, ?, ?, ?)",
                       "isbsisb", id, member->name, member->is_inline, member->sha256, member->size,
                       member->kind, member->is_rendition))
            return 0;
    }
    return id;
}

static gpointer read_member(sqlite3_stmt *stmt)
{
    Member *member = g_new(Member, 1);
    *member = (Member){column_text(stmt, 0), column_int(stmt, 1) != 0, column_text(stmt, 2),
                       column_int(stmt, 3),  column_text(stmt, 4),     column_int(stmt, 5) != 0};
    return member;
}

GPtrArray *store_members(Store *store, gint64 reading, GError **error)
{
    return store_list(
        store, error, read_member, (GDestroyNotify)member_free,
        "SELECT name, is_inline, sha256, size, kind, is_rendition FROM member WHERE reading = ? "
        "ORDER BY id",
        "i", reading);
}

gint64 store_part_add(Store *store, const Part *part, GError **error)
{
    if (part->parent != STORE_NULL &&
        !store_run(store, error,
                   "INSERT INTO file (sha256, size) VALUES (?, ?) ON CONFLICT DO NOTHING", "si",
                   part->sha256, part->size))
        return 0;
    return store_insert(
        store, error,
        "INSERT INTO part (mail, parent, name, is_inline, sha256, size, type, role, taken) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "iisbsisss", part->mail, part->parent, part->name, part->is_inline, part->sha256,
        part->size, part->type, part->role, part->taken);
}

gboolean store_part_read(Store *store, gint64 part, gint64 reading, GError **error)
{
    return store_run(store, error, "INSERT INTO part_reading (part, reading) VALUES (?, ?)", "ii",
                     part, reading);
}

gpointer read_part(sqlite3_stmt *stmt)
{
    Part *part = g_new(Part, 1);
    *part = (Part){
        .id = column_int(stmt, 0),
        .mail = column_int(stmt, 1),
        .parent = column_int(stmt, 2),
        .name = column_text(stmt, 3),
        .is_inline = column_int(stmt, 4) != 0,
        .sha256 = column_text(stmt, 5),
        .size = column_int(stmt, 6),
        .type = column_text(stmt, 7),
        .role = column_text(stmt, 8),
        .taken = column_text(stmt, 9),
    };
    return part;
}

GPtrArray *store_parts(Store *store, gint64 mail, GError **error)
{
    return store_list(store, error, read_part, (GDestroyNotify)part_free,
                      "SELECT " PART_COLUMNS " FROM part p WHERE p.mail = ? ORDER BY p.id", "i",
                      mail);
}

Part *store_part(Store *store, gint64 id, GError **error)
{
    g_autoptr(GPtrArray) parts =
        store_list(store, error, read_part, (GDestroyNotify)part_free,
                   "SELECT " PART_COLUMNS " FROM part p WHERE p.id = ?", "i", id);
    if (parts == NULL || parts->len == 0) {
        if (parts != NULL)
            sj_fail(error, SJ_ERROR_DATA, "there is no part %" G_GINT64_FORMAT, id);
        return NULL;
    }
    return g_ptr_array_steal_index(parts, 0);
}

static Fact *fact_new(const gchar *name, const json_t *value, guint form)
{
    Fact *fact = g_new(Fact, 1);
    *fact = (Fact){g_strdup(name), json_incref((json_t *)value), form};
    return fact;
}

static void append_facts(GPtrArray *facts, const gchar *text)
{
    json_t *list = json_loads(text, 0, NULL);
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        g_ptr_array_add(facts, fact_new(json_string_value(json_array_get(entry, 0)),
                                        json_array_get(entry, 1),
                                        (guint)json_integer_value(json_array_get(entry, 2))));
    }
    json_decref(list);
}

/* Of all readings that STMT gives; *size: bytes of memory, about. */
static GPtrArray *read_facts(Store *store, sqlite3_stmt *stmt, gsize *size, GError **error)
{
    g_autoptr(GPtrArray) facts = g_ptr_array_new_with_free_func((GDestroyNotify)fact_free);
    gboolean failed;
    *size = 0;
    while (statement_row(store, stmt, &failed, error)) {
        append_facts(facts, (const gchar *)sqlite3_column_text(stmt, 0));
        *size += (gsize)sqlite3_column_bytes(stmt, 0);
    }
    *size += (facts->len + 1) * FACT_BYTES;
    return failed ? NULL : g_steal_pointer(&facts);
}

GPtrArray *store_reading_facts(Store *store, gint64 reading, GError **error)
{
    g_autoptr(Statement) stmt =
        statement(store, error, "SELECT facts FROM reading WHERE id = ?", "i", reading);
    gsize size;
    return stmt != NULL ? read_facts(store, stmt, &size, error) : NULL;
}

/* A part is asked for several times on its way through sort, judge and reply. Sort and judge go
 * through all mails of a poll in the same order: so what is kept stays, as long as there is room.
 */
GPtrArray *store_part_facts(Store *store, gint64 part, GError **error)
{
    GPtrArray *facts = g_hash_table_lookup(store->facts, &part);
    if (facts != NULL)
        return g_ptr_array_ref(facts);
    g_autoptr(Statement) stmt = statement(
        store, error,
        "SELECT r.facts FROM part_reading l JOIN reading r ON r.id = l.reading WHERE l.part = ? "
        "ORDER BY r.id",
        "i", part);
    gsize size;
    facts = stmt != NULL ? read_facts(store, stmt, &size, error) : NULL;
    if (facts != NULL && store->facts_size + size <= FACTS_KEPT) {
        g_hash_table_insert(store->facts, g_memdup2(&part, sizeof part), g_ptr_array_ref(facts));
        store->facts_size += size;
    }
    return facts;
}

GPtrArray *store_message_facts(Store *store, gint64 mail, GError **error)
{
    gint64 root;
    return store_int(store, error, 0, &root,
                     "SELECT id FROM part WHERE mail = ? AND parent IS NULL", "i", mail)
               ? store_part_facts(store, root, error)
               : NULL;
}

GPtrArray *store_mail_facts(Store *store, gint64 mail, const gchar *name, GError **error)
{
    g_autoptr(GPtrArray) parts = store_parts(store, mail, error);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)fact_free);
    for (guint i = 0; parts != NULL && i < parts->len; i++) {
        g_autoptr(GPtrArray) facts =
            store_part_facts(store, ((const Part *)parts->pdata[i])->id, error);
        if (facts == NULL)
            return NULL;
        for (guint f = 0; f < facts->len; f++) {
            const Fact *fact = facts->pdata[f];
            if (strcmp(fact->name, name) == 0)
                g_ptr_array_add(found, fact_new(fact->name, fact->value, fact->form));
        }
    }
    return parts != NULL ? g_steal_pointer(&found) : NULL;
}

static gpointer read_trouble(sqlite3_stmt *stmt)
{
    Trouble *trouble = g_new(Trouble, 1);
    g_autofree gchar *name = column_text(stmt, 3), *detail = column_text(stmt, 4);
    gboolean more = detail != NULL && detail[0] != '\0' && strcmp(detail, name) != 0;
    *trouble = (Trouble){column_int(stmt, 0), column_int(stmt, 1), column_text(stmt, 2),
                         more && name[0] != '\0' ? g_strdup_printf("%s：%s", name, detail)
                                                 : g_strdup(more ? detail : name)};
    return trouble;
}

GPtrArray *store_troubles(Store *store, gint64 mail, GError **error)
{
    return store_list(
        store, error, read_trouble, (GDestroyNotify)trouble_free,
        "SELECT p.id, m.received_at, coalesce(n.name, 'fault'), p.name, "
        "CASE WHEN p.role = 'container' OR p.name = '' THEN n.detail END "
        "FROM mail m JOIN part p ON p.mail = m.id JOIN part_reading l ON l.part = p.id JOIN "
        "reading r ON r.id = l.reading "
        "LEFT JOIN note n ON n.reading = r.id "
        "WHERE m.id = ?1 AND NOT p.is_inline AND (n.id IS NOT NULL OR r.status <> 'read') "
        "UNION ALL SELECT p.id, m.received_at, p.taken, p.name, NULL "
        "FROM mail m JOIN part p ON p.mail = m.id "
        "WHERE m.id = ?1 AND p.taken IN ('unread', 'too-deep', 'too-many') ORDER BY 1",
        "i", mail);
}
