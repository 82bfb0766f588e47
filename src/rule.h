/* The campaign's rules as prepared SQL expressions over one row, three-valued: true says nothing,
 * false is a finding, NULL is a finding that a person must look at. */
#pragma once

#include "campaign.h"
#include "row.h"

typedef struct RuleSet RuleSet;

/* What was found: strings are owned, message and fix are filled in. */
typedef struct {
    gchar *rule;
    Level level;
    gboolean person;
    gchar *message;
    gchar *fix;       /* NULL: none */
    gboolean of_form; /* it reads a field of the form: message and fix may quote the form */
} Finding;

void finding_free(Finding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Finding, finding_free)

struct Engine;

/* Prepares every expression of CAMPAIGN (which must outlive the set) on a connection of its own,
 * and parses every message and fix. The list for the function unfinished(name, code) is
 * unfinished.csv beside the campaign file, where there is one. An unknown name or function, a text
 * column compared with a bare number or a syntax error is SJ_ERROR_CONFIG with "FILE:LINE: rule
 * NAME: what". */
RuleSet *ruleset_new(const Campaign *campaign, GError **error);
void ruleset_free(RuleSet *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RuleSet, ruleset_free)

/* Judges ROW (a submission's) by every rule, and by the fields' own required, max_chars and number.
 * With FORM_READ false, nothing that reads a field of the form is judged (there is none, it is
 * blank, or could not be read: that is reported already). Returns Finding*, in the order missing:…,
 * text_too_long:…, number_not_plain:…, then the rules of the file; NULL on an error of the
 * machinery. */
GPtrArray *ruleset_judge(RuleSet *rules, const Row *row, gboolean form_read, GError **error);
/* The same by the rules that are remarks: they change no status and stand in no answer, so they are
 * worked out when somebody looks, since they may be about other submissions that came since. */
GPtrArray *ruleset_remarks(RuleSet *rules, const Row *row, gboolean form_read, GError **error);
/* Where both are worked out, with the row that was judged last. */
struct Engine *ruleset_engine(RuleSet *rules);

/* A finding of the program itself, worded by the campaign's `finding NAME { … }`, or by the default
 * table. An optional OBJECT (a file's name, or a field's key) is available as {object}; a field's
 * key is appended to the rule's name after ':' and {object} is then its label, {value} what stands
 * there, {count} its characters and {limit} its max_chars. Never NULL: a name without any wording
 * is a finding that only staff see and a person looks at. */
Finding *ruleset_finding(RuleSet *rules, const gchar *name, const gchar *object, const Row *row);

/* `relevant` over a mail's row: 1, 0, or -1 for NULL; -2 with *error set on failure. */
int ruleset_relevant(RuleSet *rules, const Row *mail, GError **error);
