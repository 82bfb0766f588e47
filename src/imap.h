/* The mailbox over IMAP (RFC 3501), read-only: EXAMINE and PEEK, nothing is ever changed there. */
#pragma once

#include "config.h"

typedef struct Imap Imap;

/* Connects, sends ID (RFC 2971) before and after LOGIN. A refused login, and nothing else, is
 * SJ_ERROR_REFUSED, a refused certificate SJ_ERROR_NO_ACCESS, anything of the network
 * SJ_ERROR_LATER, a password that cannot be had SJ_ERROR_CONFIG. */
Imap *imap_open(const ServerConfig *server, GError **error);
/* Says LOGOUT when the connection still works, and frees. */
void imap_close(Imap *imap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Imap, imap_close)

/* Reads the folder list, which the next two go by. */
gboolean imap_list_folders(Imap *imap, GError **error);
/* Whether the folder list has FOLDER (UTF-8; compared after modified UTF-7 decoding; INBOX in any
 * case). */
gboolean imap_has_folder(const Imap *imap, const gchar *folder);

/* What a server says of a folder. */
typedef struct {
    guint32 uidvalidity, exists;
    guint32 uidnext; /* 0: it does not say */
} ImapFolder;

/* Opens FOLDER with EXAMINE. "Unsafe Login" is answered by ID and one more try; still refused, or
 * not in the list: SJ_ERROR_REFUSED. */
gboolean imap_examine(Imap *imap, const gchar *folder, ImapFolder *found, GError **error);
/* The same by STATUS, which opens nothing; what the server does not say is 0. */
gboolean imap_status(Imap *imap, const gchar *folder, ImapFolder *found, GError **error);

#define IMAP_NO_TIME G_MININT64

typedef struct {
    guint32 uid;
    gint64 received_at; /* INTERNALDATE, Unix seconds; IMAP_NO_TIME: the server gives none */
    guint64 size;       /* RFC822.SIZE */
} ImapMessage;

/* UID FETCH first:* (UID INTERNALDATE RFC822.SIZE); UIDs below FIRST are dropped (RFC 3501: n:*
 * gives the highest even when n is larger), each UID once, ascending. ImapMessage; free with
 * g_array_unref. */
GArray *imap_list(Imap *imap, guint32 first, GError **error);

/* Where the messages go that imap_fetch asks for. A body comes before it is known whose it is. */
typedef struct {
    gpointer data;
    /* More of the body that is coming. FALSE (*error) ends the connection, here and in arrived. */
    gboolean (*write)(gpointer data, const void *bytes, gsize length, GError **error);
    /* All of it was there: it is the message UID, which was asked for. Nothing was written: an
     * empty message. Called twice for one UID, neither is to be believed. */
    gboolean (*arrived)(gpointer data, guint32 uid, GError **error);
    /* What was written, if anything, is nobody's. */
    void (*dropped)(gpointer data);
} ImapSink;

/* UID FETCH … (UID BODY.PEEK[]) of MESSAGES (ImapMessage, ascending, each once; few enough for a
 * line of some 1000 characters), each given to SINK as it comes, in whatever order. What arrived
 * stays good whatever happens to the others. TRUE: a message that did not arrive is gone from the
 * folder. SJ_ERROR_REFUSED: that cannot be said, since the server said no, or sent NIL, two bodies
 * of one message or one of another in its place. More bytes than the sizes announced (twice each, +
 * 1 MiB) end the connection, as an error of SINK does. A message may take as long as a command. */
gboolean imap_fetch(Imap *imap, const GArray *messages, const ImapSink *sink, GError **error);

/* The Message-IDs (with angle brackets, as written) of all messages in the examined folder, as a
 * set of strings. */
GHashTable *imap_message_ids(Imap *imap, GError **error);

/* Whether an error of these functions is "Unsafe Login", which NetEase says to a client that sent
 * no ID and, in passing, to others: it concerns the account, not the folder. */
gboolean imap_is_unsafe_login(const GError *why);
/* FALSE after an error that ended the connection: nothing more can be asked. */
gboolean imap_alive(const Imap *imap);
