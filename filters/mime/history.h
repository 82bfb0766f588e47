/* What a text quotes of older mail, as the clients of China and others write it. */
#pragma once

#include <glib.h>

typedef struct {
    gsize start, end;
} Span;

typedef enum {
    QUOTE_NONE,
    QUOTE_OLDER,   /* older mail stands in it */
    QUOTE_FORWARD, /* mail that is forwarded */
} Quote;

/* What the HTML element NAME with these attributes (NULL: none) means. */
Quote history_element(const gchar *name, const gchar *id, const gchar *class, const gchar *type);

/* Whether a mail with this SUBJECT passes another one on. */
gboolean history_is_forward(const gchar *subject);

/* The pieces of TEXT that are older mail, in their order: Span. What is forwarded is not. QUOTES:
 * those that elements of the HTML say; FORWARD: where such a one says that what is forwarded
 * begins. */
GArray *history_find(const gchar *text, const GArray *quotes, gsize forward);

gboolean history_has(const GArray *history, gsize at);
/* TEXT without it. */
gchar *history_without(const gchar *text, const GArray *history);
