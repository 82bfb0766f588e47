/* What the C filters share: FILTER [--params PARAMS.json] FILE OUTDIR, one JSON object a line
 * (the contract is docs/shoujian-filter.7). */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef enum {
    FILTER_READ = 0,        /* the file was read */
    FILTER_UNREADABLE = 65, /* damaged, encrypted, not of that kind; a note says why */
    FILTER_FAULT = 70,      /* our own trouble: cannot write to OUTDIR, out of memory */
} FilterStatus;

typedef struct {
    int fd; /* the file, open for reading, at its beginning */
    const gchar *outdir;
    const json_t *params;   /* what the campaign says; NULL without --params */
    gconstpointer prepared; /* what `prepare` made of them */
    guint files;            /* how many it has left in OUTDIR */
    gboolean rehearsal;     /* the file is nobody's: nothing is printed or left */
} Filter;

/* A fact. FORM counts the forms of a document from 1; 0: about the file. VALUE is taken over. */
void filter_fact(Filter *filter, const gchar *name, guint form, json_t *value);
void filter_fact_text(Filter *filter, const gchar *name, guint form, const gchar *text);
/* Something a person should know; DETAIL names the object, or NULL. */
void filter_note(Filter *filter, const gchar *name, const gchar *detail);

/* Makes the next file in OUTDIR (mode 0600) and returns its descriptor, for writing and reading, or
 * -1 (said on stderr). */
int filter_file_create(Filter *filter);
/* Writes SIZE bytes to FD, the file made last; FALSE: said on stderr. */
gboolean filter_file_write(const Filter *filter, int fd, const void *bytes, gsize size);
/* Announces the file made last under the sender's NAME (UTF-8; "" when there is none), with its
 * KIND (detect/detect.h). PICTURE: it belongs to a text and is no attachment. */
void filter_file_announce(Filter *filter, const gchar *name, const gchar *kind, gboolean picture);
/* Announces the file made last as the one that is read in another form, of that KIND. */
void filter_rendition_announce(Filter *filter, const gchar *kind);

/* The whole file as a mapping (of a private copy, when it cannot be mapped);
 * NULL said on stderr. */
GBytes *filter_bytes(Filter *filter);

typedef struct {
    /* The line of --version ("docx 1"): a change of what is found is a change of it, since facts
     * are cached by it. */
    const char *version;
    /* NULL, or what can be done before any file is there: with --server it is done once. It may set
     * filter->prepared. FALSE: our own trouble, said on stderr. */
    gboolean (*prepare)(Filter *filter);
    /* NULL, or a file that --server reads once for nobody before it serves, so that what libraries
     * do at first use is done once, too. */
    const char *sample;
    FilterStatus (*read)(Filter *filter);
} FilterProgram;

/* The program: parses the command line, reads the file, or with --server each file that it is given
 * (server.h), and returns the exit status. */
int filter_main(int argc, char **argv, const FilterProgram *program);
