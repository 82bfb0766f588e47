/* The way out over SMTP (RFC 5321), on libetpan's buffered lines. Its own mailsmtp is not used: its
 * EHLO parser runs for ever on a tab behind AUTH, its AUTH needs Cyrus plugins, and its DATA adds
 * an empty line. */
#include "smtp.h"

#include "error.h"
#include "secret.h"
#include "tls.h"

#include <libetpan/libetpan.h>
#include <string.h>

#define REPLY_LIMIT   (64 * 1024)
#define ADDRESS_LIMIT 254 /* RFC 5321, 4.5.3.1.3 */

struct Smtp {
    TlsStream *tls;
    mailstream *stream;
    MMAPString *line;
    gboolean ended;
};

/* A server's reply; code 0: none, the connection has ended. */
typedef struct {
    guint code;
    gchar *text; /* its lines without their code, joined with '\n'; for 0: why */
} Reply;

/* Where in the dialogue a reply was given. */
typedef enum { AT_MAIL = 1, AT_RCPT = 2, AT_DATA = 4, AT_DOT = 8, ANYWHERE = 15 } Place;

/* What a refusal means, by code and the beginning of its text; the first that fits. What concerns
 * us, and not this message, stops all sending. Code 0 is any code of CLASS. */
static const struct {
    guint code;
    guint class; /* first digit, where code is 0 */
    const gchar *text;
    Place place;
    SmtpOutcome outcome;
} meanings[] = {
    /* HL:ICC too many connections, HL:IFC mails in short time */
    {421, 0, "", ANYWHERE, SMTP_STOP},
    {450, 0, "MI:", ANYWHERE, SMTP_STOP},
    {450, 0, "RP:", ANYWHERE, SMTP_STOP},
    {450, 0, "DT:", ANYWHERE, SMTP_STOP},
    {450, 0, "WM:", ANYWHERE, SMTP_STOP},
    {450, 0, "HL:", ANYWHERE, SMTP_STOP},
    /* MI:SFQ, RP:QRC so many in 15 minutes; too much fail authentication */
    {451, 0, "", ANYWHERE, SMTP_STOP},
    {454, 0, "", ANYWHERE, SMTP_STOP},
    /* nobody but us is named yet */
    {0, 4, "", AT_MAIL, SMTP_STOP},
    {0, 4, "", ANYWHERE, SMTP_LATER},
    {530, 0, "", ANYWHERE, SMTP_STOP},
    {534, 0, "", ANYWHERE, SMTP_STOP},
    {535, 0, "", ANYWHERE, SMTP_STOP},
    {538, 0, "", ANYWHERE, SMTP_STOP},
    /* MI:STC connections today; MI:SPF, MI:DMA our domain; RP:TRC recipients today */
    {550, 0, "MI:", ANYWHERE, SMTP_STOP},
    {550, 0, "RP:", ANYWHERE, SMTP_STOP},
    {550, 0, "too much recipient", ANYWHERE, SMTP_STOP},
    /* SMTP is switched off for the account, or the account is */
    {550, 0, "User has no permission", ANYWHERE, SMTP_STOP},
    {550, 0, "User suspended", AT_MAIL, SMTP_STOP},
    {553, 0, "authentication is required", ANYWHERE, SMTP_STOP},
    /* MI:STC no more today; IP is rejected, smtp auth error limit exceed */
    {554, 0, "MI:", ANYWHERE, SMTP_STOP},
    {554, 0, "HL:", ANYWHERE, SMTP_STOP},
    {554, 0, "RP:", ANYWHERE, SMTP_STOP},
    {554, 0, "IP ", ANYWHERE, SMTP_STOP},
    /* DT:SPM, DT:SUM, Invalid User, Local user only … */
    {0, 5, "", ANYWHERE, SMTP_REFUSED},
};

static gboolean converse(Smtp *smtp, const ServerConfig *server, const gchar *secret,
                         GError **error);
static gboolean hello(Smtp *smtp, Reply *extensions, GError **error);
static gboolean start_tls(Smtp *smtp, const Reply *extensions, GError **error);
static gboolean log_in(Smtp *smtp, const ServerConfig *server, const gchar *secret,
                       const Reply *extensions, GError **error);
static gboolean refused(const Smtp *smtp, const gchar *what, const Reply *reply, SjError final,
                        GError **error);
static gboolean offers(const Reply *extensions, const gchar *keyword, const gchar *parameter);
static gboolean is_address(const gchar *address);
static gboolean step(Smtp *smtp, Place place, guint wanted, SmtpOutcome *outcome, gchar **answer,
                     const gchar *format, ...) G_GNUC_PRINTF(6, 7);
static void send_message(Smtp *smtp, const gchar *message, gsize length);
static SmtpOutcome meaning(const Reply *reply, Place place);
static Reply say(Smtp *smtp, const gchar *format, ...) G_GNUC_PRINTF(2, 3);
static Reply say_secret(Smtp *smtp, const gchar *prefix, const gchar *bytes, gsize length);
static Reply hear(Smtp *smtp);
static Reply lost(Smtp *smtp, const gchar *why);
static gchar *one_line(const Reply *reply);
static void reply_clear(Reply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reply, reply_clear)

Smtp *smtp_open(const ServerConfig *server, GError **error)
{
    gchar *secret = secret_read(server, error);
    if (secret == NULL)
        return NULL;
    g_autoptr(Smtp) smtp = g_new0(Smtp, 1);
    smtp->tls = tls_connect(server, error);
    gboolean open = smtp->tls != NULL && converse(smtp, server, secret, error);
    secret_free(secret);
    return open ? g_steal_pointer(&smtp) : NULL;
}

static gboolean converse(Smtp *smtp, const ServerConfig *server, const gchar *secret,
                         GError **error)
{
    smtp->stream = tls_mailstream(smtp->tls);
    smtp->line = mmap_string_new("");
    if (smtp->line == NULL)
        g_error("out of memory");
    tls_command_begin(smtp->tls);
    tls_limit(smtp->tls, REPLY_LIMIT);
    g_auto(Reply) greeting = hear(smtp);
    if (greeting.code != 220)
        return refused(smtp, "greeting", &greeting, SJ_ERROR_REFUSED, error);
    g_auto(Reply) extensions = {0};
    if (!hello(smtp, &extensions, error))
        return FALSE;
    if (server->tls == TLS_STARTTLS &&
        !(start_tls(smtp, &extensions, error) && hello(smtp, &extensions, error)))
        return FALSE;
    return log_in(smtp, server, secret, &extensions, error);
}

static gboolean hello(Smtp *smtp, Reply *extensions, GError **error)
{
    const gchar *host = g_get_host_name();
    gboolean usable = strspn(host, G_CSET_a_2_z G_CSET_A_2_Z "0123456789.-") == strlen(host);
    reply_clear(extensions);
    *extensions = say(smtp, "EHLO %s", usable ? host : "localhost");
    return extensions->code == 250 || refused(smtp, "EHLO", extensions, SJ_ERROR_REFUSED, error);
}

static gboolean start_tls(Smtp *smtp, const Reply *extensions, GError **error)
{
    if (!offers(extensions, "STARTTLS", NULL))
        return sj_fail(error, SJ_ERROR_NO_ACCESS,
                       "%s: does not offer STARTTLS; no password was sent", tls_peer(smtp->tls));
    g_auto(Reply) reply = say(smtp, "STARTTLS");
    if (reply.code != 220)
        return refused(smtp, "STARTTLS", &reply, SJ_ERROR_NO_ACCESS, error);
    smtp->ended = !tls_start(smtp->tls, error);
    return !smtp->ended;
}

static gboolean log_in(Smtp *smtp, const ServerConfig *server, const gchar *secret,
                       const Reply *extensions, GError **error)
{
    g_auto(Reply) reply = {0};
    if (offers(extensions, "AUTH", "PLAIN")) { /* RFC 4616 */
        GString *credentials = g_string_sized_new(strlen(server->user) + strlen(secret) + 3);
        g_string_append_c(credentials, '\0');
        g_string_append(credentials, server->user);
        g_string_append_c(credentials, '\0');
        g_string_append(credentials, secret);
        reply = say_secret(smtp, "AUTH PLAIN ", credentials->str, credentials->len);
        explicit_bzero(credentials->str, credentials->len);
        g_string_free(credentials, TRUE);
    } else if (offers(extensions, "AUTH", "LOGIN")) {
        static const gchar *const asked[] = {"user", "password"};
        reply = say(smtp, "AUTH LOGIN");
        for (gsize i = 0; i < G_N_ELEMENTS(asked) && reply.code == 334; i++) {
            const gchar *value = i == 0 ? server->user : secret;
            reply_clear(&reply);
            reply = say_secret(smtp, "", value, strlen(value));
        }
    } else {
        return sj_fail(error, SJ_ERROR_REFUSED, "%s: offers neither AUTH PLAIN nor AUTH LOGIN",
                       tls_peer(smtp->tls));
    }
    if (reply.code == 235)
        return TRUE;
    if (strstr(reply.text, secret) != NULL) {
        g_free(reply.text);
        reply.text = g_strdup("(words that repeat the password)");
    }
    return refused(smtp, "AUTH", &reply, SJ_ERROR_REFUSED, error);
}

/* FINAL is what a reply of the 5xx kind is. */
static gboolean refused(const Smtp *smtp, const gchar *what, const Reply *reply, SjError final,
                        GError **error)
{
    g_autofree gchar *words = one_line(reply);
    gboolean passing = reply->code < 500 || reply->code > 599;
    return sj_fail(error, passing ? SJ_ERROR_LATER : final, "%s: %s: %s", tls_peer(smtp->tls), what,
                   words);
}

/* Whether a line of the EHLO reply begins with KEYWORD (also "AUTH=", as old servers write) and has
 * PARAMETER. */
static gboolean offers(const Reply *extensions, const gchar *keyword, const gchar *parameter)
{
    g_auto(GStrv) lines = g_strsplit(extensions->text, "\n", -1);
    for (gchar **line = lines; *line != NULL; line++) {
        g_auto(GStrv) words = g_strsplit_set(*line, " \t=", -1);
        if (words[0] == NULL || g_ascii_strcasecmp(words[0], keyword) != 0)
            continue;
        gboolean found = parameter == NULL;
        for (gchar **word = words + 1; *word != NULL && !found; word++)
            found = g_ascii_strcasecmp(*word, parameter) == 0;
        if (found)
            return TRUE;
    }
    return FALSE;
}

SmtpOutcome smtp_send(Smtp *smtp, const gchar *from, const gchar *to, const gchar *message,
                      gsize length, gchar **answer)
{
    SmtpOutcome outcome = SMTP_REFUSED;
    *answer = NULL;
    if (!is_address(from) || !is_address(to)) {
        *answer = g_strdup("not an address that SMTP can carry");
        return outcome;
    }
    if (!step(smtp, AT_MAIL, 250, &outcome, answer, "MAIL FROM:<%s>", from) ||
        !step(smtp, AT_RCPT, 250, &outcome, answer, "RCPT TO:<%s>", to) ||
        !step(smtp, AT_DATA, 354, &outcome, answer, "DATA"))
        return outcome;

    tls_command_begin(smtp->tls);
    tls_limit(smtp->tls, REPLY_LIMIT);
    send_message(smtp, message, length);
    g_auto(Reply) reply = hear(smtp);
    *answer = one_line(&reply);
    if (reply.code == 0)
        return tls_final_dot_sent(smtp->tls) ? SMTP_UNKNOWN : SMTP_LATER;
    return meaning(&reply, AT_DOT);
}

/* No way out of the command line, and no SMTPUTF8. */
static gboolean is_address(const gchar *address)
{
    gsize length = strlen(address);
    if (length == 0 || length > ADDRESS_LIMIT || strpbrk(address, "<>") != NULL)
        return FALSE;
    for (const gchar *c = address; *c != '\0'; c++)
        if (!g_ascii_isgraph(*c))
            return FALSE;
    return TRUE;
}

/* One command before the message. FALSE with *outcome and *answer when the reply is not WANTED; a
 * transaction that was begun is then taken back. */
static gboolean step(Smtp *smtp, Place place, guint wanted, SmtpOutcome *outcome, gchar **answer,
                     const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree gchar *command = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_auto(Reply) reply = say(smtp, "%s", command);
    if (reply.code == wanted || (place == AT_RCPT && reply.code == 251))
        return TRUE;
    *answer = one_line(&reply);
    *outcome = meaning(&reply, place);
    if (!smtp->ended) {
        g_auto(Reply) ignored = say(smtp, "RSET");
    }
    return FALSE;
}

static SmtpOutcome meaning(const Reply *reply, Place place)
{
    if (place == AT_DOT && reply->code / 100 == 2)
        return SMTP_SENT;
    const gchar *text = reply->text;
    guint a, b, c;
    int skip = 0;
    if (sscanf(text, "%1u.%3u.%3u %n", &a, &b, &c, &skip) == 3) /* RFC 3463 */
        text += skip;
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
        if ((meanings[i].code != 0 ? meanings[i].code == reply->code
                                   : meanings[i].class == reply->code / 100) &&
            (meanings[i].place & place) != 0 &&
            g_ascii_strncasecmp(text, meanings[i].text, strlen(meanings[i].text)) == 0)
            return meanings[i].outcome;
    return place == AT_DOT ? SMTP_UNKNOWN : SMTP_LATER;
}

/* RFC 5321, 4.5.2. A failed write shows in the reply. */
static void send_message(Smtp *smtp, const gchar *message, gsize length)
{
    const gchar *end = message + length;
    while (message < end) {
        const gchar *newline = memchr(message, '\n', (gsize)(end - message));
        gsize line = (gsize)((newline != NULL ? newline : end) - message);
        gsize kept = line > 0 && message[line - 1] == '\r' ? line - 1 : line;
        if (*message == '.')
            mailstream_write(smtp->stream, ".", 1);
        if (mailstream_write(smtp->stream, message, kept) < 0 ||
            mailstream_write(smtp->stream, "\r\n", 2) < 0)
            return;
        message += MIN(line + 1, (gsize)(end - message));
    }
    if (length == 0)
        mailstream_write(smtp->stream, "\r\n", 2);
    mailstream_write(smtp->stream, ".\r\n", 3);
}

static Reply say(Smtp *smtp, const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree gchar *command = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    tls_command_begin(smtp->tls);
    tls_limit(smtp->tls, REPLY_LIMIT);
    if (mailstream_write(smtp->stream, command, strlen(command)) < 0 ||
        mailstream_write(smtp->stream, "\r\n", 2) < 0)
        return lost(smtp, NULL);
    return hear(smtp);
}

/* PREFIX and then BYTES in base64; no trace of them stays in memory. */
static Reply say_secret(Smtp *smtp, const gchar *prefix, const gchar *bytes, gsize length)
{
    gchar *encoded = g_base64_encode((const guchar *)bytes, length);
    gchar *line = g_strconcat(prefix, encoded, NULL);
    Reply reply = {0};
    tls_command_begin(smtp->tls);
    tls_limit(smtp->tls, REPLY_LIMIT);
    gboolean written = mailstream_write(smtp->stream, line, strlen(line)) >= 0 &&
                       mailstream_write(smtp->stream, "\r\n", 2) >= 0;
    reply = written ? hear(smtp) : lost(smtp, NULL);
    secret_free(line);
    secret_free(encoded);
    explicit_bzero(smtp->stream->write_buffer, smtp->stream->buffer_max_size);
    return reply;
}

/* Sends what is buffered and reads one reply of one or more lines. */
static Reply hear(Smtp *smtp)
{
    if (smtp->ended || mailstream_flush(smtp->stream) < 0)
        return lost(smtp, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (;;) {
        const gchar *line = mailstream_read_line(smtp->stream, smtp->line);
        if (line == NULL)
            return lost(smtp, NULL);
        if (!g_ascii_isdigit(line[0]) || !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]) ||
            strchr(" -\r\n", line[3]) == NULL)
            return lost(smtp, "the answer is not SMTP");
        gboolean more = line[3] == '-';
        if (text->len > 0)
            g_string_append_c(text, '\n');
        g_string_append_len(text, line + 4,
                            line[3] == ' ' || more ? (gssize)strcspn(line + 4, "\r\n") : 0);
        if (!more)
            return (Reply){.code = (guint)(g_ascii_digit_value(line[0]) * 100 +
                                           g_ascii_digit_value(line[1]) * 10 +
                                           g_ascii_digit_value(line[2])),
                           .text = g_string_free(g_steal_pointer(&text), FALSE)};
    }
}

static Reply lost(Smtp *smtp, const gchar *why)
{
    const gchar *failure = tls_failure(smtp->tls);
    smtp->ended = TRUE;
    return (Reply){.code = 0,
                   .text = g_strdup(failure != NULL ? failure
                                    : why != NULL   ? why
                                                    : "the connection has ended")};
}

static gchar *one_line(const Reply *reply)
{
    g_autofree gchar *words = tls_words(reply->text);
    return reply->code == 0 ? g_steal_pointer(&words)
                            : g_strdup_printf("%u %s", reply->code, words);
}

static void reply_clear(Reply *reply)
{
    g_clear_pointer(&reply->text, g_free);
    reply->code = 0;
}

gboolean smtp_alive(const Smtp *smtp)
{
    return !smtp->ended;
}

void smtp_close(Smtp *smtp)
{
    if (smtp == NULL)
        return;
    if (smtp->stream != NULL) {
        if (!smtp->ended) {
            g_auto(Reply) ignored = say(smtp, "QUIT");
        }
        mailstream_close(smtp->stream);
    }
    if (smtp->line != NULL)
        mmap_string_free(smtp->line);
    tls_free(smtp->tls);
    g_free(smtp);
}
