/* An mbox (RFC 4155) as the messages that are in it. */
#pragma once

#include <glib.h>

typedef struct Mbox Mbox;

/* Whether the file FD (at its beginning) starts as an mbox does. */
gboolean mbox_is(int fd);

/* Reads FD, which it closes when it is freed, from its offset on. */
Mbox *mbox_new(int fd);
void mbox_free(Mbox *mbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mbox, mbox_free)

/* Writes the next message to FD, without its "From " line and the empty line that ends it, and with
 * ">From " as it was before it was quoted (mboxrd). *found is FALSE at the end. SJ_ERROR_IO when
 * reading or writing fails. */
gboolean mbox_next(Mbox *mbox, int fd, gboolean *found, GError **error);
