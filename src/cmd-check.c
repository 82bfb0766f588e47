/* `shoujian check`: whether everything is right that can be seen without the network. The
 * configuration itself was read before, or this would not run. */
#include "cage.h"
#include "columns.h"
#include "command.h"
#include "dossier.h"
#include "error.h"
#include "explain.h"
#include "filter.h"
#include "people.h"
#include "secret.h"
#include "table.h"

#include <unistd.h>

static void print_columns(const Campaign *campaign);
static gboolean explain_rule(House *house, const gchar *rule, const gchar *receipt, GError **error);
static gboolean check_secret(const ServerConfig *server, const gchar *name, GError **error);
static gboolean check_authority(const ServerConfig *server, const gchar *name, GError **error);
static gboolean check_spool(const gchar *directory, GError **error);
static gboolean check_filters(House *house, int *status, GError **error);
static void print_cage(void);

static void note(gboolean right, GError **why, int *status)
{
    if (right)
        return;
    people_error(*why);
    *status = sj_worse_status(*status, sj_exit_status(*why));
    g_clear_error(why);
}

int cmd_check(House *house, const Arguments *arguments, GError **error)
{
    const gchar *rule = arguments_option(arguments, "--explain");
    const gchar *receipt = arguments_word(arguments, 0);
    if ((rule != NULL) != (receipt != NULL)) {
        sj_fail(error, SJ_ERROR_USAGE, "--explain RULE and RECEIPT go together");
        return 0;
    }
    if (rule != NULL) {
        explain_rule(house, rule, receipt, error);
        return 0;
    }
    const Config *config = house->config;
    const Campaign *campaign = house->campaign;
    if (arguments_option(arguments, "--columns") != NULL) {
        print_columns(campaign);
        return 0;
    }
    people_print("ok  configuration: %s", config->path);
    people_print("ok  campaign: %s, %u fields, %u rules", campaign->path, campaign->fields->len,
                 campaign->rules->len);
    people_print("ok  answers: %s", config->templates);
    int status = 0;
    g_autoptr(GError) why = NULL;
    note(check_secret(&config->imap.server, "imap", &why), &why, &status);
    note(check_secret(&config->smtp.server, "smtp", &why), &why, &status);
    note(check_authority(&config->imap.server, "imap", &why), &why, &status);
    note(check_authority(&config->smtp.server, "smtp", &why), &why, &status);
    note(check_spool(config->spool, &why), &why, &status);
    print_cage();
    note(cage_check(config->sandbox_required, &why), &why, &status);
    note(check_filters(house, &status, &why), &why, &status);
    return status;
}

static void print_columns(const Campaign *campaign)
{
    static const gchar *const types[] = {[COLUMN_TEXT] = "TEXT",
                                         [COLUMN_INTEGER] = "INTEGER",
                                         [COLUMN_REAL] = "REAL",
                                         [COLUMN_TIME] = "INTEGER"};
    static const gchar *const heads[] = {"column", "type", "of a mail too", "meaning", NULL};
    g_autoptr(GPtrArray) columns = columns_new(campaign);
    g_autoptr(Table) table = table_new(heads);
    for (guint i = 0; i < columns->len; i++) {
        const Column *column = columns->pdata[i];
        const gchar *cells[] = {column->name, types[column->type], column->of_mail ? "yes" : "",
                                column->meaning, NULL};
        table_row(table, cells);
    }
    table_print(table, stdout);
}

static void print_verdict(const Explanation *explanation)
{
    static const gchar *const words[] = {
        [VERDICT_FALSE] = "false", [VERDICT_TRUE] = "true", [VERDICT_UNKNOWN] = "NULL"};
    g_autofree gchar *verdict =
        explanation->verdict == VERDICT_UNKNOWN && explanation->nulls != NULL
            ? g_strdup_printf("NULL (not read: %s)", explanation->nulls)
            : g_strdup(words[explanation->verdict]);
    if (explanation->finding != NULL) {
        const Finding *finding = explanation->finding;
        people_print("  %s:", verdict);
        people_print_finding(finding->level, finding->person, finding->message, finding->rule,
                             finding->fix);
    } else if (explanation->reported != NULL) {
        people_print("  %s, but nothing is said of it: %s", verdict,
                     explanation->reported[0] != '\0'
                         ? explanation->reported
                         : "there is no form, or it is blank or could not be read");
    } else {
        people_print("  %s: nothing is said", verdict);
    }
}

static gboolean explain_rule(House *house, const gchar *rule, const gchar *receipt, GError **error)
{
    g_autoptr(Submission) submission = store_submission_find(house->store, receipt, error);
    g_autoptr(Dossier) dossier =
        submission != NULL ? dossier_load(house->store, submission->id, error) : NULL;
    g_autoptr(Row) row =
        dossier != NULL ? dossier_row(house->store, house->campaign, dossier, error) : NULL;
    gboolean filled;
    if (row == NULL || !version_is_filled(house->store, dossier->standing, &filled, error))
        return FALSE;
    g_autoptr(Explanation) explanation =
        explain(house->rules, house->campaign, rule, row, filled, error);
    if (explanation == NULL)
        return FALSE;
    people_print("%s  %s", rule, submission->receipt);
    people_print("  %s", explanation->require);
    people_print("  %s", explanation->filled);
    print_verdict(explanation);
    return TRUE;
}

static gboolean check_secret(const ServerConfig *server, const gchar *name, GError **error)
{
    gchar *secret = secret_read(server, error);
    if (secret == NULL)
        return FALSE;
    secret_free(secret);
    people_print("ok  password of %s: %s", name,
                 server->password_file != NULL ? server->password_file : "from password_command");
    return TRUE;
}

static gboolean check_authority(const ServerConfig *server, const gchar *name, GError **error)
{
    if (server->ca_file == NULL || server->tls == TLS_NONE)
        return TRUE;
    if (access(server->ca_file, R_OK) != 0)
        return sj_fail_errno(error, SJ_ERROR_CONFIG, "ca_file of %s: %s", name, server->ca_file);
    people_print("ok  certificate authority of %s: %s", name, server->ca_file);
    return TRUE;
}

/* By writing a byte, since modes do not tell of a read-only or full disk. */
static gboolean check_spool(const gchar *directory, GError **error)
{
    g_autoptr(Spool) spool = spool_open(directory, error);
    g_autoptr(SpoolFile) file = spool != NULL && spool_check_space(spool, 0, error)
                                    ? spool_create(spool, SPOOL_PARTS, error)
                                    : NULL;
    if (file == NULL)
        return FALSE;
    if (write(spool_file_fd(file), "", 1) != 1)
        return sj_fail_errno(error, SJ_ERROR_IO, "cannot write in %s", directory);
    people_print("ok  spool: %s", directory);
    return TRUE;
}

static gboolean check_filters(House *house, int *status, GError **error)
{
    g_autoptr(Spool) spool = spool_open(house->config->spool, error);
    g_autofree gchar *params = campaign_params(house->campaign);
    g_autoptr(FilterPool) pool =
        spool != NULL ? filter_pool_new(house->config, params, spool, error) : NULL;
    if (pool == NULL)
        return FALSE;
    for (guint i = 0; i < house->config->filters->len; i++) {
        const FilterConfig *filter = house->config->filters->pdata[i];
        g_autoptr(GError) why = NULL;
        const gchar *version = filter_pool_version(pool, filter, &why);
        if (version != NULL)
            people_print("ok  filter %s: %s", filter->name, version);
        note(version != NULL, &why, status);
    }
    return TRUE;
}

static void print_cage(void)
{
    g_autoptr(GArray) fences = cage_describe();
    for (guint i = 0; i < fences->len; i++) {
        const CageFence *fence = &g_array_index(fences, CageFence, i);
        people_print("%s  cage, %s: %s", fence->by != NULL ? "ok" : "--", fence->what,
                     fence->by != NULL ? fence->by : "nothing");
    }
}
