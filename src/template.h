/* Texts with {name} in them: messages of rules, and the answers of config/replies/. */
#pragma once

#include "row.h"

typedef struct Template Template;

/* Parses TEXT. "{{" stands for "{". KNOWN decides whether a name may be used; an unknown one, or a
 * brace that never closes, is SJ_ERROR_CONFIG with the line within TEXT counted from FIRST_LINE:
 * "FILE:LINE: unknown name {x}". */
Template *template_parse(const gchar *text, const gchar *file, guint first_line,
                         gboolean (*known)(const gchar *name, gpointer data), gpointer data,
                         GError **error);
void template_free(Template *parsed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* The names used, each once, in order (owned by the template, NULL-terminated). */
const gchar *const *template_names(const Template *parsed);

/* Fills in what VALUE gives for each name (a new string; NULL becomes “（未读出）”). */
gchar *template_expand(const Template *parsed, gchar *(*value)(const gchar *name, gpointer data),
                       gpointer data);

/* A value for people: text as it is, integers and reals without useless zeros, times in ZONE as
 * "2024年9月10日 09:12:33", a JSON list as "甲、乙", NULL as NULL. */
gchar *value_for_people(const Value *value, GTimeZone *zone);
