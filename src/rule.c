/* The campaign's rules over one row: what the fields' own settings and the rules require and is not
 * true comes out as findings in words, for judge.c. */
#include "rule.h"

#include "columns.h"
#include "error.h"
#include "expression.h"
#include "function.h"
#include "template.h"

/* What is said of a rule that is not true, or of what the program itself finds. */
typedef struct {
    const Rule *rule;
    Template *message, *fix; /* fix may be NULL */
    gboolean of_form;        /* it reads or quotes a field of the form */
    Expression *condition;   /* of a rule; NULL: of a finding */
    Expression *hint;        /* NULL: none */
} Wording;

struct RuleSet {
    const Campaign *campaign;
    GHashTable *unfinished;
    GPtrArray *columns; /* Column* */
    Engine *submission, *mail;
    GPtrArray *rules;     /* Wording* */
    GHashTable *findings; /* name → Wording* */
    Expression *relevant; /* NULL: every mail is */
};

/* What the program says where the campaign file has no words of its own. */
static const Rule default_findings[] = {
    {.name = (gchar *)"missing", .level = LEVEL_MUST, .message = (gchar *)"“{object}”未填写"},
    {.name = (gchar *)"text_too_long",
     .level = LEVEL_SHOULD,
     .message = (gchar *)"“{object}”共 {count} 字，超过 {limit} 字的限制"},
    {.name = (gchar *)"number_not_plain",
     .level = LEVEL_SHOULD,
     .person = TRUE,
     .message = (gchar *)"“{object}”填写为“{value}”，不是单一的数字"},
    {.name = (gchar *)"template_untouched",
     .level = LEVEL_MUST,
     .message = (gchar *)"表格未填写任何内容"},
    {.name = (gchar *)"cloud_attachment",
     .level = LEVEL_MUST,
     .message = (gchar *)"{object}为网盘或超大附件链接，文件并未随邮件送达"},
    {.name = (gchar *)"waiting_version",
     .level = LEVEL_SHOULD,
     .message = (gchar *)"更正的需求表尚缺盖章扫描件，补齐之前仍以前一次齐全的报送为准",
     .fix = (gchar *)"请将更正后的需求表打印、盖章并扫描，用同一邮箱补报"},
    {.name = (gchar *)"undecided",
     .level = LEVEL_STAFF,
     .person = TRUE,
     .message = (gchar *)"无法自动判定，请人工核对：{object}"},
    {.name = (gchar *)"",
     .level = LEVEL_STAFF,
     .person = TRUE,
     .message = (gchar *)"请人工查看（{finding}）：{object}"},
};

/* What a template is filled from. */
typedef struct {
    const RuleSet *rules;
    const Row *row;
    const gchar *finding, *object;
    const Field *field; /* the object, when it is a field */
    const gchar *hint;  /* NULL: none */
} Occasion;

static gboolean check_columns(const RuleSet *rules, GError **error);
static gboolean prepare_rules(RuleSet *rules, GError **error);
static gboolean prepare_findings(RuleSet *rules, GError **error);
static gboolean prepare_relevant(RuleSet *rules, GError **error);
static void judge_fields(RuleSet *rules, const Row *row, GPtrArray *found, GHashTable *reported);
static gboolean judge_rule(RuleSet *rules, const Wording *wording, const Row *row, GPtrArray *found,
                           GError **error);
static Finding *finding_new(const Wording *wording, Verdict verdict, Occasion occasion);

static void wording_free(gpointer data)
{
    Wording *wording = data;
    template_free(wording->message);
    template_free(wording->fix);
    expression_free(wording->condition);
    expression_free(wording->hint);
    g_free(wording);
}

RuleSet *ruleset_new(const Campaign *campaign, GError **error)
{
    g_autoptr(RuleSet) rules = g_new0(RuleSet, 1);
    g_autofree gchar *directory = g_path_get_dirname(campaign->path);
    g_autofree gchar *unfinished = g_build_filename(directory, "unfinished.csv", NULL);
    rules->campaign = campaign;
    rules->columns = columns_new(campaign);
    rules->rules = g_ptr_array_new_with_free_func(wording_free);
    rules->findings = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, wording_free);
    rules->unfinished = unfinished_load(unfinished, error);
    if (rules->unfinished == NULL)
        return NULL;
    if (!check_columns(rules, error))
        return NULL;
    rules->submission = engine_new(rules->columns, FALSE, rules->unfinished, error);
    rules->mail = rules->submission != NULL
                      ? engine_new(rules->columns, TRUE, rules->unfinished, error)
                      : NULL;
    if (rules->mail == NULL) {
        g_prefix_error(error, "%s: fields: ", campaign->path);
        return NULL;
    }
    if (!prepare_relevant(rules, error) || !prepare_rules(rules, error) ||
        !prepare_findings(rules, error))
        return NULL;
    return g_steal_pointer(&rules);
}

void ruleset_free(RuleSet *rules)
{
    if (rules == NULL)
        return;
    g_ptr_array_unref(rules->rules);
    g_hash_table_unref(rules->findings);
    expression_free(rules->relevant);
    engine_free(rules->submission);
    engine_free(rules->mail);
    g_ptr_array_unref(rules->columns);
    g_clear_pointer(&rules->unfinished, g_hash_table_unref);
    g_free(rules);
}

/* A field must not go by the name of another column. */
static gboolean check_columns(const RuleSet *rules, GError **error)
{
    for (guint i = 0; i < rules->columns->len; i++) {
        const Column *column = rules->columns->pdata[i],
                     *first = columns_find(rules->columns, column->name);
        if (first == column)
            continue;
        const Field *field = column->field != NULL ? column->field : first->field;
        return sj_fail(error, SJ_ERROR_CONFIG,
                       "%s:%u: field %s: there is a column %s already; choose another key",
                       rules->campaign->path, field->line, field->key, column->name);
    }
    return TRUE;
}

typedef struct {
    const RuleSet *rules;
    const Rule *rule;
} Speaker;

/* The names that a message may use: the columns, for a rule also its hint, for a finding those of
 * its occasion. */
static gboolean is_known(const gchar *name, gpointer data)
{
    static const gchar *const of_occasion[] = {"object", "value",   "count",
                                               "limit",  "finding", NULL};
    const Speaker *speaker = data;
    if (speaker->rule->require == NULL && g_strv_contains(of_occasion, name))
        return TRUE;
    return (speaker->rule->hint != NULL && g_str_equal(name, "hint")) ||
           columns_find(speaker->rules->columns, name) != NULL;
}

static gboolean quotes_form(const RuleSet *rules, const Template *text)
{
    const gchar *const *names = template_names(text);
    for (guint i = 0; names[i] != NULL; i++) {
        const Column *column = columns_find(rules->columns, names[i]);
        if (column != NULL && column->field != NULL)
            return TRUE;
    }
    return FALSE;
}

/* Parses message and fix of RULE. */
static Wording *wording_new(RuleSet *rules, const Rule *rule, GError **error)
{
    Speaker speaker = {rules, rule};
    const gchar *path = rules->campaign->path;
    Wording *wording = g_new0(Wording, 1);
    wording->rule = rule;
    wording->message = template_parse(rule->message != NULL ? rule->message : "", path, rule->line,
                                      is_known, &speaker, error);
    if (wording->message != NULL && rule->fix != NULL)
        wording->fix = template_parse(rule->fix, path, rule->line, is_known, &speaker, error);
    if (wording->message == NULL || (rule->fix != NULL && wording->fix == NULL)) {
        wording_free(wording);
        return NULL;
    }
    wording->of_form = quotes_form(rules, wording->message) ||
                       (wording->fix != NULL && quotes_form(rules, wording->fix));
    return wording;
}

static gboolean reads_form(const Expression *expression)
{
    const GPtrArray *reads = expression_reads(expression);
    for (guint i = 0; i < reads->len; i++)
        if (((const Column *)reads->pdata[i])->field != NULL)
            return TRUE;
    return FALSE;
}

static gboolean prepare_rules(RuleSet *rules, GError **error)
{
    const Campaign *campaign = rules->campaign;
    for (guint i = 0; i < campaign->rules->len; i++) {
        const Rule *rule = campaign->rules->pdata[i];
        Wording *wording = wording_new(rules, rule, error);
        if (wording == NULL)
            return FALSE;
        g_ptr_array_add(rules->rules, wording);
        wording->condition = expression_new(rules->submission, rule->require, error);
        if (wording->condition == NULL) {
            g_prefix_error(error, "%s:%u: rule %s: ", campaign->path, rule->line, rule->name);
            return FALSE;
        }
        wording->of_form |= reads_form(wording->condition);
        if (rule->hint == NULL)
            continue;
        wording->hint = expression_new(rules->submission, rule->hint, error);
        if (wording->hint == NULL) {
            g_prefix_error(error, "%s:%u: rule %s: hint: ", campaign->path, rule->hint_line,
                           rule->name);
            return FALSE;
        }
        wording->of_form |= reads_form(wording->hint);
    }
    return TRUE;
}

static gboolean add_finding(RuleSet *rules, const Rule *rule, GError **error)
{
    Wording *wording = wording_new(rules, rule, error);
    if (wording != NULL)
        g_hash_table_replace(rules->findings, rule->name, wording);
    return wording != NULL;
}

/* The campaign's own words come last and replace the defaults. */
static gboolean prepare_findings(RuleSet *rules, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(default_findings); i++)
        if (!add_finding(rules, &default_findings[i], error))
            return FALSE;
    for (guint i = 0; i < rules->campaign->findings->len; i++)
        if (!add_finding(rules, rules->campaign->findings->pdata[i], error))
            return FALSE;
    return TRUE;
}

static gboolean prepare_relevant(RuleSet *rules, GError **error)
{
    const Campaign *campaign = rules->campaign;
    if (campaign->relevant == NULL)
        return TRUE;
    rules->relevant = expression_new(rules->mail, campaign->relevant, error);
    if (rules->relevant == NULL)
        g_prefix_error(error, "%s:%u: relevant: ", campaign->path, campaign->relevant_line);
    return rules->relevant != NULL;
}

static GPtrArray *judge(RuleSet *rules, const Row *row, gboolean form_read, gboolean remarks,
                        GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    g_autoptr(GHashTable) reported = g_hash_table_new(NULL, NULL);
    if (!engine_set_row(rules->submission, row, error))
        return NULL;
    if (form_read)
        judge_fields(rules, row, found, reported);
    if (remarks)
        g_ptr_array_set_size(found, 0);
    for (guint i = 0; i < rules->rules->len; i++) {
        const Wording *wording = rules->rules->pdata[i];
        if ((wording->rule->level == LEVEL_REMARK) != remarks)
            continue;
        const GPtrArray *reads = expression_reads(wording->condition);
        gboolean silent = FALSE;
        for (guint read = 0; read < reads->len; read++) {
            const Field *field = ((const Column *)reads->pdata[read])->field;
            silent |= field != NULL && (!form_read || g_hash_table_contains(reported, field));
        }
        if (!silent && !judge_rule(rules, wording, row, found, error))
            return NULL;
    }
    return g_steal_pointer(&found);
}

GPtrArray *ruleset_judge(RuleSet *rules, const Row *row, gboolean form_read, GError **error)
{
    return judge(rules, row, form_read, FALSE, error);
}

GPtrArray *ruleset_remarks(RuleSet *rules, const Row *row, gboolean form_read, GError **error)
{
    return judge(rules, row, form_read, TRUE, error);
}

struct Engine *ruleset_engine(RuleSet *rules)
{
    return rules->submission;
}

static Verdict is_answered(const Field *field, const Row *row)
{
    Value value;
    if (!field->required)
        return VERDICT_TRUE;
    if (!columns_get_text(row, field, &value))
        return VERDICT_UNKNOWN;
    if (field->options != NULL)
        return columns_ticked(row, field) > 0 ? VERDICT_TRUE : VERDICT_FALSE;
    return text_chars(value.text) > 0 ? VERDICT_TRUE : VERDICT_FALSE;
}

static Verdict is_short_enough(const Field *field, const Row *row)
{
    Value value;
    if (field->max_chars == 0 || !columns_get_text(row, field, &value))
        return VERDICT_TRUE;
    return text_chars(value.text) <= field->max_chars ? VERDICT_TRUE : VERDICT_FALSE;
}

static Verdict is_plain(const Field *field, const Row *row)
{
    Value value;
    if (!field->number || !columns_get_text(row, field, &value) || text_chars(value.text) == 0)
        return VERDICT_TRUE;
    return text_number(value.text, NULL) ? VERDICT_TRUE : VERDICT_FALSE;
}

/* What a field's own settings require. */
static const struct {
    const gchar *finding;
    Verdict (*judge)(const Field *field, const Row *row);
    gboolean silences; /* rules that read the field have nothing more to say */
} field_checks[] = {
    {"missing", is_answered, TRUE},
    {"text_too_long", is_short_enough, FALSE},
    {"number_not_plain", is_plain, TRUE},
};

/* A choice is not filled in: the campaign may have words of its own for it. */
static const Wording *words_of_check(const RuleSet *rules, const gchar *name, const Field *field)
{
    const Wording *of_choice = field->options != NULL && g_str_equal(name, "missing")
                                   ? g_hash_table_lookup(rules->findings, "not_ticked")
                                   : NULL;
    return of_choice != NULL ? of_choice : g_hash_table_lookup(rules->findings, name);
}

static void judge_fields(RuleSet *rules, const Row *row, GPtrArray *found, GHashTable *reported)
{
    for (guint check = 0; check < G_N_ELEMENTS(field_checks); check++)
        for (guint i = 0; i < rules->campaign->fields->len; i++) {
            const Field *field = rules->campaign->fields->pdata[i];
            const gchar *name = field_checks[check].finding;
            Verdict verdict = field_checks[check].judge(field, row);
            if (verdict == VERDICT_TRUE)
                continue;
            Occasion occasion = {rules, row, name, field_label(field), field, NULL};
            g_ptr_array_add(found,
                            finding_new(words_of_check(rules, name, field), verdict, occasion));
            if (field_checks[check].silences)
                g_hash_table_add(reported, (gpointer)field);
        }
}

static gboolean judge_rule(RuleSet *rules, const Wording *wording, const Row *row, GPtrArray *found,
                           GError **error)
{
    Verdict verdict;
    if (!expression_judge(wording->condition, &verdict, error))
        return FALSE;
    if (verdict == VERDICT_TRUE)
        return TRUE;
    g_autofree gchar *hint = NULL;
    if (wording->hint != NULL && !expression_text(wording->hint, &hint, error))
        return FALSE;
    Occasion occasion = {rules, row, wording->rule->name, NULL, NULL, hint};
    g_ptr_array_add(found, finding_new(wording, verdict, occasion));
    return TRUE;
}

Finding *ruleset_finding(RuleSet *rules, const gchar *name, const gchar *object, const Row *row)
{
    const Field *field = object != NULL ? campaign_field(rules->campaign, object) : NULL;
    const Wording *wording = g_hash_table_lookup(rules->findings, name);
    if (wording == NULL)
        wording = g_hash_table_lookup(rules->findings, "");
    Occasion occasion = {rules, row, name, field != NULL ? field_label(field) : object,
                         field, NULL};
    return finding_new(wording, VERDICT_FALSE, occasion);
}

static gchar *fill_in(const gchar *name, gpointer data)
{
    const Occasion *occasion = data;
    Value value;
    if (g_str_equal(name, "object"))
        return g_strdup(occasion->object != NULL ? occasion->object : "");
    if (g_str_equal(name, "hint"))
        return g_strdup(occasion->hint != NULL ? occasion->hint : "");
    if (g_str_equal(name, "finding"))
        return g_strdup(occasion->finding);
    if (g_str_equal(name, "limit"))
        return occasion->field != NULL ? g_strdup_printf("%u", occasion->field->max_chars) : NULL;
    if (g_str_equal(name, "value") || g_str_equal(name, "count")) {
        if (occasion->field == NULL || !columns_get_text(occasion->row, occasion->field, &value))
            return NULL;
        if (g_str_equal(name, "count"))
            return g_strdup_printf("%" G_GUINT64_FORMAT, text_chars(value.text));
    } else if (!row_get(occasion->row, name, &value)) {
        return NULL;
    }
    return value_for_people(&value, occasion->rules->campaign->timezone);
}

/* Of what could not be judged the message says so, and nothing is to be mended. */
static Finding *finding_new(const Wording *wording, Verdict verdict, Occasion occasion)
{
    Finding *finding = g_new0(Finding, 1);
    finding->rule = occasion.field != NULL
                        ? g_strconcat(occasion.finding, ":", occasion.field->key, NULL)
                        : g_strdup(occasion.finding);
    finding->level = wording->rule->level;
    finding->person = wording->rule->person || verdict == VERDICT_UNKNOWN;
    finding->of_form = wording->of_form || occasion.field != NULL;
    finding->message = template_expand(wording->message, fill_in, &occasion);
    if (verdict == VERDICT_UNKNOWN) {
        const Wording *undecided = g_hash_table_lookup(occasion.rules->findings, "undecided");
        g_autofree gchar *question = g_steal_pointer(&finding->message);
        occasion.object = question;
        finding->message = template_expand(undecided->message, fill_in, &occasion);
    } else if (wording->fix != NULL) {
        finding->fix = template_expand(wording->fix, fill_in, &occasion);
    }
    return finding;
}

void finding_free(Finding *finding)
{
    if (finding == NULL)
        return;
    g_free(finding->rule);
    g_free(finding->message);
    g_free(finding->fix);
    g_free(finding);
}

int ruleset_relevant(RuleSet *rules, const Row *mail, GError **error)
{
    Verdict verdict = VERDICT_TRUE;
    if (rules->relevant != NULL && (!engine_set_row(rules->mail, mail, error) ||
                                    !expression_judge(rules->relevant, &verdict, error)))
        return -2;
    return verdict == VERDICT_UNKNOWN ? -1 : verdict == VERDICT_TRUE;
}
