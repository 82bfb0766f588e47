/* The text of an HTML body as a reader sees it, its links, and what its elements say. */
#pragma once

#include "history.h"

/* A link, or an element in which a mail provider shows a file that is not in the mail. */
typedef struct {
    gchar *url;                   /* NULL: none */
    gchar *name, *size, *expires; /* of the file, as far as the element itself says; NULL */
    gsize start, end;             /* in the text */
    gboolean file;                /* the element says that it is a file */
    gboolean in_area;             /* it stands in an element for such files */
} Anchor;

Anchor *anchor_new(gsize start);
void anchor_free(Anchor *anchor);

typedef struct {
    GString *text;      /* UTF-8, without style sheets and scripts */
    GPtrArray *anchors; /* Anchor*, in their order */
    GArray *quotes;     /* Span: elements that quote older mail, apart, in their order */
    gsize forward; /* where an element begins that holds a forwarded mail; G_MAXSIZE: nowhere */
    gsize area;    /* where one for files stands that says something; G_MAXSIZE: nowhere */
} Page;

/* Of TEXT alone. page_clear frees what it holds. */
void page_begin(Page *page, const gchar *text);
/* Of HTML, which is UTF-8. */
void page_read(Page *page, const gchar *html);
void page_clear(Page *page);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Page, page_clear)
