/* What the notice says: campaign.conf, with the fields of the form, the rules, and the wording of
 * what the program itself finds. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* REMARK: what staff should know of a submission and what is no finding (rule.h). */
typedef enum { LEVEL_MUST, LEVEL_SHOULD, LEVEL_STAFF, LEVEL_LATE, LEVEL_REMARK } Level;

/* One `field KEY { … }` of the form. */
typedef struct {
    gchar *key;
    gchar **label; /* as printed; any of them */
    gboolean required;
    gboolean number;
    gchar *unit; /* that the form prints behind the answer; NULL: the filter knows the usual ones */
    gchar *identity; /* "unit", "code" or "demand": what it tells a submission apart by; NULL:
                        nothing */
    guint max_chars; /* 0: no limit; counted without white space */
    gchar **options; /* of a choice; NULL: not a choice */
    guint choose;    /* how many may be ticked; 0: any number */
    guint line;      /* on which the section begins */
} Field;

/* One `rule NAME { … }`, or one `finding NAME { … }` (then `require` is NULL). */
typedef struct {
    gchar *name;
    Level level;
    gboolean person;
    gchar *require; /* SQL expression over the row */
    gchar *hint; /* SQL expression whose text is {hint} in message and fix; NULL: there is none */
    gchar *message; /* template with {column} */
    gchar *fix;     /* template, or NULL */
    guint line;     /* on which `require` stands, or the section */
    guint hint_line;
} Rule;

typedef struct {
    gchar *path;
    gchar *name, *code, *contact;
    gchar *title; /* the printed title of the form, which tells it from another year's; NULL: not
                     said */
    gchar *timezone_name;
    GTimeZone *timezone;
    gint64 opens, deadline, closes; /* Unix seconds */
    gchar *relevant;                /* SQL expression over a mail's row */
    guint relevant_line;            /* on which `relevant` stands */
    GPtrArray *fields;              /* Field* in the order of the form */
    GPtrArray *rules;               /* Rule* */
    GPtrArray *findings;            /* Rule* */
} Campaign;

/* Reads PATH; errors as config_load. Expressions and templates are not looked at here: ruleset_new
 * and template_parse do that. */
Campaign *campaign_load(const gchar *path, GError **error);
void campaign_free(Campaign *campaign);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Campaign, campaign_free)

/* The field KEY, or the rule NAME, of the campaign's file; NULL when there is none. */
const Field *campaign_field(const Campaign *campaign, const gchar *key);
const Rule *campaign_rule(const Campaign *campaign, const gchar *name);
/* NULL when the campaign has no wording of its own for NAME. Its level and person are always set:
 * what the file leaves open is taken from the table of defaults in campaign.c; for a name that is
 * not there, `staff` with person, or, where the file gives a level, that level without person. */
const Rule *campaign_finding(const Campaign *campaign, const gchar *name);

const gchar *level_name(Level level); /* "must", "should", "staff", "late", "remark" */

/* SECONDS in the campaign's zone as RFC 3339 with offset ("2024-09-10T09:12:33+08:00"); to be
 * freed, as the next. */
gchar *campaign_time_iso(const Campaign *campaign, gint64 seconds);
/* The same for people: "2024年9月10日 09:12:33". */
gchar *campaign_time_words(const Campaign *campaign, gint64 seconds);
/* "2024-09-10", "2024-09-10 09:12" or "2024-09-10 09:12:33" in the campaign's zone, or RFC 3339
 * with its own. Anything else, and a time that does not exist, is SJ_ERROR_USAGE with the text in
 * the message. */
gboolean campaign_time_parse(const Campaign *campaign, const gchar *text, gint64 *seconds,
                             GError **error);

/* What filters get as PARAMS.json and `shoujian campaign --json` prints:
 * {"v":1,"name":…,"title":…,"code":…,"timezone":…,"opens":"…","deadline":"…","closes":"…","contact":…,
 *  "fields":[{"key":…,"label":[…],"required":…,"number":…,"unit":…,"max_chars":…,"options":[…],"choose":…}],
 *  "rules":[{"name":…,"level":…,"person":…,"require":…,"hint":…,"message":…,"fix":…}],
 *  "findings":[…]}. What is not said is null, `options` of what is no choice []; `require` of a
 * finding is null. */
json_t *campaign_to_json(const Campaign *campaign);
/* The same as text, always with the same bytes: PARAMS. To be freed. */
gchar *campaign_params(const Campaign *campaign);
