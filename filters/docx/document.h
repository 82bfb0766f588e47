/* A document as it would be printed with all changes accepted: what w:body says,
 * as a light tree. */
#pragma once

#include "table.h"

#include <libxml/tree.h>

typedef struct {
    GPtrArray *blocks; /* of Block: the body */
    gsize bytes;       /* of text */
    gsize chars;       /* without white space */
    guint pictures;
} Document;

/* MAIN is the main part; one that is no word document gives an empty tree. */
Document *document_read(xmlDoc *main);
void document_free(Document *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_free)
