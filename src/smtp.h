/* The way out over SMTP (RFC 5321): one message, one recipient, and an honest word about what
 * became of it. */
#pragma once

#include "config.h"

typedef struct Smtp Smtp;

/* Connects, EHLO, AUTH PLAIN or LOGIN. 535 is SJ_ERROR_REFUSED (163 uses it for passing refusals
 * too), 421/45x SJ_ERROR_LATER. */
Smtp *smtp_open(const ServerConfig *server, GError **error);
void smtp_close(Smtp *smtp); /* QUIT when the connection still works */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_close)

typedef enum {
    SMTP_SENT,  /* 250 after the final dot */
    SMTP_LATER, /* 4xx, or the connection ended before the final dot left: nothing was delivered */
    SMTP_STOP,  /* the provider's rate or login answers (421, 450, 451, 454, 535, 550 RP:TRC, 554
                   MI:STC …): stop all sending for a while */
    SMTP_REFUSED, /* 5xx for this message */
    SMTP_UNKNOWN, /* the connection ended after the final dot left */
} SmtpOutcome;

/* Sends MESSAGE (CRLF lines, without dot-stuffing) from FROM to TO. *answer: the server's last
 * answer or what happened to the connection, one line, for the log; free it. After anything but
 * SENT, REFUSED and LATER with a living connection, open a new one. */
SmtpOutcome smtp_send(Smtp *smtp, const gchar *from, const gchar *to, const gchar *message,
                      gsize length, gchar **answer);
/* FALSE when the connection has ended. */
gboolean smtp_alive(const Smtp *smtp);
