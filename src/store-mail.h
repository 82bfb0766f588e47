/* The store's mails, the places where they were seen, and what each folder looked like. */
#pragma once

#include "store.h"

typedef struct {
    gint64 id;
    gchar *sha256;
    gint64 size, received_at; /* bytes, Unix seconds */
    gchar *clock;             /* whose time that is: "internaldate", "received", "said" */
    gboolean answerable;      /* FALSE: imported without --answer */
    gchar *state;             /* "fetched", "extracted", "sorted", "done", "aside" */
    gint64 tries;
    gchar *class;                /* NULL before it is sorted */
    gchar *sender, *sender_name; /* NULL: not read */
    gint64 sender_proved;        /* 0, 1 or STORE_NULL */
    gchar *subject, *message_id;
} Mail;

void mail_free(Mail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mail, mail_free)

/* The message with these bytes, made (state fetched) where there is none; one whose bytes were
 * dropped is kept again. Its id, 0 on error. */
gint64 store_mail_add(Store *store, const gchar *sha256, gint64 size, gint64 received_at,
                      const gchar *clock, gboolean answerable, GError **error);
/* The id of the message with these bytes; 0: it is not known. */
gboolean store_mail_find(Store *store, const gchar *sha256, gint64 *id, GError **error);
/* NULL with SJ_ERROR_DATA when there is none. */
Mail *store_mail(Store *store, gint64 id, GError **error);
/* Mails in STATE, Mail*, by time of receipt (the order in which everything is done). */
GPtrArray *store_mails_in(Store *store, const gchar *state, GError **error);
/* Whether any mail is on its way through the stages. */
gboolean store_mails_pending(Store *store, gboolean *pending, GError **error);
/* How many mails there are of each class, with those from before the window as "before": class →
 * gint64*. */
GHashTable *store_mail_classes(Store *store, GError **error);
/* Mails that became no submission, or whose submission a person dropped; Mail*,
 * by time of receipt. */
GPtrArray *store_mails_apart(Store *store, GError **error);

/* Writes sender, sender_name, sender_proved, subject and message_id of MAIL. */
gboolean store_mail_set_head(Store *store, const Mail *mail, GError **error);
gboolean store_mail_set_state(Store *store, gint64 id, const gchar *state, GError **error);
gboolean store_mail_set_class(Store *store, gint64 id, const gchar *class, GError **error);
/* One more try that failed; *tries is their number now. */
gboolean store_mail_tried(Store *store, gint64 id, gint64 *tries, GError **error);
/* The time of receipt of the last mail from SENDER, 0 where there is none. */
gboolean store_mail_last_from(Store *store, const gchar *sender, gint64 *received_at,
                              GError **error);

/* Mails received before BEFORE that are no submission and whose bytes are still kept; Mail*. */
GPtrArray *store_mails_to_drop(Store *store, gint64 before, GError **error);
/* Their bytes are kept no longer. *FILES: SHA-256 of the parts that no other mail has. */
gboolean store_mail_drop(Store *store, gint64 id, GPtrArray **files, GError **error);

typedef struct {
    gchar *folder;
    guint32 uidvalidity, uid;
    gint64 received_at;
    gint64 mail; /* STORE_NULL: before the window */
} Place;

/* Records that MAIL (STORE_NULL: before the window) was seen there; one known already stays as it
 * is. */
gboolean store_place_add(Store *store, const gchar *folder, guint32 uidvalidity, guint32 uid,
                         gint64 received_at, gint64 size, gint64 mail, GError **error);
/* The known UIDs of a folder from LOWEST on, as keys (GUINT_TO_POINTER) of a set. */
GHashTable *store_place_uids(Store *store, const gchar *folder, guint32 uidvalidity, guint32 lowest,
                             GError **error);
/* Place* of MAIL, oldest first; for STORE_NULL those before the window. */
GPtrArray *store_places(Store *store, gint64 mail, GError **error);

typedef struct {
    guint32 uidvalidity;       /* 0: nothing is known of it */
    gint64 count, highest_uid; /* when all that it had was known */
    gint64 compared_at;        /* when all its UIDs were compared last */
    gint64 uidnext;            /* what the server said then; 0: it does not say */
} FolderState;

/* All 0 where nothing is known. */
gboolean store_folder(Store *store, const gchar *name, FolderState *state, GError **error);
/* Writes only what differs. */
gboolean store_folder_set(Store *store, const gchar *name, const FolderState *state,
                          GError **error);
