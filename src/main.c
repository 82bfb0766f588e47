/* The entry: finds the command, opens what its row in the table says, runs it. */
#include "cage.h"
#include "command.h"
#include "error.h"
#include "people.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANY G_MAXUINT

#define DESCRIPTORS 4096 /* the usual 1024 are too few, see below */

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static const Command commands[] = {
    {"poll",
     "[--dry-run] [--no-send]",
     "take in new mail, judge it, answer it",
     NEED_CONFIG | NEED_SPOOL | NEED_LOCK | NEED_WRITE | NEED_CAGE,
     {OPTIONS("--dry-run", "--no-send"), 0, 0},
     cmd_poll},
    {"import",
     "[--received TIME] [--answer] PATH…",
     "the same from .eml files, an mbox or a Maildir",
     NEED_CONFIG | NEED_SPOOL | NEED_LOCK | NEED_WRITE | NEED_CAGE,
     {OPTIONS("--received=", "--answer"), 1, ANY},
     cmd_import},
    {"send",
     "[--held]",
     "send the answers that are due",
     NEED_CONFIG | NEED_SPOOL | NEED_LOCK | NEED_WRITE,
     {OPTIONS("--held"), 0, 0},
     cmd_send},
    {"log",
     "[--all] [--status S] [--since TIME] [--json]",
     "list what was taken in",
     NEED_CONFIG | NEED_READ,
     {OPTIONS("--all", "--status=", "--since=", "--json"), 0, 0},
     cmd_log},
    {"show",
     "[--json] RECEIPT",
     "everything about one submission",
     NEED_CONFIG | NEED_READ,
     {OPTIONS("--json"), 1, 1},
     cmd_show},
    {"files",
     "RECEIPT DIR | --all DIR",
     "copy the files out, under their own names",
     NEED_CONFIG | NEED_SPOOL | NEED_READ | NEED_CAGE,
     {OPTIONS("--all"), 1, 2},
     cmd_files},
    {"decide",
     "RECEIPT accept|reject|reopen|merge OTHER|class CLASS|sent|resend --by NAME --why TEXT "
     "[--answer]",
     "write down what a person decided",
     NEED_CONFIG | NEED_WRITE,
     {OPTIONS("--by=", "--why=", "--answer"), 2, 3},
     cmd_decide},
    {"recheck",
     "[--apply [--notify]]",
     "judge everything again under today's campaign file",
     NEED_CONFIG | NEED_WRITE,
     {OPTIONS("--apply", "--notify"), 0, 0},
     cmd_recheck},
    {"campaign",
     "[--json]",
     "the campaign in words, or as the filters get it",
     NEED_CONFIG,
     {OPTIONS("--json"), 0, 0},
     cmd_campaign},
    {"check",
     "[--columns | --explain RULE RECEIPT]",
     "whether the configuration is right, without the network",
     NEED_CONFIG,
     {OPTIONS("--columns", "--explain="), 0, 1},
     cmd_check},
};

static int run_command(const gchar *config, gchar **words);
static int usage_error(const Command *command, const gchar *format, ...) G_GNUC_PRINTF(2, 3);
static void print_help(void);
static int finish(int status);

/* What is printed must not run into a file that was opened as descriptor 1 or 2; and a filter may
 * leave 2000 files, each of which is held open until it lies in the spool. */
static void prepare_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = MIN(DESCRIPTORS, limit.rlim_max);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    prepare_descriptors();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "C.UTF-8");
    const gchar *config = NULL;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return finish(0);
        }
        if (strcmp(argv[i], "--version") == 0) {
            puts("shoujian " SHOUJIAN_VERSION);
            return finish(0);
        }
        if (g_str_has_prefix(argv[i], "--config="))
            config = argv[i] + strlen("--config=");
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            config = argv[++i];
        else
            return usage_error(NULL, "unknown option %s, or its value is missing", argv[i]);
    }
    if (i == argc)
        return usage_error(NULL, "which command?");
    return finish(run_command(config, argv + i));
}

static const Command *find_command(const gchar *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static gboolean open_house(House *house, const gchar *config, const Command *command,
                           const Arguments *arguments, GError **error);
static void close_house(House *house);

static int run_command(const gchar *config, gchar **words)
{
    const Command *command = find_command(words[0]);
    if (command == NULL)
        return usage_error(NULL, "unknown command %s", words[0]);
    if (g_strv_contains((const gchar *const *)words, "--help")) {
        printf("usage: shoujian %s %s\n%s\n", command->name, command->arguments, command->help);
        return 0;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(Arguments) arguments = arguments_parse(&command->syntax, words + 1, &error);
    if (arguments == NULL)
        return usage_error(command, "%s", error->message);
    House house = {0};
    int status = open_house(&house, config, command, arguments, &error)
                     ? command->run(&house, arguments, &error)
                     : 0;
    close_house(&house);
    if (error != NULL)
        people_error(error);
    return sj_worse_status(status, sj_exit_status(error));
}

static gchar *config_path(const gchar *given, GError **error)
{
    static const gchar here[] = "config/shoujian.conf", installed[] = "/etc/shoujian/shoujian.conf";
    const gchar *named = given != NULL ? given : g_getenv("SHOUJIAN_CONFIG");
    if (named == NULL || named[0] == '\0')
        named = g_file_test(here, G_FILE_TEST_EXISTS)        ? here
                : g_file_test(installed, G_FILE_TEST_EXISTS) ? installed
                                                             : NULL;
    if (named == NULL)
        sj_fail(error, SJ_ERROR_CONFIG,
                "there is neither %s here nor %s: name the configuration with --config FILE", here,
                installed);
    return g_strdup(named);
}

static gboolean load_configuration(House *house, const gchar *given, GError **error);
static gboolean open_store(House *house, const Command *command, const Arguments *arguments,
                           GError **error);

/* Everything that can be wrong in the configuration is found before anything on disk is touched. */
static gboolean open_house(House *house, const gchar *given, const Command *command,
                           const Arguments *arguments, GError **error)
{
    unsigned needs = command->needs;
    /* `check` looks into the database for this alone, and is not to fail for it otherwise. */
    if (arguments_option(arguments, "--explain") != NULL)
        needs |= NEED_READ;
    if ((needs & NEED_CONFIG) != 0 && !load_configuration(house, given, error))
        return FALSE;
    if ((needs & NEED_CAGE) != 0 && !cage_check(house->config->sandbox_required, error))
        return FALSE;
    if ((needs & NEED_SPOOL) != 0 && !(house->spool = spool_open(house->config->spool, error)))
        return FALSE;
    if ((needs & NEED_LOCK) != 0 && !spool_lock(house->spool, error))
        return FALSE;
    return (needs & (NEED_READ | NEED_WRITE)) == 0 || open_store(house, command, arguments, error);
}

static gboolean load_configuration(House *house, const gchar *given, GError **error)
{
    g_autofree gchar *path = config_path(given, error);
    g_autofree gchar *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree gchar *directory = g_path_get_dirname(program != NULL ? program : ".");
    return path != NULL && (house->config = config_load(path, directory, error)) != NULL &&
           (house->campaign = campaign_load(house->config->campaign, error)) != NULL &&
           (house->rules = ruleset_new(house->campaign, error)) != NULL &&
           (house->texts = reply_texts_load(house->config, house->campaign, error)) != NULL;
}

static gboolean open_store(House *house, const Command *command, const Arguments *arguments,
                           GError **error)
{
    StoreMode mode = (command->needs & NEED_WRITE) != 0 ? STORE_WRITE : STORE_READ;
    g_autofree gchar *database = g_build_filename(house->config->spool, "intake.db", NULL);
    if (arguments_option(arguments, "--dry-run") != NULL) {
        mode = STORE_TRIAL;
    } else if (mode == STORE_READ && !g_file_test(database, G_FILE_TEST_EXISTS)) {
        people_complain("nothing was taken in yet (there is no %s)", database);
        mode = STORE_TRIAL;
    }
    house->store = store_open(house->config->spool, mode, error);
    return house->store != NULL;
}

static void close_house(House *house)
{
    g_clear_pointer(&house->store, store_free);
    g_clear_pointer(&house->spool, spool_free);
    g_clear_pointer(&house->texts, reply_texts_free);
    g_clear_pointer(&house->rules, ruleset_free);
    g_clear_pointer(&house->campaign, campaign_free);
    g_clear_pointer(&house->config, config_free);
}

static int usage_error(const Command *command, const gchar *format, ...)
{
    g_autoptr(GError) error = NULL;
    va_list arguments;
    va_start(arguments, format);
    error = g_error_new_valist(SJ_ERROR, SJ_ERROR_USAGE, format, arguments);
    va_end(arguments);
    people_error(error);
    if (command != NULL)
        fprintf(stderr, "usage: shoujian %s %s\n", command->name, command->arguments);
    else
        fputs("usage: shoujian [--config FILE] COMMAND … (shoujian --help lists the commands)\n",
              stderr);
    return SJ_ERROR_USAGE;
}

static void print_help(void)
{
    puts("usage: shoujian [--config FILE] COMMAND …\n\nCommands (shoujian COMMAND --help says "
         "more):");
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        printf("  %-10s%s\n", commands[i].name, commands[i].help);
    puts(
        "\nWithout --config, SHOUJIAN_CONFIG names the file, else config/shoujian.conf here, else\n"
        "/etc/shoujian/shoujian.conf. The manual is shoujian(1).");
}

/* What was printed counts only when it arrived;
 * a reader that went away (log | head) needs no word. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno != EPIPE)
        fprintf(stderr, "shoujian: cannot write to standard output: %s\n", g_strerror(errno));
    return sj_worse_status(status, SJ_ERROR_IO);
}
