/* An answer as a message (RFC 5322, RFC 3834): plain text that every server takes. */
#pragma once

#include <glib.h>

typedef struct {
    const gchar *from_name, *from; /* ours */
    const gchar *to;               /* address */
    const gchar *subject, *text;   /* UTF-8 */
    const gchar *message_id;       /* with angle brackets */
    const gchar *in_reply_to;      /* the Message-ID answered, or NULL */
    const gchar *references;       /* of the message answered, with blanks between them, or NULL */
    gint64 at;                     /* Date, in ZONE */
    GTimeZone *zone;
} Letter;

/* The message as it goes out: CRLF lines, ASCII. To be freed. */
gchar *letter_write(const Letter *letter);
