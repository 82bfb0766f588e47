/* Text with the emphasis of its runs: what a paragraph or a cell says. */
#pragma once

#include <glib.h>

typedef enum {
    EMPHASIS_BOLD = 1,
    EMPHASIS_UNDERLINE = 2,
    EMPHASIS_COLOURED = 4, /* highlighted, shaded, or written in a colour */
    EMPHASIS_FRAMED = 8,   /* or dotted */
    EMPHASIS_STRUCK = 16,
} Emphasis;

typedef struct {
    GString *string; /* UTF-8 */
    GArray *runs;    /* of TextRun, in order, covering all of it */
    gboolean drawn;  /* a picture or another object stands in it, which may say something */
} Text;

typedef struct {
    gsize end;      /* where the run ends, in bytes; it begins where the one before ends */
    guint emphasis; /* Emphasis, or'ed */
} TextRun;

Text *text_new(void);
void text_free(Text *text);

/* Both append at the end: LENGTH bytes of one emphasis, or all of MORE with its own. */
void text_append(Text *text, const gchar *piece, gsize length, guint emphasis);
void text_append_text(Text *text, const Text *more);

/* Cuts off what stands behind the first LENGTH bytes. */
void text_truncate(Text *text, gsize length);

/* The emphasis that every visible character of the bytes [START, END) has. */
guint text_emphasis(const Text *text, gsize start, gsize end);

/* How many characters of the bytes [START, END) of STRING say something: no white space, nothing
 * without a width, no printed rule (____). */
gsize text_chars(const gchar *string, gsize start, gsize end);
/* Whether nothing of TEXT from FROM on says anything. */
gboolean text_is_blank(const Text *text, gsize from);
/* The bytes [START, END) of STRING without such at both ends. */
gchar *text_trimmed(const gchar *string, gsize start, gsize end);
