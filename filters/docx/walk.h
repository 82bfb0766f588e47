/* Going through the XML of a document: where the walk stands, and what an element contributes.
 * Private to document.c and inline.c. */
#pragma once

#include "document.h"
#include "field-code.h"
#include "numbering.h"
#include "style.h"
#include "word.h"

/* What lives as long as the walk. */
typedef struct {
    Document *document;
    Package *package;
    PackageFault *fault;
    FieldCodes *codes;
    Styles *styles;       /* NULL: not needed yet */
    Numbering *numbering; /* NULL: not needed yet */
} Reader;

/* Where the walk stands. Going down, a handler changes a copy. */
typedef struct {
    Reader *reader;
    GPtrArray *blocks; /* where paragraphs and tables go */
    Text *paragraph;   /* where text goes; NULL between paragraphs */
    Table *table;
    Row *row;
    guint tables;
    gboolean muted; /* the structure counts, the text does not */
    const Style *of_paragraph;
    guint emphasis;           /* of the run */
    const gchar *symbol_font; /* of the run, or NULL */
} Walk;

/* What each child of NODE contributes. */
void walk_children(const Walk *walk, const xmlNode *node);

/* Text at the end of the paragraph, unless it is muted or an instruction. */
void walk_add(const Walk *walk, const gchar *text);

/* The style that PROPERTIES name with their child KIND (w:pStyle, w:rStyle). */
const Style *walk_style(const Walk *walk, const xmlNode *properties, const char *kind);

/* Elements within a paragraph (inline.c). */
void walk_run(const Walk *walk, const xmlNode *node);
void walk_text(const Walk *walk, const xmlNode *node);
void walk_instruction(const Walk *walk, const xmlNode *node);
void walk_tabulator(const Walk *walk, const xmlNode *node);
void walk_break(const Walk *walk, const xmlNode *node);
void walk_hyphen(const Walk *walk, const xmlNode *node);
void walk_symbol(const Walk *walk, const xmlNode *node);
void walk_field_character(const Walk *walk, const xmlNode *node);
void walk_simple_field(const Walk *walk, const xmlNode *node);
void walk_check_box(const Walk *walk, gboolean checked);
void walk_fraction(const Walk *walk, const xmlNode *node);
void walk_radical(const Walk *walk, const xmlNode *node);
void walk_operator(const Walk *walk, const xmlNode *node);
void walk_delimited(const Walk *walk, const xmlNode *node);
