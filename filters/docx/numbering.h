/* The numbers that Word counts itself before paragraphs (ECMA-376 part 1, 17.9): they are printed,
 * and stand in no text. */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

enum { NUMBERING_LEVELS = 9 };

typedef struct Numbering Numbering;

/* ROOT is w:numbering and must outlive the result; NULL: no definitions. */
Numbering *numbering_new(const xmlNode *root);
void numbering_free(Numbering *numbering);

/* What is printed before the next paragraph of the list NUM at LEVEL (from 0), with what parts it
 * from the text; "" for nothing, never more than a few words. The caller frees. Paragraphs come in
 * the order of the document. */
gchar *numbering_next(Numbering *numbering, guint num, guint level);
