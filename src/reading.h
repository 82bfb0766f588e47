/* What a filter said about one file, checked line by line (the contract is
 * docs/shoujian-filter.7). */
#pragma once

#include "spool.h"

#include <jansson.h>

typedef enum {
    READING_READ,       /* the filter read the file */
    READING_UNREADABLE, /* status 65: damaged, encrypted, not of that kind; its notes say why */
    READING_FAULT, /* any other end, a time-out, output that breaks the contract; `why` says it */
} ReadingStatus;

/* {"fact":…}; form 0: about the file. The value is never JSON's null. */
typedef struct {
    gchar *name;
    json_t *value;
    guint form;
} Fact;

void fact_free(Fact *fact);

/* The value of fact NAME in FACTS (Fact*), about FORM or (form 0) the file; NULL: none. */
const json_t *fact_value(const GPtrArray *facts, const gchar *name, guint form);
/* The numbers (guint) of the forms in a document's FACTS that are the campaign's: what is another
 * form says so by form.other. */
GArray *facts_forms(const GPtrArray *facts);

/* {"note":…}; detail may be NULL. */
typedef struct {
    gchar *name;
    gchar *detail;
} Note;

/* {"file":…}: a regular file that it left, in the spool's tmp/ already; it is removed with the
 * reading where nobody commits it. */
typedef struct {
    SpoolFile *file;
    gchar *name;           /* the sender's, UTF-8, "" when there is none */
    gboolean is_inline;    /* "inline":true: a picture of the text, not an attachment */
    gchar *kind;           /* "kind": its media type by its bytes; NULL: not said */
    gboolean is_rendition; /* "rendition":true: the file that was read, in another form */
} LeftFile;

typedef struct {
    ReadingStatus status;
    gchar *why;       /* of a fault: one line in English; else NULL */
    GPtrArray *facts; /* Fact* */
    GPtrArray *notes; /* Note* */
    gsize length;     /* bytes that it printed */
    GPtrArray *files; /* LeftFile*, in the order announced; each holds a descriptor until freed */
} Reading;            /* all three are empty for a fault */

void reading_free(Reading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reading, reading_free)

/* A reading that failed; WHY becomes one line that is fit for a terminal. */
Reading *reading_fault(const gchar *why);

/* The reading of a filter that ended with STATUS (_READ or _UNREADABLE), from the TEXT of its
 * stdout and the files in the open directory OUTDIR_FD, which it moves to SPOOL. One line that
 * breaks the contract makes it a fault, and then nothing of it is kept. Errors are our own:
 * SJ_ERROR_LATER (no descriptor), SJ_ERROR_IO. */
Reading *reading_take(ReadingStatus status, const gchar *text, gsize length, int outdir_fd,
                      Spool *spool, GError **error);
