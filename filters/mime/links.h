/* Files that a mail speaks of but does not carry:
 * the oversize attachments of the mail providers. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Where the quoted history of TEXT begins, which its senders' clients put below a line of their
 * own; its length when there is none. */
gsize links_history(const gchar *text);

/* Adds {"url", "name", "size", "expires"} to LIST for each link to a file at a provider that stands
 * before END in TEXT. ANCHORS: the links of the HTML (Anchor*); NULL: those written in the text.
 * What is not simply there is left out. */
void links_find(json_t *list, const gchar *text, gsize end, const GPtrArray *anchors);
