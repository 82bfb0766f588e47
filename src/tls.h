/* The one way to a server: a socket with verified TLS (or plain text to a loopback address), as a
 * stream for libetpan that keeps time limits and byte limits. */
#pragma once

#include "config.h"
#include <libetpan/mailstream.h>

typedef struct TlsStream TlsStream;

/* Resolves and connects, within the server's timeout. With TLS_IMPLICIT the handshake is done here,
 * chain and host name verified against ca_file or the system's store: a refused certificate is
 * SJ_ERROR_NO_ACCESS, an unusable ca_file SJ_ERROR_CONFIG,
 * anything of the network SJ_ERROR_LATER. */
TlsStream *tls_connect(const ServerConfig *server, GError **error);

/* The same handshake after STARTTLS; what the peer had sent in plain text before it is
 * SJ_ERROR_NO_ACCESS. */
gboolean tls_start(TlsStream *stream, GError **error);

/* A libetpan stream over STREAM (which must outlive it); mailstream_close does not close STREAM. */
mailstream *tls_mailstream(TlsStream *stream);

/* Starts the clock of one command: after the server's timeout × 10 every read and write fails. */
void tls_command_begin(TlsStream *stream);
/* The most bytes that the peer may send until the next call; beyond it reads fail. */
void tls_limit(TlsStream *stream, guint64 bytes);
/* Why the last read or write failed, for a message ("timed out after 60 s", "connection closed by
 * peer"); or NULL. */
const gchar *tls_failure(const TlsStream *stream);
/* True once all of the final dot of a message (CR LF . CR LF) was handed to the kernel since the
 * last tls_command_begin. */
gboolean tls_final_dot_sent(const TlsStream *stream);

/* "imap.163.com:993", to begin a message with. */
const gchar *tls_peer(const TlsStream *stream);
/* What a server said, fit for a message: one line that cannot steer a terminal (clean_line), at
 * most 300 characters. To be freed. */
gchar *tls_words(const gchar *said);

void tls_free(TlsStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsStream, tls_free)
