/* The text of an HTML body as a reader sees it, and its links. */
#pragma once

#include <glib.h>

typedef struct {
    gchar *url;
    gchar *name; /* of the file, as far as the link itself says; NULL */
    gsize at;    /* where in the text it stands */
} Anchor;

void anchor_free(Anchor *anchor);

/* HTML (UTF-8) as plain text, without style sheets and scripts. Adds the links of its elements to
 * ANCHORS (Anchor*), in their order. */
gchar *html_text(const gchar *html, GPtrArray *anchors);
