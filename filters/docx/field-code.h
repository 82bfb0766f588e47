/* Complex fields (ECMA-376 part 1, 17.16.18): instructions, which nobody sees, and results, which
 * everybody does. "Fields" of the form are in fields.h. */
#pragma once

#include <glib.h>

typedef struct FieldCodes FieldCodes;

FieldCodes *field_codes_new(void);
void field_codes_free(FieldCodes *codes);

/* The three w:fldChar. ENTRY, which is taken over, is what an old form field shows when it has no
 * result; NULL: nothing. */
void field_codes_begin(FieldCodes *codes, gchar *entry);
void field_codes_separate(FieldCodes *codes);
/* What the field shows that has no result: the entry, or what its instruction draws; NULL: it has
 * one, or shows nothing. The caller frees. */
gchar *field_codes_end(FieldCodes *codes);

/* Text of an instruction; says FALSE outside of one, where text is shown. IS_CODE: it stands in
 * w:instrText, which is never shown. */
gboolean field_codes_take(FieldCodes *codes, const gchar *text, gsize length, gboolean is_code);

/* How many fields are open. */
guint field_codes_depth(const FieldCodes *codes);
/* Gives the fields up that were opened beyond DEPTH and have got no further than their instruction:
 * an instruction ends in its paragraph, or the document is broken. What was taken for a part of it
 * and is none (""), which the caller frees. */
gchar *field_codes_give_up(FieldCodes *codes, guint depth);

/* What an instruction draws without any result: EQ \o\ac(□,√) draws both characters in one place.
 * NULL: nothing. The caller frees. */
gchar *field_code_drawing(const gchar *instruction);
