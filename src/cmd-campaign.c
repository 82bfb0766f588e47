/* `shoujian campaign`: the notice as the program understands it, for staff, or as the filters get
 * it. */
#include "command.h"
#include "log-json.h"
#include "people.h"
#include "table.h"

static void print_head(const Campaign *campaign);
static void print_fields(const Campaign *campaign);
static void print_rules(const gchar *title, const GPtrArray *rules);

int cmd_campaign(House *house, const Arguments *arguments, G_GNUC_UNUSED GError **error)
{
    const Campaign *campaign = house->campaign;
    if (arguments_option(arguments, "--json") != NULL) {
        json_print(campaign_to_json(campaign));
        return 0;
    }
    print_head(campaign);
    print_fields(campaign);
    print_rules("审核规则", campaign->rules);
    print_rules("程序自身的检查", campaign->findings);
    return 0;
}

static void print_head(const Campaign *campaign)
{
    g_autofree gchar *opens = campaign_time_words(campaign, campaign->opens);
    g_autofree gchar *deadline = campaign_time_words(campaign, campaign->deadline);
    g_autofree gchar *closes = campaign_time_words(campaign, campaign->closes);
    people_print("征集名称：%s", campaign->name);
    if (campaign->title != NULL)
        people_print("表格名称：%s", campaign->title);
    people_print("回执编号：%s-0001 起", campaign->code);
    people_print("收件时间：%s 至 %s（%s）", opens, closes, campaign->timezone_name);
    people_print("报送截止：%s（在此之前收到的为按时）", deadline);
    people_print("联系方式：%s", campaign->contact);
}

static gchar *limits_of(const Field *field)
{
    GString *limits = g_string_new(field->required ? "必填" : "");
    if (field->number)
        g_string_append_printf(limits, "%s数字", limits->len > 0 ? "，" : "");
    if (field->max_chars > 0)
        g_string_append_printf(limits, "%s不超过%u字", limits->len > 0 ? "，" : "",
                               field->max_chars);
    if (field->options != NULL && field->choose > 0)
        g_string_append_printf(limits, "%s选%u项", limits->len > 0 ? "，" : "", field->choose);
    return g_string_free(limits, FALSE);
}

static void print_fields(const Campaign *campaign)
{
    static const gchar *const heads[] = {"字段", "名称", "要求", "选项", NULL};
    g_autoptr(Table) table = table_new(heads);
    for (guint i = 0; i < campaign->fields->len; i++) {
        const Field *field = campaign->fields->pdata[i];
        g_autofree gchar *labels = g_strjoinv("／", field->label);
        g_autofree gchar *limits = limits_of(field);
        g_autofree gchar *options =
            field->options != NULL ? g_strjoinv("／", field->options) : NULL;
        const gchar *cells[] = {field->key, labels, limits, options, NULL};
        table_row(table, cells);
    }
    people_print("%s", "");
    people_print("%s", "【表格内容】");
    table_print(table, stdout);
}

static void print_rules(const gchar *title, const GPtrArray *rules)
{
    people_print("%s", "");
    people_print("【%s】", title);
    for (guint i = 0; i < rules->len; i++) {
        const Rule *rule = rules->pdata[i];
        people_print_finding(rule->level, rule->person, rule->message, rule->name, rule->fix);
    }
}
