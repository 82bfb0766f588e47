/* The tree of a message: what is its text, and what are its files. */
#pragma once

#include "filter.h"

#include <gmime/gmime.h>

/* One text of the body; in multipart/alternative the same in two shapes. */
typedef struct {
    gchar *plain; /* UTF-8; NULL: not in this shape */
    gchar *html;
} Segment;

/* A part that is a file. */
typedef struct {
    GMimePart *part;
    gchar *name; /* "" where it has none */
} Leaf;

typedef struct {
    GPtrArray *segments; /* Segment*, in their order */
    GPtrArray *files;    /* Leaf* */
    guint parts;         /* that are no multiparts */
    gboolean too_many;   /* … more than are read */
    gboolean too_deep;   /* multiparts in multiparts */
    gboolean damaged;    /* a multipart without its boundary */
} Parts;

/* Starts gmime so that embedded messages are parts like others, whose bytes can be left as they
 * are. */
void parts_init(void);

/* Fills *PARTS, which borrows from MESSAGE; parts_clear frees it. */
void parts_read(Parts *parts, GMimeMessage *message);
void parts_clear(Parts *parts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

/* Leaves every file, decoded; FALSE: our own trouble, said on stderr. */
gboolean parts_leave(const Parts *parts, Filter *filter);

/* The names of its files, in lower case: a set. */
GHashTable *parts_names(const Parts *parts);

/* The Message-ID of the mail that a report returns, whole or its headers alone; NULL. */
gchar *parts_returned(const Parts *parts);
