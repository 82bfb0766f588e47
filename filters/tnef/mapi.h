/* Lists of MAPI properties in TNEF ([MS-OXTNEF] 2.1.3.4). */
#pragma once

#include "span.h"

enum {
    PROPERTY_BOOLEAN = 0x000b,
    PROPERTY_OBJECT = 0x000d,
    PROPERTY_STRING8 = 0x001e,
    PROPERTY_UNICODE = 0x001f,
    PROPERTY_BINARY = 0x0102,
};

/* The next of `left` properties in `rest`. */
typedef struct {
    Span rest;
    guint64 left;
} Properties;

typedef struct {
    guint type, id;
    Span value; /* of several the first; of none `at` is NULL */
} Property;

Properties properties_open(Span list);
/* FALSE at the end of the list, and where it makes no sense any more. */
gboolean properties_next(Properties *properties, Property *property);
