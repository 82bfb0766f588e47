/* A document as it would be printed with all changes accepted: what w:body says,
 * as a light tree. */
#pragma once

#include "package.h"
#include "table.h"

typedef struct {
    GPtrArray *blocks; /* of Block: the body */
    GPtrArray *lines;  /* the same once more, NULL until it is made */
    gsize bytes;       /* of text */
    gsize chars;       /* that say something (text_chars) */
    guint pictures;    /* and objects … */
    guint objects;     /* … these */
    gboolean foreign;  /* a part of another format belongs into it, which is not read */
    gboolean changed;  /* something in it is a tracked change */
} Document;

/* NULL with FAULT set when the main part, or another part that it needs, cannot be read. */
Document *document_read(Package *package, PackageFault *fault);
/* Makes document->lines: the paragraphs of the body as one table, a line a row, with a cell for
 * each piece between tabs. */
void document_make_lines(Document *document);
void document_free(Document *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_free)
