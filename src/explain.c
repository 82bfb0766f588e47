/* A rule over one submission, with the values put in, for whoever wrote the rule. */
#include "explain.h"

#include "error.h"
#include "template.h"

#include <string.h>

#define MAX_TEXT 40 /* characters of a text that are shown */

static gchar *expression_of(const Campaign *campaign, const gchar *name, GError **error);
static gchar *put_in(const gchar *sql, const GPtrArray *columns, const Row *row, GTimeZone *zone);
static void judge_it(Explanation *explanation, const GPtrArray *reads, const Row *row,
                     gboolean form_read, GPtrArray *findings, GPtrArray *remarks,
                     const gchar *name);

Explanation *explain(RuleSet *rules, const Campaign *campaign, const gchar *name, const Row *row,
                     gboolean form_read, GError **error)
{
    g_autofree gchar *sql = expression_of(campaign, name, error);
    g_autoptr(Expression) expression =
        sql != NULL ? expression_new(ruleset_engine(rules), sql, error) : NULL;
    if (expression == NULL)
        return NULL;
    g_autoptr(GPtrArray) findings = ruleset_judge(rules, row, form_read, error);
    g_autoptr(GPtrArray) remarks =
        findings != NULL ? ruleset_remarks(rules, row, form_read, error) : NULL;
    g_autoptr(Explanation) explanation = g_new0(Explanation, 1);
    if (remarks == NULL || !expression_judge(expression, &explanation->verdict, error))
        return NULL;
    g_autoptr(GPtrArray) columns = columns_new(campaign);
    explanation->require = put_in(sql, columns, NULL, NULL);
    explanation->filled = put_in(sql, columns, row, campaign->timezone);
    judge_it(explanation, expression_reads(expression), row, form_read, findings, remarks, name);
    return g_steal_pointer(&explanation);
}

void explanation_free(Explanation *explanation)
{
    if (explanation == NULL)
        return;
    g_free(explanation->require);
    g_free(explanation->filled);
    g_free(explanation->nulls);
    g_free(explanation->reported);
    finding_free(explanation->finding);
    g_free(explanation);
}

static gchar *unknown_rule(const Campaign *campaign, const gchar *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < campaign->rules->len; i++)
        g_ptr_array_add(names, ((const Rule *)campaign->rules->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    g_autofree gchar *list = g_strjoinv(", ", (gchar **)names->pdata);
    sj_fail(error, SJ_ERROR_DATA,
            "%s has no rule %s; it has %s, and for a field of the form missing:KEY, "
            "text_too_long:KEY and number_not_plain:KEY",
            campaign->path, name, list);
    return NULL;
}

/* A field's own setting, as the expression it amounts to. */
static gchar *expression_of(const Campaign *campaign, const gchar *name, GError **error)
{
    const Rule *rule = campaign_rule(campaign, name);
    if (rule != NULL)
        return g_strdup(rule->require);
    const gchar *colon = strchr(name, ':');
    const Field *field = colon != NULL ? campaign_field(campaign, colon + 1) : NULL;
    if (field == NULL)
        return unknown_rule(campaign, name, error);
    const gchar *text = field->number ? "_text" : "";
    if (g_str_has_prefix(name, "missing:") && field->required)
        return field->options != NULL ? g_strdup_printf("\"%s_count\" > 0", field->key)
                                      : g_strdup_printf("chars(\"%s%s\") > 0", field->key, text);
    if (g_str_has_prefix(name, "text_too_long:") && field->max_chars > 0)
        return g_strdup_printf("chars(\"%s%s\") <= %u", field->key, text, field->max_chars);
    if (g_str_has_prefix(name, "number_not_plain:") && field->number)
        return g_strdup_printf("chars(\"%s_text\") = 0 or number(\"%s_text\") is not null",
                               field->key, field->key);
    return unknown_rule(campaign, name, error);
}

/* --- The values put in --- */

static void add_text(GString *into, const gchar *text)
{
    glong length = g_utf8_strlen(text, -1);
    g_autofree gchar *shown = g_utf8_substring(text, 0, MIN(length, MAX_TEXT));
    g_auto(GStrv) pieces = g_strsplit(g_strdelimit(shown, "\r\n\t", ' '), "'", -1);
    g_autofree gchar *quoted = g_strjoinv("''", pieces);
    g_string_append_printf(into, "'%s%s'", quoted, length > MAX_TEXT ? "…" : "");
}

static void add_value(GString *into, const Column *column, const Row *row, GTimeZone *zone)
{
    Value value;
    if (!row_get(row, column->name, &value) || value.null) {
        g_string_append(into, "NULL");
        return;
    }
    g_autofree gchar *words = value_for_people(&value, zone);
    if (value.type == COLUMN_TEXT)
        add_text(into, value.text);
    else if (value.type == COLUMN_TIME)
        g_string_append_printf(into, "%" G_GINT64_FORMAT " /* %s */", value.integer, words);
    else
        /* A figure without a point would divide as an integer. */
        g_string_append_printf(into, "%s%s", words,
                               value.type == COLUMN_REAL && strpbrk(words, ".en") == NULL ? ".0"
                                                                                          : "");
}

static const Column *column_named(const GPtrArray *columns, const gchar *name)
{
    for (guint i = 0; i < columns->len; i++)
        if (g_ascii_strcasecmp(((const Column *)columns->pdata[i])->name, name) == 0)
            return columns->pdata[i];
    return NULL;
}

static gboolean is_word(gchar c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (guchar)c >= 0x80;
}

/* The length of the token at SQL: white space and comments together are one, so is a text, a name
 * in any quotes, or a word. The expression was prepared before: each of them ends. */
static gsize token_length(const gchar *sql)
{
    const gchar *at = sql;
    gchar closes = *sql == '[' ? ']' : *sql;
    if (is_word(*at)) {
        while (is_word(*at))
            at++;
    } else if (strchr("'\"`[", *at) != NULL) {
        for (at++; *at != '\0' && (*at != closes || (closes != ']' && at[1] == closes)); at++)
            at += *at == closes;
        at += *at != '\0';
    } else {
        for (;;) {
            const gchar *end = g_ascii_isspace(*at)         ? at + 1
                               : g_str_has_prefix(at, "--") ? at + strcspn(at, "\n")
                               : g_str_has_prefix(at, "/*") ? strstr(at + 2, "*/")
                                                            : NULL;
            if (end == NULL)
                break;
            at = end + (at[0] == '/' ? 2 : 0);
        }
    }
    return MAX((gsize)(at - sql), 1);
}

static gboolean is_blank(const gchar *token)
{
    return g_ascii_isspace(token[0]) || g_str_has_prefix(token, "--") ||
           g_str_has_prefix(token, "/*");
}

/* The column that TOKEN names; NULL: it is a function (REST begins with a parenthesis), a text or
 * anything else. */
static const Column *column_of(const gchar *token, const gchar *rest, const GPtrArray *columns)
{
    gsize length = strlen(token);
    while (is_blank(rest))
        rest += token_length(rest);
    if (rest[0] == '(')
        return NULL;
    if (length < 2 || strchr("\"`[", token[0]) == NULL)
        return column_named(columns, token);
    g_autofree gchar *bare = g_strndup(token + 1, length - 2);
    return column_named(columns, bare);
}

/* SQL on one line, with the values of ROW (NULL: as it is written) for its columns. */
static gchar *put_in(const gchar *sql, const GPtrArray *columns, const Row *row, GTimeZone *zone)
{
    GString *line = g_string_new(NULL);
    for (gsize length; *sql != '\0'; sql += length) {
        length = token_length(sql);
        g_autofree gchar *token = g_strndup(sql, length);
        const Column *column = column_of(token, sql + length, columns);
        if (is_blank(token))
            g_string_append_c(line, ' ');
        else if (column != NULL && row != NULL)
            add_value(line, column, row, zone);
        else
            g_string_append(line, token);
    }
    return g_strstrip(g_string_free(line, FALSE));
}

/* --- What is said --- */

/* Takes the finding of NAME out of FINDINGS. */
static Finding *take(GPtrArray *findings, const gchar *name)
{
    for (guint i = 0; i < findings->len; i++)
        if (g_str_equal(((const Finding *)findings->pdata[i])->rule, name))
            return g_ptr_array_steal_index(findings, i);
    return NULL;
}

static gboolean has(const GPtrArray *findings, const gchar *name)
{
    for (guint i = 0; i < findings->len; i++)
        if (g_str_equal(((const Finding *)findings->pdata[i])->rule, name))
            return TRUE;
    return FALSE;
}

/* The finding that says already what is wrong with FIELD; NULL: none does. */
static gchar *reported_as(const GPtrArray *findings, const Field *field)
{
    static const gchar *const silencing[] = {"missing", "number_not_plain"};
    for (guint i = 0; i < G_N_ELEMENTS(silencing); i++) {
        gchar *name = g_strconcat(silencing[i], ":", field->key, NULL);
        if (has(findings, name))
            return name;
        g_free(name);
    }
    return NULL;
}

static void judge_it(Explanation *explanation, const GPtrArray *reads, const Row *row,
                     gboolean form_read, GPtrArray *findings, GPtrArray *remarks, const gchar *name)
{
    g_autoptr(GString) nulls = g_string_new(NULL);
    g_autofree gchar *reported = NULL;
    for (guint i = 0; i < reads->len; i++) {
        const Column *column = reads->pdata[i];
        Value value;
        if (!row_get(row, column->name, &value) || value.null)
            g_string_append_printf(nulls, "%s%s", nulls->len > 0 ? ", " : "", column->name);
        if (column->field != NULL && reported == NULL)
            reported = form_read ? reported_as(findings, column->field) : g_strdup("");
    }
    explanation->nulls = nulls->len > 0 ? g_strdup(nulls->str) : NULL;
    explanation->finding = take(findings, name);
    if (explanation->finding == NULL)
        explanation->finding = take(remarks, name);
    if (explanation->finding == NULL && explanation->verdict != VERDICT_TRUE)
        explanation->reported = g_steal_pointer(&reported);
}
