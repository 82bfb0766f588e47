/* How much of a message gmime can be given. */
#pragma once

#include <gmime/gmime.h>

typedef struct {
    gsize kept;       /* of the headers, from the top */
    gsize goes_on;    /* where they go on; KEPT where nothing is left out */
    gsize end;        /* of all that is read */
    gboolean in_line; /* what is kept from the top ends within a line */
    gboolean reduced; /* something is left out */
} Bounds;

/* Of the message that begins at START in DATA. gmime makes objects of all that looks like a header,
 * a parameter or a part, eighty times their bytes, and compares each line that begins with -- with
 * the boundaries of all multiparts around it. */
Bounds bounds_of(const guint8 *data, gsize size, gsize start);

/* What BOUNDS leave of WHOLE from START, in one piece, copying nothing else: the headers that are
 * kept from the top are moved to where they go on. WHOLE is a private mapping that may be written
 * to. */
GMimeStream *bounds_stream(GMimeStream *whole, gsize start, const Bounds *bounds);
