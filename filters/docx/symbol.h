/* Characters of the symbol fonts, whose codes mean something else in every font. */
#pragma once

#include <glib.h>

/* The name, for good, of the symbol font that FONT (may be NULL) is; NULL: it is an ordinary one.
 */
const gchar *symbol_font(const gchar *font);

/* The Unicode character that CODE (with or without the 0xF000 that Word adds) looks like in FONT;
 * 0 when there is none known. FONT may be NULL or an ordinary font. */
gunichar symbol_character(const gchar *font, gunichar code);

/* What CHARACTER of text in FONT (NULL: an ordinary one) looks like. One of the private use area
 * without its font is most often a box or a tick of Wingdings, or of Wingdings 2; U+FFFD for one
 * that nobody knows. */
gunichar symbol_visible(const gchar *font, gunichar character);
