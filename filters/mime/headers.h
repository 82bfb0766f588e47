/* The headers of a message as text, and who sent it, what about and when, by its own word. */
#pragma once

#include "filter.h"

#include <gmime/gmime.h>

/* Whether gmime can be given these bytes: it reads address groups in groups by recursion without
 * end, and lists of words that are no addresses in the square of their number. */
gboolean headers_are_sane(const guint8 *data, gsize size);

/* Values of every header NAME from the top, as header_text leaves them: gchar*, perhaps none. */
GPtrArray *headers_all(GMimeMessage *message, const gchar *name);
/* The topmost of them, or NULL. */
gchar *headers_first(GMimeMessage *message, const gchar *name);

/* The subject as people read it, on one line; NULL when there is none. */
gchar *headers_subject(GMimeMessage *message);
/* The Message-ID with its angle brackets, or NULL. */
gchar *headers_message_id(GMimeMessage *message);
/* The last Message-ID that the header NAME (In-Reply-To, References) says, or NULL. */
gchar *headers_last_id(GMimeMessage *message, const gchar *name);

/* TEXT without its comments (RFC 5322, 3.2.2). */
gchar *headers_without_comments(const gchar *text);
/* The moment that a date of RFC 5322 says; FALSE where it is none, or its zone has no number: "CST"
 * is China's time at 163 and America's by the RFC. */
gboolean headers_date(const gchar *text, gint64 *seconds);

typedef struct {
    gchar *address; /* the domain in lower case; NULL: From is missing or says several */
    gchar *name;    /* NULL when there is none */
} Sender;

/* Fills *SENDER from the one From; sender_clear frees what it holds. */
void sender_read(Sender *sender, GMimeMessage *message);
void sender_clear(Sender *sender);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sender, sender_clear)

/* mail.from, mail.subject, mail.message_id, mail.in_reply_to, mail.references, mail.date,
 * mail.return_path. */
void headers_facts(Filter *filter, GMimeMessage *message, const Sender *sender);
