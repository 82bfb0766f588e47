/* The store's tree of files of a mail, and what filters read in them. */
#pragma once

#include "reading.h"
#include "store.h"

/* A file that a filter found in a file, or made of it. */
typedef struct {
    gchar *name; /* the sender's; "" when there is none */
    gboolean is_inline;
    gchar *sha256;
    gint64 size;
    gchar *kind;           /* media type, as the filter that found it said; NULL: it did not */
    gboolean is_rendition; /* it is the same file in another form, and no part of the mail */
} Member;

void member_free(Member *member);

/* The id of the reading of the file SHA256 by FILTER, of that VERSION line, with PARAMS (their
 * SHA-256); 0 where there is none. Faults are not found: they are read again. */
gboolean store_reading_find(Store *store, const gchar *sha256, const gchar *filter,
                            const gchar *version, const gchar *params, gint64 *id, GError **error);
/* Keeps READING, with MEMBERS (Member*) for the files it left; its id, 0 on error. */
gint64 store_reading_add(Store *store, const gchar *sha256, const gchar *filter,
                         const gchar *version, const gchar *params, const Reading *reading,
                         const GPtrArray *members, GError **error);
/* Member* that READING found, in the order announced. */
GPtrArray *store_members(Store *store, gint64 reading, GError **error);

typedef struct {
    gint64 id, mail, parent; /* parent STORE_NULL: the message itself */
    gchar *name;
    gboolean is_inline;
    gchar *sha256;
    gint64 size;
    gchar *type;  /* media type by its bytes */
    gchar *role;  /* "form", "scan", "other", "container" */
    gchar *taken; /* why it was left alone: "no-filter" (nothing that a form or a scan could be),
                   * "unread" (a document that no filter reads), "too-deep", "too-many"; NULL: a
                   * filter took it */
} Part;

void part_free(Part *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Part, part_free)

/* Records the part (its id is not used) and the file; the new id, 0 on error. */
gint64 store_part_add(Store *store, const Part *part, GError **error);
/* READING is one of those of PART. */
gboolean store_part_read(Store *store, gint64 part, gint64 reading, GError **error);
/* Part* of MAIL in the order of the tree, the message first. */
GPtrArray *store_parts(Store *store, gint64 mail, GError **error);
/* NULL with SJ_ERROR_DATA when there is none. */
Part *store_part(Store *store, gint64 id, GError **error);

/* Fact* of all readings of PART, in the order printed (shared: not to be changed); for READING with
 * store_reading_facts. */
GPtrArray *store_part_facts(Store *store, gint64 part, GError **error);
GPtrArray *store_reading_facts(Store *store, gint64 reading, GError **error);
/* Fact* of the name NAME in all parts of MAIL, also in the mails in it. */
GPtrArray *store_mail_facts(Store *store, gint64 mail, const gchar *name, GError **error);
/* Fact* of the message MAIL itself. */
GPtrArray *store_message_facts(Store *store, gint64 mail, GError **error);

/* What a person must look at in a part: each note, each fault,
 * and a document that no filter reads. */
typedef struct {
    gint64 part;
    gint64 received_at; /* of its mail */
    /* Name of the note, "fault", or why it was left: "unread", "too-deep", "too-many". */
    gchar *note;
    /* What it is about: the part's name, and of a container the note's detail, which is a file in
     * it; "" for the mail itself. */
    gchar *object;
} Trouble;

void trouble_free(Trouble *trouble);
/* Trouble* in all parts of MAIL. */
GPtrArray *store_troubles(Store *store, gint64 mail, GError **error);
