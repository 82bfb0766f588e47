/* The forms in a document. */
#pragma once

#include "document.h"
#include "grid.h"

typedef struct {
    gchar *title;  /* the paragraph that stands above as its title; "" when there is none */
    Grid *grid;    /* NULL: none of our labels, so not ours */
    gboolean ours; /* the campaign's form; else another one with a like title */
} Form;

/* Of Form, in the order of the document, which must outlive them; tables that are no form are not
 * among them. A form that was broken into several tables is one; where no table is one, the lines
 * of the text may be. */
GPtrArray *forms_find(Document *document, const Fields *fields);

/* The title of a document without forms: its first words. */
gchar *document_title(const Document *document);

/* Whether it is nothing but pictures, under the title of the form perhaps. */
gboolean document_is_picture(const Document *document, const Fields *fields);
