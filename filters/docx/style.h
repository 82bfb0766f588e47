/* What the styles of a document say of its text (ECMA-376 part 1, 17.7), as far as it changes what
 * is read. */
#pragma once

#include "word.h"

/* With all that it is based on. */
typedef struct {
    Flag hidden, bold, underlined;
    guint num, level;         /* of its paragraphs' numbering; num 0: none */
    const gchar *symbol_font; /* or NULL */
} Style;

typedef struct Styles Styles;

/* ROOT is w:styles and must outlive the result; NULL: no styles. */
Styles *styles_new(const xmlNode *root);
void styles_free(Styles *styles);

/* The style of that identifier, or one that says nothing. */
const Style *styles_get(Styles *styles, const gchar *id);

/* The font that gives the codes of text with these PROPERTIES (w:rPr, may be NULL) a meaning of
 * their own; NULL: an ordinary one. */
const gchar *run_symbol_font(const xmlNode *properties);

/* The numbering that PROPERTIES (w:pPr, may be NULL) name themselves; FALSE: none. */
gboolean numbering_of(const xmlNode *properties, guint *num, guint *level);
