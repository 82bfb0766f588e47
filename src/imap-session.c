/* One IMAP connection, for imap.c. libetpan writes the tags and parses the answers; the commands
 * are text, so that all that is ever said to the mailbox can be read here and there. */
#include "imap-session.h"

#include "error.h"
#include "secret.h"

#include <string.h>

/* In any case: NetEase's refusal to a client that sent no ID. */
#define UNSAFE_LOGIN "Unsafe Login"

static gboolean greet(Imap *imap, GError **error);
static gboolean start_tls(Imap *imap, GError **error);
static gboolean identify(Imap *imap, GError **error);
static int exchange(mailimap *session, const gchar *command);
static gboolean failed(Imap *imap, const gchar *what, int result, GError **error);
static gboolean answered_bad(const Imap *imap);
static gchar *last_bye(const Imap *imap);
static gboolean is_unsafe_login(const gchar *said);

Imap *imap_connect(const ServerConfig *server, GError **error)
{
    g_autoptr(Imap) imap = g_new0(Imap, 1);
    imap->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree gchar *user = imap_quoted(g_str_is_ascii(server->user) ? server->user : "");
    imap->identity =
        g_strdup_printf("ID (\"name\" \"shoujian\" \"version\" \"" SHOUJIAN_VERSION "\" \"vendor\" "
                        "\"shoujian\" \"support-email\" %s)",
                        user);
    imap->tls = tls_connect(server, error);
    if (imap->tls == NULL)
        return NULL;
    imap->session = mailimap_new(0, NULL);
    if (imap->session == NULL)
        g_error("out of memory");
    mmap_string_set_ceil(G_MAXSIZE); /* or long answers go into files in /tmp */
    if (!greet(imap, error) || (server->tls == TLS_STARTTLS && !start_tls(imap, error)))
        return NULL;
    return g_steal_pointer(&imap);
}

/* Without mailimap_connect, which loses the words of a BYE and some memory with them. */
static gboolean greet(Imap *imap, GError **error)
{
    mailimap *session = imap->session;
    tls_command_begin(imap->tls);
    tls_limit(imap->tls, IMAP_ANSWER_LIMIT);
    session->imap_stream = tls_mailstream(imap->tls);
    if (mailimap_read_line(session) == NULL)
        return failed(imap, "greeting", MAILIMAP_ERROR_STREAM, error);
    const gchar *greeting = session->imap_stream_buffer->str;
    if (g_ascii_strncasecmp(greeting, "* OK", strlen("* OK")) == 0)
        return TRUE;
    if (g_ascii_strncasecmp(greeting, "* PREAUTH", strlen("* PREAUTH")) != 0)
        return failed(imap, "greeting", MAILIMAP_ERROR_PARSE, error);
    /* RFC 9051, 11.1: in front of STARTTLS it is how somebody in between keeps TLS out. */
    return sj_fail(error, SJ_ERROR_NO_ACCESS, "%s: greets with PREAUTH; no password was sent",
                   tls_peer(imap->tls));
}

static gboolean start_tls(Imap *imap, GError **error)
{
    g_autoptr(GError) refused = NULL;
    if (imap_say(imap, "STARTTLS", IMAP_ANSWER_LIMIT, "STARTTLS", &refused)) {
        imap->ended = !tls_start(imap->tls, error);
        return !imap->ended;
    }
    return sj_fail(error, imap_alive(imap) ? SJ_ERROR_NO_ACCESS : (SjError)refused->code,
                   "%s; no password was sent", refused->message);
}

gboolean imap_log_in(Imap *imap, const ServerConfig *server, const gchar *secret, GError **error)
{
    if (!identify(imap, error))
        return FALSE;
    g_autofree gchar *user = imap_quoted(server->user);
    gchar *password = imap_quoted(secret);
    gchar *command = g_strdup_printf("LOGIN %s %s", user, password);
    g_autoptr(GError) refused = NULL;
    gboolean known = imap_say(imap, "LOGIN", IMAP_ANSWER_LIMIT, command, &refused);
    secret_free(password);
    secret_free(command);
    explicit_bzero(imap->session->imap_stream->write_buffer,
                   imap->session->imap_stream->buffer_max_size);
    if (known)
        return identify(imap, error);
    if (strstr(refused->message, secret) != NULL)
        return sj_fail(error, (SjError)refused->code,
                       "%s: LOGIN refused, in words that repeat the password", tls_peer(imap->tls));
    g_propagate_error(error, g_steal_pointer(&refused));
    return FALSE;
}

/* NetEase opens no folder to a client that does not say who it is; where it wants to hear that
 * (before LOGIN, after it) differs. A server that does not know ID may say so. */
static gboolean identify(Imap *imap, GError **error)
{
    g_autoptr(GError) refused = NULL;
    if (imap_say(imap, "ID", IMAP_ANSWER_LIMIT, imap->identity, &refused) || imap_alive(imap))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&refused));
    return FALSE;
}

gboolean imap_ask(Imap *imap, const gchar *what, guint64 limit, const gchar *command,
                  GError **error)
{
    g_autoptr(GError) refused = NULL;
    if (imap_say(imap, what, limit, command, &refused))
        return TRUE;
    if (imap_alive(imap) && is_unsafe_login(imap->session->imap_response))
        return identify(imap, error) && imap_say(imap, what, limit, command, error);
    g_propagate_error(error, g_steal_pointer(&refused));
    return FALSE;
}

gboolean imap_say(Imap *imap, const gchar *what, guint64 limit, const gchar *command,
                  GError **error)
{
    if (imap->ended)
        return sj_fail(error, SJ_ERROR_LATER, "%s: %s: the connection has ended",
                       tls_peer(imap->tls), what);
    tls_command_begin(imap->tls);
    tls_limit(imap->tls, limit);
    int result = exchange(imap->session, command);
    return result == MAILIMAP_NO_ERROR ? TRUE : failed(imap, what, result, error);
}

/* As mailimap_custom_command, which ends the line with a blank that servers stumble over. */
static int exchange(mailimap *session, const gchar *command)
{
    struct mailimap_response *response = NULL;
    if (mailimap_send_current_tag(session) != MAILIMAP_NO_ERROR ||
        mailstream_write(session->imap_stream, command, strlen(command)) < 0 ||
        mailstream_write(session->imap_stream, "\r\n", 2) < 0 ||
        mailstream_flush(session->imap_stream) < 0 || mailimap_read_line(session) == NULL)
        return MAILIMAP_ERROR_STREAM;
    int result = mailimap_parse_response(session, &response);
    if (result != MAILIMAP_NO_ERROR)
        return result;
    int state = response->rsp_resp_done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type;
    mailimap_response_free(response);
    return state == MAILIMAP_RESP_COND_STATE_OK ? MAILIMAP_NO_ERROR : MAILIMAP_ERROR_CUSTOM_COMMAND;
}

static gboolean failed(Imap *imap, const gchar *what, int result, GError **error)
{
    const gchar *said = imap->session->imap_response;
    if (result == MAILIMAP_ERROR_CUSTOM_COMMAND ||
        (result == MAILIMAP_ERROR_PROTOCOL && answered_bad(imap))) {
        g_autofree gchar *words = tls_words(said != NULL ? said : "");
        return sj_fail(error, SJ_ERROR_REFUSED, "%s: %s refused: %s", tls_peer(imap->tls), what,
                       words);
    }
    imap->ended = TRUE;
    g_autofree gchar *bye = last_bye(imap);
    const gchar *why = tls_failure(imap->tls);
    if (why == NULL)
        why = bye != NULL ? "the server hung up" : "the answer is not IMAP as it should be";
    return sj_fail(error, bye != NULL && is_unsafe_login(bye) ? SJ_ERROR_REFUSED : SJ_ERROR_LATER,
                   "%s: %s: %s%s%s", tls_peer(imap->tls), what, why, bye != NULL ? ": " : "",
                   bye != NULL ? bye : "");
}

/* libetpan gives one error for a tagged BAD and for an answer to something else. */
static gboolean answered_bad(const Imap *imap)
{
    const gchar *answer = imap->session->imap_stream_buffer->str;
    g_autofree gchar *tagged = g_strdup_printf("%d BAD", imap->session->imap_tag);
    const gchar *last = g_strrstr(answer, tagged);
    return last != NULL && (last == answer || last[-1] == '\n');
}

/* The words of an untagged BYE, which libetpan drops when nothing follows it; NULL: none. */
static gchar *last_bye(const Imap *imap)
{
    const gchar *answer = imap->session->imap_stream_buffer->str;
    const gchar *last = g_strrstr(answer, "* BYE ");
    if (last == NULL || (last != answer && last[-1] != '\n'))
        return NULL;
    g_autofree gchar *line =
        g_strndup(last + strlen("* BYE "), strcspn(last + strlen("* BYE "), "\r\n"));
    return tls_words(line);
}

static gboolean is_unsafe_login(const gchar *said)
{
    return said != NULL && strcasestr(said, UNSAFE_LOGIN) != NULL;
}

gboolean imap_is_unsafe_login(const GError *why)
{
    return g_error_matches(why, SJ_ERROR, SJ_ERROR_REFUSED) && is_unsafe_login(why->message);
}

gchar *imap_quoted(const gchar *text)
{
    /* Never moved: it may be a password. */
    GString *result = g_string_sized_new(2 * strlen(text) + 3);
    g_string_append_c(result, '"');
    for (const gchar *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(result, '\\');
        g_string_append_c(result, *c);
    }
    g_string_append_c(result, '"');
    return g_string_free(result, FALSE);
}

gboolean imap_alive(const Imap *imap)
{
    return !imap->ended;
}

void imap_close(Imap *imap)
{
    if (imap == NULL)
        return;
    if (imap->session != NULL) {
        if (imap->ended && imap->session->imap_stream != NULL) {
            mailstream_close(imap->session->imap_stream);
            imap->session->imap_stream = NULL;
        }
        tls_command_begin(imap->tls);
        tls_limit(imap->tls, IMAP_ANSWER_LIMIT);
        mailimap_free(imap->session); /* says LOGOUT where there is a stream */
    }
    tls_free(imap->tls);
    g_hash_table_unref(imap->folders);
    g_free(imap->identity);
    g_free(imap);
}
