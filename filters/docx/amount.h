/* Numbers with a printed unit beside them: 职工总数 [45 人], 计划研发投入 [300] 万元，其中自筹
 * [270] 万元. */
#pragma once

#include <glib.h>

/* What was written in a cell, without the printed UNIT (NULL: one of the usual). *REPEATED is set
 * (never cleared) when the unit was written once more. */
gchar *amount_in_cell(const gchar *text, gsize length, const gchar *unit, gboolean *repeated);
/* The same for what follows a label within a sentence, up to the unit or the end of the clause. */
gchar *amount_in_sentence(const gchar *text, gsize length, const gchar *unit, gboolean *repeated);
