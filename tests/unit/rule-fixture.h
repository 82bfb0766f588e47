/* What tests of rules share: the shipped campaign, and the row of a submission that nothing is said
 * of. Run from the project's root. */
#pragma once

#include "columns.h"
#include "rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The shipped campaign with one more rule (NULL: none). */
static inline Campaign *campaign_with(const gchar *require)
{
    GError *error = NULL;
    Campaign *campaign = campaign_load("config/campaign.conf", &error);
    if (campaign == NULL)
        fail_msg("%s", error->message);
    if (require == NULL)
        return campaign;
    Rule *rule = g_new0(Rule, 1);
    rule->name = g_strdup("of_the_test");
    rule->level = LEVEL_SHOULD;
    rule->require = g_strdup(require);
    rule->message = g_strdup("{unit_name}");
    rule->line = 777;
    g_ptr_array_add(campaign->rules, rule);
    return campaign;
}

static inline RuleSet *rules_of(const Campaign *campaign)
{
    GError *error = NULL;
    RuleSet *rules = ruleset_new(campaign, &error);
    if (rules == NULL)
        fail_msg("%s", error->message);
    return rules;
}

/* The row of a complete submission with the answers of tests/fixtures/forms/NAME.json; *truth is
 * that file. */
static inline Row *row_of(const Campaign *campaign, const gchar *name, json_t **truth)
{
    g_autofree gchar *path = g_strdup_printf("tests/fixtures/forms/%s.json", name);
    *truth = json_load_file(path, 0, NULL);
    assert_non_null(*truth);
    Row *row = row_new();
    const json_t *answers = json_object_get(*truth, "fields");
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        columns_set_field(row, field, json_object_get(answers, field->key));
    }
    row_set_int(row, "form_count", 1);
    row_set_int(row, "scan_count", 1);
    row_set_int(row, "unread_count", 0);
    row_set_int(row, "sender_proved", 1);
    row_set_time(row, "deadline", campaign->deadline);
    row_set_time(row, "complete_at", campaign->opens + 3600);
    row_set_text(row, "sender", "wang@qq.com");
    row_set_int(row, "unit_submissions", 1);
    row_set_text(row, "unit_receipts", "[]");
    row_set_text(row, "unit_other_names", "[]");
    return row;
}

static inline Row *plain_row(const Campaign *campaign)
{
    json_t *truth;
    Row *row = row_of(campaign, "v01_plain", &truth);
    json_decref(truth);
    return row;
}

static inline GPtrArray *judge(RuleSet *rules, const Row *row, gboolean form_read)
{
    GError *error = NULL;
    GPtrArray *found = ruleset_judge(rules, row, form_read, &error);
    if (found == NULL)
        fail_msg("%s", error->message);
    return found;
}

static inline const Finding *finding_of(const GPtrArray *found, const gchar *rule)
{
    for (guint i = 0; i < found->len; i++)
        if (g_str_equal(((const Finding *)found->pdata[i])->rule, rule))
            return found->pdata[i];
    return NULL;
}

static inline gint64 at(const Campaign *campaign, const gchar *text)
{
    gint64 seconds;
    assert_true(campaign_time_parse(campaign, text, &seconds, NULL));
    return seconds;
}

/* COLUMN as if VALUE stood there: an answer (of a choice: a JSON list), a time, a text, a figure;
 * NULL: it was not read. */
static inline void set_value(Row *row, const Campaign *campaign, const gchar *column,
                             const gchar *value)
{
    const Field *field = campaign_field(campaign, column);
    if (field != NULL) {
        json_t *read = value == NULL            ? NULL
                       : field->options != NULL ? json_loads(value, 0, NULL)
                                                : json_string(value);
        columns_set_field(row, field, read);
        json_decref(read);
        return;
    }
    g_autoptr(GPtrArray) columns = columns_new(campaign);
    ColumnType type = columns_find(columns, column)->type;
    if (value == NULL)
        row_set_null(row, column);
    else if (type == COLUMN_TIME)
        row_set_time(row, column, at(campaign, value));
    else if (type == COLUMN_TEXT)
        row_set_text(row, column, value);
    else
        row_set_int(row, column, g_ascii_strtoll(value, NULL, 10));
}
