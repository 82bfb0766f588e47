/* Text as printed words are compared: without white space, quotation marks and the difference of
 * full and half width; each character still knows where it came from. */
#pragma once

#include <glib.h>

typedef struct {
    const gchar *text; /* not owned: must outlive this */
    gunichar *chars;
    guint32 *at; /* where in the text the character begins, in bytes */
    gsize length;
} Folded;

/* LENGTH bytes of TEXT, folded. */
Folded *folded_new(const gchar *text, gsize length);
/* LENGTH characters of FOLDED from START. */
Folded *folded_slice(const Folded *folded, gsize start, gsize length);
void folded_free(Folded *folded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Folded, folded_free)

/* Whether WORDS, without their first SKIP characters, stand at FROM. */
gboolean folded_has(const Folded *folded, gsize from, const Folded *words, gsize skip);
/* The same of WORDS as they are when they are folded. */
gboolean folded_says(const Folded *folded, gsize from, const char *words);
/* Past the characters of SET that stand at FROM. */
gsize folded_skip_set(const Folded *folded, gsize from, const char *set);
/* Where WORDS stand at or after FROM; -1: nowhere. */
gssize folded_find(const Folded *folded, gsize from, const Folded *words);

/* Past a number that begins a heading: "1." "2、" "（三）" "四、" "Ⅴ."; FROM when there is none. */
gsize folded_skip_number(const Folded *folded, gsize from);
/* Past the parenthesis that opens at FROM and its closing one; 0 when it is not closed. */
gsize folded_skip_parenthesis(const Folded *folded, gsize from);
/* The byte in the text where the characters before INDEX end. */
gsize folded_end(const Folded *folded, gsize index);
/* Whether something that folding drops (white space) stands before the character at INDEX. */
gboolean folded_is_apart(const Folded *folded, gsize index);
/* Whether a line begins there: a line feed stands between the characters before INDEX and it. */
gboolean folded_is_line(const Folded *folded, gsize index);
