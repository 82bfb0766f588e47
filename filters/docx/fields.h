/* What the campaign says of its form: the fields with their printed labels and options. */
#pragma once

#include "fold.h"

#include <jansson.h>

typedef struct {
    const gchar *label;
    Folded *folded;
} Option;

typedef struct {
    const gchar *key;
    GPtrArray *labels;  /* of Folded, without the number before them ("1.") */
    gboolean number;    /* a unit is printed behind the answer … */
    const gchar *unit;  /* … this one; NULL: one of the usual */
    gboolean prose;     /* a section: its answer is a text of a limited length */
    GPtrArray *options; /* of Option; NULL: not a choice */
} Field;

typedef struct {
    GPtrArray *list;    /* of Field, in the order of the form */
    const gchar *title; /* of the form, else the campaign's name; "" when neither is said */
    GRegex *year;       /* finds one in a title */
} Fields;

/* PARAMS may be NULL, and must outlive the result. */
Fields *fields_new(const json_t *params);
void fields_free(Fields *fields);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fields, fields_free)

/* The field of that place in the list, which must be there. */
const Field *fields_get(const Fields *fields, guint index);
