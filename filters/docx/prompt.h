/* The printed words behind a label: marks, and the prompt of a section, which may have been cut
 * short: 1.项目需求的背景与意义（…限500字）. */
#pragma once

#include "fold.h"

#define LABEL_MARKS ":*★※" /* beside a label, and no part of it */

/* Where the answer begins behind a label that ends at END in TEXT. LONELY: no other cell could hold
 * the answer; else a parenthesis up to the end of the cell is printed, however short, and so is
 * what the label goes on with (职务/职称). PROSE: it is a section, whose prompt may have lost its
 * parenthesis. */
gsize prompt_answer_start(const Folded *text, gsize end, gboolean lonely, gboolean prose);
/* Where the answer ends that stands in TEXT, FROM to TO: before a prompt that was kept as its last
 * line. */
gsize prompt_answer_end(const gchar *text, gsize from, gsize to);
