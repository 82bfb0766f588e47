/* Reads lists of MAPI properties. */
#include "mapi.h"

#define SEVERAL     0x1000 /* a flag of types: a list of values */
#define FIRST_NAMED 0x8000

/* What a value takes, without the bytes that fill it up to four. */
static const struct {
    guint type, size; /* 0: each value says its own */
} types[] = {
    {0x0002, 2},           {0x0003, 4},           {0x0004, 4},          {0x0005, 8},
    {0x0006, 8},           {0x0007, 8},           {0x000a, 4},          {PROPERTY_BOOLEAN, 2},
    {0x0014, 8},           {0x0040, 8},           {0x0048, 16},         {PROPERTY_OBJECT, 0},
    {PROPERTY_STRING8, 0}, {PROPERTY_UNICODE, 0}, {PROPERTY_BINARY, 0},
};

Properties properties_open(Span list)
{
    guint64 count = span_number(&list, 4);
    return (Properties){list, count};
}

static Span take_padded(Span *span, guint64 size)
{
    Span value = span_take(span, size);
    span_take(span, -size % 4);
    return value;
}

/* A named property has its set before its value, and its name or number there. */
static void skip_name(Span *rest)
{
    span_take(rest, 16);
    gboolean text = span_number(rest, 4) == 1;
    guint64 number_or_length = span_number(rest, 4);
    if (text)
        take_padded(rest, number_or_length);
}

gboolean properties_next(Properties *properties, Property *property)
{
    Span *rest = &properties->rest;
    if (properties->left == 0 || span_left(rest) == 0)
        return FALSE;
    guint type = (guint)span_number(rest, 2);
    property->id = (guint)span_number(rest, 2);
    property->type = type & ~(guint)SEVERAL;
    property->value = (Span){0};
    gsize row = 0;
    while (row < G_N_ELEMENTS(types) && types[row].type != property->type)
        row++;
    if (row == G_N_ELEMENTS(types))
        return FALSE;
    if (property->id >= FIRST_NAMED)
        skip_name(rest);
    guint size = types[row].size;
    guint64 values = size == 0 || (type & SEVERAL) != 0 ? span_number(rest, 4) : 1;
    for (guint64 i = 0; i < values; i++) {
        if (span_left(rest) < 4)
            return FALSE;
        guint64 length = size != 0 ? size : span_number(rest, 4);
        if (length > span_left(rest))
            return FALSE;
        Span value = take_padded(rest, length);
        if (i == 0)
            property->value = value;
    }
    properties->left--;
    return TRUE;
}
