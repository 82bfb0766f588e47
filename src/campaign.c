/* Reads campaign.conf: the window of the notice, the fields of its form, its rules, and the wording
 * of what the program itself finds. */
#include "campaign.h"

#include "conf.h"
#include "error.h"
#include "unix-time.h"

#include <string.h>

static Conf *read_file(const gchar *path, GError **error)
{
    cfg_opt_t campaign[] = {
        CFG_STR("name", NULL, CFGF_NONE),     CFG_STR("title", NULL, CFGF_NONE),
        CFG_STR("code", NULL, CFGF_NONE),     CFG_STR("timezone", NULL, CFGF_NONE),
        CFG_STR("opens", NULL, CFGF_NONE),    CFG_STR("deadline", NULL, CFGF_NONE),
        CFG_STR("closes", NULL, CFGF_NONE),   CFG_STR("contact", NULL, CFGF_NONE),
        CFG_STR("relevant", NULL, CFGF_NONE), CFG_END(),
    };
    cfg_opt_t field[] = {
        CFG_STR_LIST("label", NULL, CFGF_NONE),
        CFG_BOOL("required", cfg_false, CFGF_NONE),
        CFG_BOOL("number", cfg_false, CFGF_NONE),
        CFG_STR("unit", NULL, CFGF_NONE),
        CFG_STR("identity", NULL, CFGF_NONE),
        CONF_NUMBER("max_chars", 0),
        CFG_STR_LIST("options", NULL, CFGF_NONE),
        CONF_NUMBER("choose", 0),
        CFG_END(),
    };
    cfg_opt_t rule[] = {
        CFG_STR("level", NULL, CFGF_NONE),
        CFG_BOOL("person", cfg_false, CFGF_NONE),
        CFG_STR("require", NULL, CFGF_NONE),
        CFG_STR("message", NULL, CFGF_NONE),
        CFG_STR("hint", NULL, CFGF_NONE),
        CFG_STR("fix", NULL, CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t finding[] = {
        CFG_STR("level", NULL, CFGF_NONE),
        CFG_BOOL("person", cfg_false, CFGF_NONE),
        CFG_STR("message", NULL, CFGF_NONE),
        CFG_STR("fix", NULL, CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t file[] = {
        CFG_SEC("campaign", campaign, CFGF_NONE),
        CFG_SEC("field", field, CFGF_MULTI | CFGF_TITLE),
        CFG_SEC("rule", rule, CFGF_MULTI | CFGF_TITLE),
        CFG_SEC("finding", finding, CFGF_MULTI | CFGF_TITLE),
        CFG_END(),
    };
    return conf_read(path, file, error);
}

static gboolean read_notice(const Conf *conf, Campaign *campaign, GError **error);
static gboolean read_window(const Conf *conf, cfg_t *section, Campaign *campaign, GError **error);
static gpointer read_field(const Conf *conf, cfg_t *section, GError **error);
static gpointer read_rule(const Conf *conf, cfg_t *section, GError **error);
static gpointer read_finding(const Conf *conf, cfg_t *section, GError **error);
static gboolean read_all(const Conf *conf, const gchar *kind, GPtrArray *into,
                         gpointer (*read)(const Conf *conf, cfg_t *section, GError **error),
                         GError **error);
static void field_free(gpointer field);
static void rule_free(gpointer rule);

Campaign *campaign_load(const gchar *path, GError **error)
{
    g_autoptr(Conf) conf = read_file(path, error);
    if (conf == NULL)
        return NULL;
    g_autoptr(Campaign) campaign = g_new0(Campaign, 1);
    campaign->path = g_strdup(path);
    campaign->fields = g_ptr_array_new_with_free_func(field_free);
    campaign->rules = g_ptr_array_new_with_free_func(rule_free);
    campaign->findings = g_ptr_array_new_with_free_func(rule_free);
    if (!read_notice(conf, campaign, error) ||
        !read_all(conf, "field", campaign->fields, read_field, error) ||
        !read_all(conf, "rule", campaign->rules, read_rule, error) ||
        !read_all(conf, "finding", campaign->findings, read_finding, error))
        return NULL;
    return g_steal_pointer(&campaign);
}

static gboolean read_all(const Conf *conf, const gchar *kind, GPtrArray *into,
                         gpointer (*read)(const Conf *conf, cfg_t *section, GError **error),
                         GError **error)
{
    cfg_t *root = conf_root(conf);
    for (guint i = 0; i < cfg_size(root, kind); i++) {
        cfg_t *section = cfg_getnsec(root, kind, i);
        gpointer item = conf_check_title(conf, section, error) ? read(conf, section, error) : NULL;
        if (item == NULL)
            return FALSE;
        g_ptr_array_add(into, item);
    }
    return TRUE;
}

/* --- The notice --- */

static gboolean read_notice(const Conf *conf, Campaign *campaign, GError **error)
{
    cfg_t *section = cfg_getsec(conf_root(conf), "campaign");
    if (!conf_text(conf, section, "name", &campaign->name, error) ||
        !conf_text(conf, section, "code", &campaign->code, error) ||
        !conf_text(conf, section, "timezone", &campaign->timezone_name, error) ||
        !conf_text(conf, section, "contact", &campaign->contact, error) ||
        !conf_text(conf, section, "relevant", &campaign->relevant, error))
        return FALSE;
    campaign->title = conf_optional_text(section, "title");
    campaign->relevant_line = conf_line(conf, section, "relevant");
    if (!g_regex_match_simple("^[A-Za-z0-9_-]+$", campaign->code, G_REGEX_DOLLAR_ENDONLY, 0))
        return conf_fail(conf, section, "code", error,
                         "code is made of letters A to Z, digits, _ and -, not \"%s\"",
                         campaign->code);
    campaign->timezone = g_time_zone_new_identifier(campaign->timezone_name);
    if (campaign->timezone == NULL)
        return conf_fail(conf, section, "timezone", error,
                         "there is no time zone \"%s\" (one is \"Asia/Shanghai\")",
                         campaign->timezone_name);
    return read_window(conf, section, campaign, error);
}

static gboolean read_time(const Conf *conf, cfg_t *section, const gchar *key,
                          const Campaign *campaign, gint64 *seconds, GError **error)
{
    g_autofree gchar *text = NULL;
    g_autoptr(GError) why = NULL;
    if (!conf_text(conf, section, key, &text, error))
        return FALSE;
    return campaign_time_parse(campaign, text, seconds, &why) ||
           conf_fail(conf, section, key, error, "%s: %s", key, why->message);
}

static gboolean read_window(const Conf *conf, cfg_t *section, Campaign *campaign, GError **error)
{
    if (!read_time(conf, section, "opens", campaign, &campaign->opens, error) ||
        !read_time(conf, section, "deadline", campaign, &campaign->deadline, error) ||
        !read_time(conf, section, "closes", campaign, &campaign->closes, error))
        return FALSE;
    if (campaign->deadline <= campaign->opens)
        return conf_fail(conf, section, "deadline", error, "deadline must be after opens");
    if (campaign->closes < campaign->deadline)
        return conf_fail(conf, section, "closes", error, "closes must not be before deadline");
    return TRUE;
}

/* --- The form --- */

/* Fields of these names tell submissions apart where the file does not say otherwise. */
static const gchar *const known_identities[][2] = {
    {"unit_name", "unit"}, {"credit_code", "code"}, {"demand_name", "demand"}};

static gboolean fill_identity(const Conf *conf, cfg_t *section, Field *field, GError **error)
{
    const gchar *said = cfg_getstr(section, "identity");
    gboolean right = said == NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(known_identities); i++) {
        right |= g_strcmp0(said, known_identities[i][1]) == 0;
        if (said == NULL && g_str_equal(field->key, known_identities[i][0]))
            said = known_identities[i][1];
    }
    field->identity = g_strdup(said);
    return right || conf_fail(conf, section, "identity", error,
                              "identity is \"unit\", \"code\" or \"demand\", not \"%s\"", said);
}

static gboolean fill_field(const Conf *conf, cfg_t *section, Field *field, GError **error)
{
    if (!conf_list(conf, section, "label", &field->label, error) ||
        !conf_list(conf, section, "options", &field->options, error) ||
        !conf_number(conf, section, "max_chars", 0, 1000000, &field->max_chars, error))
        return FALSE;
    if (field->label[0] == NULL)
        return conf_fail(conf, section, "label", error, "label is %s",
                         conf_has(conf, section, "label") ? "empty" : "missing");
    guint options = g_strv_length(field->options);
    if (options == 0) {
        g_strfreev(field->options);
        field->options = NULL;
        if (conf_has(conf, section, "options") || conf_has(conf, section, "choose"))
            return conf_fail(conf, section, "options", error, "a choice needs options");
    }
    if (!conf_number(conf, section, "choose", 0, options, &field->choose, error))
        return FALSE;
    if (field->number && options > 0)
        return conf_fail(conf, section, "number", error, "a choice is no number");
    field->unit = g_strdup(cfg_getstr(section, "unit"));
    return fill_identity(conf, section, field, error);
}

static gpointer read_field(const Conf *conf, cfg_t *section, GError **error)
{
    Field *field = g_new0(Field, 1);
    field->key = g_strdup(cfg_title(section));
    field->line = conf_line(conf, section, NULL);
    field->required = cfg_getbool(section, "required") == cfg_true;
    field->number = cfg_getbool(section, "number") == cfg_true;
    if (fill_field(conf, section, field, error))
        return field;
    field_free(field);
    return NULL;
}

static void field_free(gpointer data)
{
    Field *field = data;
    g_free(field->key);
    g_free(field->unit);
    g_free(field->identity);
    g_strfreev(field->label);
    g_strfreev(field->options);
    g_free(field);
}

/* --- Rules and findings --- */

static const gchar *const levels[] = {"must", "should", "staff", "late", "remark", NULL};

const gchar *level_name(Level level)
{
    return levels[level];
}

static gboolean read_level(const Conf *conf, cfg_t *section, Level *level, GError **error)
{
    guint index;
    if (!conf_choice(conf, section, "level", levels, &index, error))
        return FALSE;
    *level = (Level)index;
    return TRUE;
}

static Rule *begin_rule(const Conf *conf, cfg_t *section)
{
    Rule *rule = g_new0(Rule, 1);
    rule->name = g_strdup(cfg_title(section));
    rule->line = conf_line(conf, section, "require");
    rule->person = cfg_getbool(section, "person") == cfg_true;
    rule->fix = conf_optional_text(section, "fix");
    return rule;
}

static gpointer read_rule(const Conf *conf, cfg_t *section, GError **error)
{
    Rule *rule = begin_rule(conf, section);
    rule->hint = conf_optional_text(section, "hint");
    rule->hint_line = conf_line(conf, section, "hint");
    if (read_level(conf, section, &rule->level, error) &&
        conf_text(conf, section, "require", &rule->require, error) &&
        conf_text(conf, section, "message", &rule->message, error))
        return rule;
    rule_free(rule);
    return NULL;
}

/* What the program finds by itself, where the campaign says nothing else. */
static const struct {
    const char *name;
    Level level;
    gboolean person;
} defaults[] = {
    {"missing", LEVEL_MUST, FALSE},
    {"not_ticked", LEVEL_MUST, FALSE},
    {"template_untouched", LEVEL_MUST, FALSE},
    {"cloud_attachment", LEVEL_MUST, FALSE},
    {"text_too_long", LEVEL_SHOULD, FALSE},
    {"number_not_plain", LEVEL_SHOULD, TRUE},
    {"unread_file", LEVEL_STAFF, TRUE},
    {"attribution", LEVEL_STAFF, TRUE},
    {"late_version", LEVEL_STAFF, TRUE},
    {"delayed_delivery", LEVEL_STAFF, TRUE},
};

static gpointer read_finding(const Conf *conf, cfg_t *section, GError **error)
{
    gboolean has_level = conf_has(conf, section, "level");
    Level level = LEVEL_STAFF;
    gboolean person = !has_level;
    for (gsize i = 0; i < G_N_ELEMENTS(defaults); i++)
        if (strcmp(defaults[i].name, cfg_title(section)) == 0) {
            level = defaults[i].level;
            person = defaults[i].person;
        }
    Rule *finding = begin_rule(conf, section);
    finding->level = level;
    if (!conf_has(conf, section, "person"))
        finding->person = person;
    if ((!has_level || read_level(conf, section, &finding->level, error)) &&
        (finding->level != LEVEL_REMARK ||
         conf_fail(conf, section, "level", error, "only a rule can be a remark")) &&
        conf_text(conf, section, "message", &finding->message, error))
        return finding;
    rule_free(finding);
    return NULL;
}

static void rule_free(gpointer data)
{
    Rule *rule = data;
    g_free(rule->name);
    g_free(rule->require);
    g_free(rule->hint);
    g_free(rule->message);
    g_free(rule->fix);
    g_free(rule);
}

void campaign_free(Campaign *campaign)
{
    if (campaign == NULL)
        return;
    g_free(campaign->path);
    g_free(campaign->name);
    g_free(campaign->title);
    g_free(campaign->code);
    g_free(campaign->contact);
    g_free(campaign->timezone_name);
    g_clear_pointer(&campaign->timezone, g_time_zone_unref);
    g_free(campaign->relevant);
    g_ptr_array_unref(campaign->fields);
    g_ptr_array_unref(campaign->rules);
    g_ptr_array_unref(campaign->findings);
    g_free(campaign);
}

/* --- Looking up --- */

const Field *campaign_field(const Campaign *campaign, const gchar *key)
{
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = g_ptr_array_index(campaign->fields, i);
        if (strcmp(field->key, key) == 0)
            return field;
    }
    return NULL;
}

static const Rule *find_rule(const GPtrArray *rules, const gchar *name)
{
    for (guint i = 0; i < rules->len; i++) {
        const Rule *rule = g_ptr_array_index(rules, i);
        if (strcmp(rule->name, name) == 0)
            return rule;
    }
    return NULL;
}

const Rule *campaign_rule(const Campaign *campaign, const gchar *name)
{
    return find_rule(campaign->rules, name);
}

const Rule *campaign_finding(const Campaign *campaign, const gchar *name)
{
    return find_rule(campaign->findings, name);
}

/* --- Time --- */

static gchar *format_time(const Campaign *campaign, gint64 seconds, const gchar *format)
{
    gchar *text = unix_time_format(seconds, campaign->timezone, format);
    return text != NULL ? text : g_strdup_printf("@%" G_GINT64_FORMAT, seconds);
}

gchar *campaign_time_iso(const Campaign *campaign, gint64 seconds)
{
    return format_time(campaign, seconds, "%Y-%m-%dT%H:%M:%S%:z");
}

gchar *campaign_time_words(const Campaign *campaign, gint64 seconds)
{
    return format_time(campaign, seconds, UNIX_TIME_WORDS);
}

gboolean campaign_time_parse(const Campaign *campaign, const gchar *text, gint64 *seconds,
                             GError **error)
{
    /* GLib reads more of ISO 8601 than people mean, and wants all of the time of day. */
    static const struct {
        const char *shape, *rest;
    } shapes[] = {
        {"^\\d{4}-\\d\\d-\\d\\d$", "T00:00:00"},
        {"^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d$", ":00"},
        {"^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d$", ""},
        {"^\\d{4}-\\d\\d-\\d\\d[Tt ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        if (!g_regex_match_simple(shapes[i].shape, text, G_REGEX_DOLLAR_ENDONLY, 0))
            continue;
        g_autofree gchar *whole = g_strconcat(text, shapes[i].rest, NULL);
        g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(whole, campaign->timezone);
        if (time == NULL)
            return sj_fail(error, SJ_ERROR_USAGE, "there is no such time: \"%s\"", text);
        *seconds = g_date_time_to_unix(time);
        return TRUE;
    }
    return sj_fail(error, SJ_ERROR_USAGE,
                   "not a time: \"%s\" (written like \"2024-09-14\" or \"2024-09-14 17:30\")",
                   text);
}

/* --- JSON --- */

static json_t *strings_to_json(gchar *const *strings)
{
    json_t *list = json_array();
    for (; strings != NULL && *strings != NULL; strings++)
        json_array_append_new(list, json_string(*strings));
    return list;
}

static json_t *fields_to_json(const GPtrArray *fields)
{
    json_t *list = json_array();
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:b, s:b, s:s?, s:i, s:o, s:i}", "key", field->key, "label",
                      strings_to_json(field->label), "required", field->required, "number",
                      field->number, "unit", field->unit, "max_chars", (int)field->max_chars,
                      "options", strings_to_json(field->options), "choose", (int)field->choose));
    }
    return list;
}

static json_t *rules_to_json(const GPtrArray *rules)
{
    json_t *list = json_array();
    for (guint i = 0; i < rules->len; i++) {
        const Rule *rule = g_ptr_array_index(rules, i);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b, s:s?, s:s?, s:s, s:s?}", "name",
                                        rule->name, "level", level_name(rule->level), "person",
                                        rule->person, "require", rule->require, "hint", rule->hint,
                                        "message", rule->message, "fix", rule->fix));
    }
    return list;
}

json_t *campaign_to_json(const Campaign *campaign)
{
    g_autofree gchar *opens = campaign_time_iso(campaign, campaign->opens);
    g_autofree gchar *deadline = campaign_time_iso(campaign, campaign->deadline);
    g_autofree gchar *closes = campaign_time_iso(campaign, campaign->closes);
    return json_pack("{s:i, s:s, s:s?, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "v", 1,
                     "name", campaign->name, "title", campaign->title, "code", campaign->code,
                     "timezone", campaign->timezone_name, "opens", opens, "deadline", deadline,
                     "closes", closes, "contact", campaign->contact, "fields",
                     fields_to_json(campaign->fields), "rules", rules_to_json(campaign->rules),
                     "findings", rules_to_json(campaign->findings));
}

gchar *campaign_params(const Campaign *campaign)
{
    json_t *params = campaign_to_json(campaign);
    gchar *text = json_dumps(params, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(params);
    return text;
}
