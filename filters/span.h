/* A piece of a stranger's file, taken from its front and never past its end. */
#pragma once

#include <glib.h>

typedef struct {
    const guint8 *at, *end;
} Span;

/* The SIZE bytes of DATA. Of none DATA may be NULL, to which not even 0 may be added. */
static inline Span span_of(const guint8 *data, gsize size)
{
    return (Span){data, size > 0 ? data + size : data};
}

static inline gsize span_left(const Span *span)
{
    return (gsize)(span->end - span->at);
}

/* The next SIZE bytes, or what is left. */
static inline Span span_take(Span *span, guint64 size)
{
    Span piece = span_of(span->at, MIN(size, span_left(span)));
    span->at = piece.end;
    return piece;
}

/* A number of SIZE bytes, the lowest first; those past the end are 0. */
static inline guint64 span_number(Span *span, guint size)
{
    guint64 number = 0;
    for (guint i = 0; i < size && span->at < span->end; i++)
        number |= (guint64)*span->at++ << (8 * i);
    return number;
}
