/* Characters of the symbol fonts, whose codes mean something else in every font. */
#pragma once

#include <glib.h>

/* Whether FONT (may be NULL) is one of them. */
gboolean symbol_is_font(const gchar *font);

/* The Unicode character that CODE (with or without the 0xF000 that Word adds) looks like in FONT;
 * 0 when there is none known. FONT may be NULL or an ordinary font. */
gunichar symbol_character(const gchar *font, gunichar code);
