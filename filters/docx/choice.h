/* The ticks of a choice: □国际领先 ☑国内领先 …, in all the ways people tick. */
#pragma once

#include "fields.h"
#include "text.h"

typedef struct {
    GArray *ticked;           /* of gboolean, one an option */
    gboolean any;             /* at least one is ticked */
    gboolean by_formatting;   /* only underline, bold or highlight says which */
    gboolean options_deleted; /* only that the others were deleted says which */
} Choice;

/* Reads the bytes [START, END) of TEXT, where OPTIONS (of Option) are printed with a box before
 * each or, when the first has none, behind each. */
Choice *choice_read(const Text *text, gsize start, gsize end, const GPtrArray *options);
void choice_free(Choice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Choice, choice_free)
