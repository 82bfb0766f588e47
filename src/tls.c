/* The one way to a server: socket, verified TLS and limits, under libetpan's protocols. libetpan's
 * own TLS verifies nothing as Debian builds it, and its sockets know neither a time limit per
 * command nor a byte limit. */
#include "tls.h"

#include "clean-line.h"
#include "error.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMMAND_TIMEOUTS 10 /* a command may take so many times the timeout of one read */
#define STREAM_BUFFER    16384
#define GREETING_LIMIT   (64 * 1024)
#define WORDS_MAX        300
#define FINAL_DOT        "\r\n.\r\n"

struct TlsStream {
    gchar *peer; /* host:port */
    gchar *host;
    gchar *ca_file;
    guint timeout; /* seconds */
    int fd;
    gnutls_session_t session; /* NULL: plain text */
    gnutls_certificate_credentials_t credentials;
    mailstream *above; /* the libetpan stream, while there is one */
    gint64 command_deadline;
    guint64 allowance; /* bytes that the peer may still send */
    guint dot_matched; /* bytes of FINAL_DOT that ended what was sent */
    gchar *failure;
};

static gboolean connect_to(TlsStream *stream, const ServerConfig *server, GError **error);
static int connect_address(TlsStream *stream, const struct addrinfo *address, gint64 deadline);
static gboolean is_loopback(const struct sockaddr *address);
static gboolean session_new(TlsStream *stream, GError **error);
static gboolean load_trust(TlsStream *stream, GError **error);
static gboolean handshake(TlsStream *stream, GError **error);
static gboolean handshake_failed(TlsStream *stream, int result, GError **error);
static gboolean peer_spoke_early(const TlsStream *stream);
static gint64 read_deadline(const TlsStream *stream);
static gboolean wait_for(TlsStream *stream, short events, gint64 deadline);
static gboolean wait_for_session(TlsStream *stream, ssize_t result, gint64 deadline);
static gboolean fail(TlsStream *stream, const gchar *format, ...) G_GNUC_PRINTF(2, 3);
static void note_sent(TlsStream *stream, const gchar *bytes, gsize count);

TlsStream *tls_connect(const ServerConfig *server, GError **error)
{
    g_autoptr(TlsStream) stream = g_new0(TlsStream, 1);
    stream->peer = g_strdup_printf("%s:%u", server->host, server->port);
    stream->host = g_strdup(server->host);
    stream->ca_file = g_strdup(server->ca_file);
    stream->timeout = server->timeout;
    stream->fd = -1;
    stream->allowance = GREETING_LIMIT;
    tls_command_begin(stream);
    if (!connect_to(stream, server, error))
        return NULL;
    if (server->tls == TLS_IMPLICIT && !(session_new(stream, error) && handshake(stream, error)))
        return NULL;
    return g_steal_pointer(&stream);
}

gboolean tls_start(TlsStream *stream, GError **error)
{
    if (peer_spoke_early(stream))
        return sj_fail(
            error, SJ_ERROR_NO_ACCESS,
            "%s: sent something in plain text after STARTTLS; somebody may be in between",
            stream->peer);
    return session_new(stream, error) && handshake(stream, error);
}

/* Plain text that is not read before the handshake would be taken for the peer's after it. */
static gboolean peer_spoke_early(const TlsStream *stream)
{
    gchar byte;
    return (stream->above != NULL && stream->above->read_buffer_len > 0) ||
           recv(stream->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static gboolean connect_to(TlsStream *stream, const ServerConfig *server, GError **error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    g_autofree gchar *port = g_strdup_printf("%u", server->port);
    int result = getaddrinfo(server->host, port, &hints, &found);
    if (result != 0)
        return sj_fail(error, SJ_ERROR_LATER, "%s: %s", stream->peer,
                       result == EAI_SYSTEM ? g_strerror(errno) : gai_strerror(result));

    gint64 deadline = g_get_monotonic_time() + (gint64)stream->timeout * G_USEC_PER_SEC;
    gboolean plain_abroad = FALSE;
    int cause = 0;
    for (const struct addrinfo *each = found; each != NULL && stream->fd < 0;
         each = each->ai_next) {
        if (server->tls == TLS_NONE && !is_loopback(each->ai_addr))
            plain_abroad = TRUE;
        else
            cause = connect_address(stream, each, deadline);
    }
    freeaddrinfo(found);
    if (stream->fd >= 0)
        return TRUE;
    if (cause == 0 && plain_abroad)
        return sj_fail(error, SJ_ERROR_CONFIG,
                       "%s: plain text (tls = \"none\") only to a loopback address", stream->peer);
    if (cause == ETIMEDOUT)
        return sj_fail(error, SJ_ERROR_LATER, "%s: timed out after %u s", stream->peer,
                       stream->timeout);
    return sj_fail(error, SJ_ERROR_LATER, "%s: %s", stream->peer, g_strerror(cause));
}

/* 0 with stream->fd set, or an errno. */
static int connect_address(TlsStream *stream, const struct addrinfo *address, gint64 deadline)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int cause = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (cause == EINPROGRESS || cause == EINTR) {
        stream->fd = fd;
        gboolean answered = wait_for(stream, POLLOUT, deadline);
        stream->fd = -1;
        g_clear_pointer(&stream->failure, g_free);
        socklen_t length = sizeof(cause);
        if (!answered)
            cause = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &length) != 0)
            cause = errno;
    }
    if (cause == 0)
        stream->fd = fd;
    else
        close(fd);
    return cause;
}

static gboolean is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return FALSE;
}

static gboolean session_new(TlsStream *stream, GError **error)
{
    if (!load_trust(stream, error))
        return FALSE;
    int result = gnutls_init(&stream->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (result == 0)
        result = gnutls_set_default_priority_append(
            stream->session, "-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1", NULL, 0);
    if (result == 0)
        result =
            gnutls_credentials_set(stream->session, GNUTLS_CRD_CERTIFICATE, stream->credentials);
    /* RFC 6066, 3: a literal address is no server name. */
    if (result == 0 && !g_hostname_is_ip_address(stream->host))
        result = gnutls_server_name_set(stream->session, GNUTLS_NAME_DNS, stream->host,
                                        strlen(stream->host));
    if (result != 0)
        return sj_fail(error, SJ_ERROR_LATER, "%s: TLS: %s", stream->peer, gnutls_strerror(result));
    gnutls_session_set_verify_cert(stream->session, stream->host, 0);
    gnutls_transport_set_int(stream->session, stream->fd);
    gnutls_handshake_set_timeout(stream->session, 0); /* our own deadline holds */
    return TRUE;
}

static gboolean load_trust(TlsStream *stream, GError **error)
{
    int count = gnutls_certificate_allocate_credentials(&stream->credentials);
    const gchar *name = stream->ca_file != NULL ? stream->ca_file : "the system's trust store";
    if (count == 0)
        count = stream->ca_file != NULL
                    ? gnutls_certificate_set_x509_trust_file(stream->credentials, stream->ca_file,
                                                             GNUTLS_X509_FMT_PEM)
                    : gnutls_certificate_set_x509_system_trust(stream->credentials);
    if (count < 0)
        return sj_fail(error, SJ_ERROR_CONFIG, "%s: certificates of %s: %s", stream->peer, name,
                       gnutls_strerror(count));
    if (count == 0)
        return sj_fail(error, SJ_ERROR_CONFIG, "%s: no certificate in %s", stream->peer, name);
    return TRUE;
}

static gboolean handshake(TlsStream *stream, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)stream->timeout * G_USEC_PER_SEC;
    int result;
    do
        result = gnutls_handshake(stream->session);
    while (result < 0 && !gnutls_error_is_fatal(result) &&
           wait_for_session(stream, result, deadline));
    return result == 0 ? TRUE : handshake_failed(stream, result, error);
}

static gboolean handshake_failed(TlsStream *stream, int result, GError **error)
{
    const gchar *why = gnutls_strerror(result);
    if (result == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || result == GNUTLS_E_CERTIFICATE_ERROR ||
        result == GNUTLS_E_NO_CERTIFICATE_FOUND) {
        gnutls_datum_t text = {0};
        unsigned int status = gnutls_session_get_verify_cert_status(stream->session);
        if (status != 0 && gnutls_certificate_verification_status_print(
                               status, gnutls_certificate_type_get(stream->session), &text, 0) == 0)
            why = (const gchar *)text.data;
        g_autofree gchar *words = tls_words(why);
        gnutls_free(text.data);
        fail(stream, "certificate refused");
        return sj_fail(error, SJ_ERROR_NO_ACCESS, "%s: the certificate shown for %s is refused: %s",
                       stream->peer, stream->host, words);
    }
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
        fail(stream, "TLS alert: %s", gnutls_alert_get_name(gnutls_alert_get(stream->session)));
    else if (result == GNUTLS_E_PREMATURE_TERMINATION)
        fail(stream, "connection closed by peer in the TLS handshake");
    else
        fail(stream, "TLS handshake: %s", why);
    return sj_fail(error, SJ_ERROR_LATER, "%s: %s", stream->peer, stream->failure);
}

static ssize_t stream_read(mailstream_low *low, void *buffer, size_t count)
{
    TlsStream *stream = low->data;
    gint64 deadline = read_deadline(stream);
    if (stream->failure == NULL && stream->allowance == 0)
        fail(stream, "the answer is longer than it may be");
    count = (size_t)MIN(count, stream->allowance);
    while (stream->failure == NULL) {
        ssize_t got = stream->session != NULL ? gnutls_record_recv(stream->session, buffer, count)
                                              : recv(stream->fd, buffer, count, 0);
        if (got > 0) {
            stream->allowance -= (guint64)got;
            return got;
        }
        if (got == 0 || got == GNUTLS_E_PREMATURE_TERMINATION)
            fail(stream, "connection closed by peer");
        else if (stream->session != NULL)
            wait_for_session(stream, got, deadline);
        else if (errno == EAGAIN)
            wait_for(stream, POLLIN, deadline);
        else if (errno != EINTR)
            fail(stream, "%s", g_strerror(errno));
    }
    return -1; /* libetpan reads on for ever after a 0 */
}

static ssize_t stream_write(mailstream_low *low, const void *bytes, size_t count)
{
    TlsStream *stream = low->data;
    gint64 deadline = read_deadline(stream);
    while (stream->failure == NULL) {
        ssize_t sent = stream->session != NULL ? gnutls_record_send(stream->session, bytes, count)
                                               : send(stream->fd, bytes, count, MSG_NOSIGNAL);
        if (sent >= 0) {
            note_sent(stream, bytes, (gsize)sent);
            return sent;
        }
        if (stream->session != NULL)
            wait_for_session(stream, sent, deadline);
        else if (errno == EAGAIN)
            wait_for(stream, POLLOUT, deadline);
        else if (errno != EINTR)
            fail(stream, "%s", g_strerror(errno));
    }
    return -1;
}

/* A TLS record counts when all of it went out: before that the peer cannot read any of it. */
static void note_sent(TlsStream *stream, const gchar *bytes, gsize count)
{
    for (gsize i = 0; i < count && !tls_final_dot_sent(stream); i++) {
        if (bytes[i] == FINAL_DOT[stream->dot_matched])
            stream->dot_matched++;
        else
            stream->dot_matched = bytes[i] == '\r' ? 1 : 0;
    }
}

gboolean tls_final_dot_sent(const TlsStream *stream)
{
    return stream->dot_matched == strlen(FINAL_DOT);
}

static int stream_close(G_GNUC_UNUSED mailstream_low *low)
{
    return 0;
}

static int stream_fd(mailstream_low *low)
{
    return ((TlsStream *)low->data)->fd;
}

static void stream_free(mailstream_low *low)
{
    ((TlsStream *)low->data)->above = NULL;
    free(low); /* libetpan's, from mailstream_low_new */
}

mailstream *tls_mailstream(TlsStream *stream)
{
    static mailstream_low_driver driver = {.mailstream_read = stream_read,
                                           .mailstream_write = stream_write,
                                           .mailstream_close = stream_close,
                                           .mailstream_get_fd = stream_fd,
                                           .mailstream_free = stream_free};
    mailstream_low *low = mailstream_low_new(stream, &driver);
    stream->above = low != NULL ? mailstream_new(low, STREAM_BUFFER) : NULL;
    if (stream->above == NULL)
        g_error("out of memory"); /* as GLib's own allocators */
    return stream->above;
}

void tls_command_begin(TlsStream *stream)
{
    stream->command_deadline =
        g_get_monotonic_time() + (gint64)stream->timeout * COMMAND_TIMEOUTS * G_USEC_PER_SEC;
    stream->dot_matched = 0;
}

void tls_limit(TlsStream *stream, guint64 bytes)
{
    stream->allowance = bytes;
}

static gint64 read_deadline(const TlsStream *stream)
{
    return MIN(g_get_monotonic_time() + (gint64)stream->timeout * G_USEC_PER_SEC,
               stream->command_deadline);
}

/* FALSE with stream->failure set when nothing came until DEADLINE. */
static gboolean wait_for(TlsStream *stream, short events, gint64 deadline)
{
    for (;;) {
        gint64 left = deadline - g_get_monotonic_time();
        struct pollfd waited = {.fd = stream->fd, .events = events};
        int ready = left > 0 ? poll(&waited, 1, (int)(left / 1000) + 1) : 0;
        if (ready > 0)
            return TRUE;
        if (ready == 0 && left <= 0)
            return fail(stream, "timed out after %u s",
                        deadline == stream->command_deadline ? stream->timeout * COMMAND_TIMEOUTS
                                                             : stream->timeout);
        if (ready < 0 && errno != EINTR)
            return fail(stream, "%s", g_strerror(errno));
    }
}

/* After a call of GnuTLS that did not finish: waits, or fails when it never will. */
static gboolean wait_for_session(TlsStream *stream, ssize_t result, gint64 deadline)
{
    int cause = errno;
    if (result == GNUTLS_E_AGAIN)
        return wait_for(stream, gnutls_record_get_direction(stream->session) ? POLLOUT : POLLIN,
                        deadline);
    if (result == GNUTLS_E_PUSH_ERROR || result == GNUTLS_E_PULL_ERROR)
        return fail(stream, "%s", g_strerror(cause));
    if (gnutls_error_is_fatal((int)result))
        return fail(stream, "%s", gnutls_strerror((int)result));
    /* Warnings and requests to renegotiate carry no data: they must not keep us for ever. */
    if (g_get_monotonic_time() >= deadline)
        return fail(stream, "timed out after %u s", stream->timeout);
    return TRUE;
}

static gboolean fail(TlsStream *stream, const gchar *format, ...)
{
    if (stream->failure == NULL) {
        va_list arguments;
        va_start(arguments, format);
        stream->failure = g_strdup_vprintf(format, arguments);
        va_end(arguments);
    }
    return FALSE;
}

const gchar *tls_failure(const TlsStream *stream)
{
    return stream->failure;
}

const gchar *tls_peer(const TlsStream *stream)
{
    return stream->peer;
}

gchar *tls_words(const gchar *said)
{
    return g_strchug(clean_line_short(said, WORDS_MAX));
}

void tls_free(TlsStream *stream)
{
    if (stream == NULL)
        return;
    if (stream->session != NULL) {
        if (stream->failure == NULL)
            gnutls_bye(stream->session, GNUTLS_SHUT_WR); /* once, without waiting */
        gnutls_deinit(stream->session);
    }
    if (stream->credentials != NULL)
        gnutls_certificate_free_credentials(stream->credentials);
    if (stream->fd >= 0)
        close(stream->fd);
    g_free(stream->peer);
    g_free(stream->host);
    g_free(stream->ca_file);
    g_free(stream->failure);
    g_free(stream);
}
