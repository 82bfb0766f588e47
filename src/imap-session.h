/* One IMAP connection: greeting, TLS, login, commands and what their failures mean. Private to
 * imap.c. */
#pragma once

#include "imap.h"
#include "tls.h"

#include <libetpan/libetpan.h>

#define IMAP_ANSWER_LIMIT (256 * 1024) /* bytes of the answer to a command without a list */

struct Imap {
    TlsStream *tls;
    mailimap *session;
    gchar *identity;     /* the ID command */
    GHashTable *folders; /* name in UTF-8 → name as the server writes it */
    guint32 exists;      /* in the examined folder */
    gboolean empty;      /* a folder is examined, and there is nothing in it */
    gboolean ended;
};

/* Up to the greeting, or up to the handshake of STARTTLS. */
Imap *imap_connect(const ServerConfig *server, GError **error);
/* ID, LOGIN, ID. */
gboolean imap_log_in(Imap *imap, const ServerConfig *server, const gchar *secret, GError **error);

/* Says COMMAND (a line without its tag and end) and reads its answer into
 * session->imap_response_info. WHAT names it in messages; LIMIT is how many bytes the answer may
 * have. */
gboolean imap_say(Imap *imap, const gchar *what, guint64 limit, const gchar *command,
                  GError **error);
/* The same, and after "Unsafe Login" introduces itself again and says it once more. */
gboolean imap_ask(Imap *imap, const gchar *what, guint64 limit, const gchar *command,
                  GError **error);

/* TEXT as a quoted string (RFC 3501, 9). */
gchar *imap_quoted(const gchar *text);
