/* A rule over one submission, with the values put in: `shoujian check --explain`. */
#pragma once

#include "expression.h"
#include "rule.h"

typedef struct {
    gchar *require;   /* the expression on one line, without comments */
    gchar *filled;    /* the same with a literal for each column */
    gchar *nulls;     /* the columns it reads that are NULL; NULL: none is */
    Verdict verdict;  /* of the expression alone */
    Finding *finding; /* what is said then; NULL: nothing */
    gchar *reported;  /* why nothing is said although it is not true: the finding that says it
                         already, or "" when there is no form to judge; NULL: no such reason */
} Explanation;

/* NAME is a rule, or what a field's own setting makes ("missing:KEY", "text_too_long:KEY",
 * "number_not_plain:KEY"); another is SJ_ERROR_DATA with a list of the rules. ROW and FORM_READ as
 * for ruleset_judge. */
Explanation *explain(RuleSet *rules, const Campaign *campaign, const gchar *name, const Row *row,
                     gboolean form_read, GError **error);
void explanation_free(Explanation *explanation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Explanation, explanation_free)
