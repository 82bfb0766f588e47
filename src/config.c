/* Reads shoujian.conf: the mailbox, the way out,
 * the answers and the filters of this installation. */
#include "config.h"

#include "conf.h"
#include "error.h"
#include "unix-time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define MEBIBYTE ((guint64)1 << 20)

/* --- The filters that the project ships --- */

#define OPENXML_WORD "application/vnd.openxmlformats-officedocument.wordprocessingml."
#define MS_WORD      "application/vnd.ms-word."

static const struct {
    const char *name;
    guint timeout;
    guint64 memory;
    CageProfile profile; /* none but those of CAGE_PLAIN serve */
    const char *accepts[8];
} shipped[] = {
    {"kind", 30, 512 * MEBIBYTE, CAGE_PLAIN, {"*"}},
    {"mime", 30, 512 * MEBIBYTE, CAGE_PLAIN, {"message/rfc822"}},
    {"archive",
     30,
     512 * MEBIBYTE,
     CAGE_PLAIN,
     {"application/zip", "application/vnd.rar", "application/x-7z-compressed", "application/x-tar",
      "application/gzip", "application/x-bzip2", "application/x-xz"}},
    {"tnef", 30, 512 * MEBIBYTE, CAGE_PLAIN, {"application/vnd.ms-tnef"}},
    /* The last says of an encrypted document that it is encrypted. */
    {"docx",
     30,
     512 * MEBIBYTE,
     CAGE_PLAIN,
     {OPENXML_WORD "document", OPENXML_WORD "template", MS_WORD "document.macroEnabled.12",
      MS_WORD "template.macroEnabled.12", "application/x-ole-encrypted-ooxml"}},
    /* LibreOffice takes half a gigabyte of addresses before it reads anything. The last is what is
     * left of a .doc that was cut off. */
    {"office",
     60,
     1024 * MEBIBYTE,
     CAGE_OFFICE,
     {"application/msword", "application/rtf", "application/vnd.oasis.opendocument.text",
      "application/vnd.oasis.opendocument.text-template", "application/x-word-html",
      "application/x-ole-storage"}},
    {"scan",
     30,
     1024 * MEBIBYTE,
     CAGE_PLAIN,
     {"application/pdf", "image/jpeg", "image/png", "image/tiff", "image/bmp", "image/heic",
      "image/gif"}},
};

/* --- The keys --- */

#define SERVER_OPTIONS(default_port)                                                               \
    CFG_STR("host", NULL, CFGF_NONE), CONF_NUMBER("port", default_port),                           \
        CFG_STR("tls", "implicit", CFGF_NONE), CFG_STR("ca_file", NULL, CFGF_NONE),                \
        CFG_STR("user", NULL, CFGF_NONE), CFG_STR("password_file", NULL, CFGF_NONE),               \
        CFG_STR("password_command", NULL, CFGF_NONE), CONF_NUMBER("timeout", 60)

static Conf *read_file(const gchar *path, GError **error)
{
    cfg_opt_t imap[] = {
        SERVER_OPTIONS(993),
        CFG_STR_LIST("folders", "{INBOX, 垃圾邮件, 广告邮件, 订阅邮件, 病毒文件夹}", CFGF_NONE),
        CFG_STR("sent", "已发送", CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t smtp[] = {
        SERVER_OPTIONS(465),
        CFG_STR("from", NULL, CFGF_NONE),
        CFG_STR("from_name", NULL, CFGF_NONE),
        CONF_NUMBER("per_minute", 2),
        CONF_NUMBER("per_hour", 40),
        CONF_NUMBER("per_day", 150),
        CFG_END(),
    };
    cfg_opt_t reply[] = {
        CFG_BOOL("enabled", cfg_true, CFGF_NONE),
        CONF_NUMBER("settle_minutes", 10),
        CONF_NUMBER("max_age_hours", 72),
        CONF_NUMBER("per_sender_per_day", 6),
        CFG_END(),
    };
    cfg_opt_t filter[] = {
        CFG_STR("command", NULL, CFGF_NONE),
        CFG_STR_LIST("accepts", NULL, CFGF_NONE),
        CONF_NUMBER("timeout", 30),
        CFG_STR("memory", "512M", CFGF_NONE),
        CFG_END(),
    };
    cfg_opt_t file[] = {
        CFG_STR("campaign", "campaign.conf", CFGF_NONE),
        CFG_STR("spool", "../spool", CFGF_NONE),
        CFG_STR("templates", "replies", CFGF_NONE),
        CFG_STR("filters", NULL, CFGF_NONE),
        CFG_STR("sandbox", "required", CFGF_NONE),
        CONF_NUMBER("workers", 0),
        CONF_NUMBER("retain_unrelated_days", 30),
        CFG_SEC("imap", imap, CFGF_NONE),
        CFG_SEC("smtp", smtp, CFGF_NONE),
        CFG_SEC("reply", reply, CFGF_NONE),
        CFG_SEC("filter", filter, CFGF_MULTI | CFGF_TITLE),
        CFG_END(),
    };
    return conf_read(path, file, error);
}

/* --- Reading --- */

/* What is passed down while reading. */
typedef struct {
    const Conf *conf;
    gchar *directory;     /* of the file: paths are relative to it */
    const gchar *filters; /* where the filters' programs are … */
    gboolean ours;        /* … those that came with this program */
} Reader;

static gboolean read_installation(const Reader *reader, Config *config, GError **error);
static gboolean read_imap(const Reader *reader, ImapConfig *imap, GError **error);
static gboolean read_smtp(const Reader *reader, SmtpConfig *smtp, GError **error);
static gboolean read_reply(const Reader *reader, ReplyConfig *reply, GError **error);
static gchar *filter_directory(const Reader *reader, const gchar *program_dir);
static gboolean read_filters(const Reader *reader, GPtrArray *filters, GError **error);
static gboolean check_filter_directory(const Config *config, GError **error);
static void filter_config_free(gpointer filter);

Config *config_load(const gchar *path, const gchar *program_dir, GError **error)
{
    g_autoptr(Conf) conf = read_file(path, error);
    if (conf == NULL)
        return NULL;
    g_autoptr(Config) config = g_new0(Config, 1);
    config->path = g_canonicalize_filename(path, NULL);
    config->filters = g_ptr_array_new_with_free_func(filter_config_free);
    g_autofree gchar *directory = g_path_get_dirname(config->path);
    Reader reader = {.conf = conf, .directory = directory};
    reader.filters = config->filter_directory = filter_directory(&reader, program_dir);
    reader.ours = cfg_getstr(conf_root(conf), "filters") == NULL ||
                  cfg_getstr(conf_root(conf), "filters")[0] == '\0';
    if (!read_installation(&reader, config, error) || !read_imap(&reader, &config->imap, error) ||
        !read_smtp(&reader, &config->smtp, error) || !read_reply(&reader, &config->reply, error) ||
        !read_filters(&reader, config->filters, error) || !check_filter_directory(config, error))
        return NULL;
    return g_steal_pointer(&config);
}

/* Every filter may read what lies there. */
static gboolean check_filter_directory(const Config *config, GError **error)
{
    const gchar *private[] = {config->path, config->campaign, config->spool,
                              config->imap.server.password_file, config->smtp.server.password_file};
    g_autofree gchar *below = g_strconcat(config->filter_directory, "/", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(private); i++)
        if (private[i] != NULL && g_str_has_prefix(private[i], below))
            return sj_fail(error, SJ_ERROR_CONFIG,
                           "%s: filters may read all of %s, and so %s: keep it elsewhere",
                           config->path, config->filter_directory, private[i]);
    return TRUE;
}

static gchar *absolute(const Reader *reader, cfg_t *section, const gchar *key)
{
    const gchar *text = cfg_getstr(section, key);
    return text != NULL && *text != '\0' ? g_canonicalize_filename(text, reader->directory) : NULL;
}

static gboolean read_path(const Reader *reader, const gchar *key, gchar **path, GError **error)
{
    cfg_t *root = conf_root(reader->conf);
    g_autofree gchar *text = NULL;
    if (!conf_text(reader->conf, root, key, &text, error))
        return FALSE;
    *path = absolute(reader, root, key);
    return TRUE;
}

static gboolean read_installation(const Reader *reader, Config *config, GError **error)
{
    static const gchar *const sandboxes[] = {"required", "best", NULL};
    cfg_t *root = conf_root(reader->conf);
    guint sandbox;
    if (!read_path(reader, "campaign", &config->campaign, error) ||
        !read_path(reader, "spool", &config->spool, error) ||
        !read_path(reader, "templates", &config->templates, error) ||
        !conf_choice(reader->conf, root, "sandbox", sandboxes, &sandbox, error) ||
        !conf_number(reader->conf, root, "workers", 0, 256, &config->workers, error) ||
        !conf_number(reader->conf, root, "retain_unrelated_days", 0, 36500,
                     &config->retain_unrelated_days, error))
        return FALSE;
    config->sandbox_required = sandbox == 0;
    return TRUE;
}

/* --- The servers --- */

static gboolean read_password(const Reader *reader, cfg_t *section, ServerConfig *server,
                              GError **error);
static gboolean is_loopback(const gchar *host);

static gboolean read_server(const Reader *reader, cfg_t *section, ServerConfig *server,
                            GError **error)
{
    static const gchar *const modes[] = {"implicit", "starttls", "none", NULL};
    guint mode;
    if (!conf_text(reader->conf, section, "host", &server->host, error) ||
        !conf_number(reader->conf, section, "port", 1, 65535, &server->port, error) ||
        !conf_choice(reader->conf, section, "tls", modes, &mode, error) ||
        !conf_text(reader->conf, section, "user", &server->user, error) ||
        !conf_number(reader->conf, section, "timeout", 1, HOUR, &server->timeout, error))
        return FALSE;
    server->tls = (TlsMode)mode;
    server->ca_file = absolute(reader, section, "ca_file");
    if (server->tls == TLS_NONE && !is_loopback(server->host))
        return conf_fail(reader->conf, section, "tls", error,
                         "tls = \"none\" is only for a loopback address, and %s is none: the "
                         "password would be readable on the way; use \"implicit\" or \"starttls\"",
                         server->host);
    return read_password(reader, section, server, error);
}

static gboolean is_loopback(const gchar *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return g_ascii_strcasecmp(host, "localhost") == 0;
}

static gboolean read_password(const Reader *reader, cfg_t *section, ServerConfig *server,
                              GError **error)
{
    server->password_file = absolute(reader, section, "password_file");
    server->password_command = conf_optional_text(section, "password_command");
    if (server->password_file != NULL && server->password_command != NULL)
        return conf_fail(reader->conf, section, "password_command", error,
                         "there are both password_file and password_command: keep one");
    if (server->password_file == NULL && server->password_command == NULL)
        return conf_fail(reader->conf, section, NULL, error,
                         "there is neither password_file nor password_command");
    return TRUE;
}

static gboolean read_imap(const Reader *reader, ImapConfig *imap, GError **error)
{
    cfg_t *section = cfg_getsec(conf_root(reader->conf), "imap");
    if (!read_server(reader, section, &imap->server, error) ||
        !conf_list(reader->conf, section, "folders", &imap->folders, error) ||
        !conf_text(reader->conf, section, "sent", &imap->sent, error))
        return FALSE;
    return imap->folders[0] != NULL ||
           conf_fail(reader->conf, section, "folders", error, "folders is empty");
}

static gboolean read_smtp(const Reader *reader, SmtpConfig *smtp, GError **error)
{
    cfg_t *section = cfg_getsec(conf_root(reader->conf), "smtp");
    if (!read_server(reader, section, &smtp->server, error) ||
        !conf_number(reader->conf, section, "per_minute", 0, 10000, &smtp->per_minute, error) ||
        !conf_number(reader->conf, section, "per_hour", 0, 100000, &smtp->per_hour, error) ||
        !conf_number(reader->conf, section, "per_day", 0, 1000000, &smtp->per_day, error))
        return FALSE;
    smtp->from = conf_optional_text(section, "from");
    if (smtp->from == NULL)
        smtp->from = g_strdup(smtp->server.user);
    smtp->from_name = g_strdup(cfg_getstr(section, "from_name"));
    if (smtp->from_name == NULL)
        smtp->from_name = g_strdup("");
    if (!g_str_is_ascii(smtp->from) || !g_regex_match_simple("^[^\\s<>\",;@]+@[^\\s<>\",;@]+$",
                                                             smtp->from, G_REGEX_DOLLAR_ENDONLY, 0))
        return conf_fail(reader->conf, section, "from", error, "from is no mail address: \"%s\"",
                         smtp->from);
    return TRUE;
}

static gboolean read_reply(const Reader *reader, ReplyConfig *reply, GError **error)
{
    cfg_t *section = cfg_getsec(conf_root(reader->conf), "reply");
    reply->enabled = cfg_getbool(section, "enabled") == cfg_true;
    return conf_number(reader->conf, section, "settle_minutes", 0, 24 * 60, &reply->settle_minutes,
                       error) &&
           conf_number(reader->conf, section, "max_age_hours", 0, 24 * 366, &reply->max_age_hours,
                       error) &&
           conf_number(reader->conf, section, "per_sender_per_day", 1, 1000,
                       &reply->per_sender_per_day, error);
}

/* --- The filters --- */

static gchar *filter_directory(const Reader *reader, const gchar *program_dir)
{
    gchar *named = absolute(reader, conf_root(reader->conf), "filters");
    if (named != NULL)
        return named;
    g_autofree gchar *beside = g_build_filename(program_dir, "filters", NULL);
    if (g_file_test(beside, G_FILE_TEST_IS_DIR))
        return g_canonicalize_filename(beside, NULL);
    g_autofree gchar *installed =
        g_build_filename(program_dir, "..", "lib", "shoujian", "filters", NULL);
    return g_canonicalize_filename(installed, NULL);
}

static FilterConfig *shipped_filter(const Reader *reader, const gchar *name);
static gboolean read_filter(const Reader *reader, cfg_t *section, FilterConfig *filter,
                            GError **error);
static FilterConfig *find_filter(const GPtrArray *filters, const gchar *name);

static gboolean read_filters(const Reader *reader, GPtrArray *filters, GError **error)
{
    cfg_t *root = conf_root(reader->conf);
    g_ptr_array_add(filters, shipped_filter(reader, "kind"));
    for (guint i = 0; i < cfg_size(root, "filter"); i++) {
        cfg_t *section = cfg_getnsec(root, "filter", i);
        if (!conf_check_title(reader->conf, section, error))
            return FALSE;
        FilterConfig *filter = find_filter(filters, cfg_title(section));
        if (filter == NULL) {
            filter = shipped_filter(reader, cfg_title(section));
            g_ptr_array_add(filters, filter);
        }
        if (!read_filter(reader, section, filter, error))
            return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(shipped); i++)
        if (find_filter(filters, shipped[i].name) == NULL)
            g_ptr_array_add(filters, shipped_filter(reader, shipped[i].name));
    for (guint i = filters->len; i-- > 0;)
        if (((FilterConfig *)g_ptr_array_index(filters, i))->accepts[0] == NULL)
            g_ptr_array_remove_index(filters, i);
    return TRUE;
}

static FilterConfig *find_filter(const GPtrArray *filters, const gchar *name)
{
    for (guint i = 0; i < filters->len; i++) {
        FilterConfig *filter = g_ptr_array_index(filters, i);
        if (strcmp(filter->name, name) == 0)
            return filter;
    }
    return NULL;
}

/* With its defaults; of an unknown NAME, without command and types. */
static FilterConfig *shipped_filter(const Reader *reader, const gchar *name)
{
    FilterConfig *filter = g_new0(FilterConfig, 1);
    filter->name = g_strdup(name);
    filter->timeout = 30;
    filter->memory = 512 * MEBIBYTE;
    g_autoptr(GStrvBuilder) types = g_strv_builder_new();
    for (gsize i = 0; i < G_N_ELEMENTS(shipped); i++)
        if (strcmp(shipped[i].name, name) == 0) {
            filter->command = g_build_filename(reader->filters, name, NULL);
            filter->profile = shipped[i].profile;
            filter->serves = reader->ours && filter->profile == CAGE_PLAIN;
            filter->timeout = shipped[i].timeout;
            filter->memory = shipped[i].memory;
            g_strv_builder_addv(types, (const char **)shipped[i].accepts);
        }
    filter->accepts = g_strv_builder_end(types);
    return filter;
}

static gboolean read_accepts(const Reader *reader, cfg_t *section, FilterConfig *filter,
                             GError **error);
static gboolean read_memory(const gchar *text, guint64 *bytes);

static gboolean read_filter(const Reader *reader, cfg_t *section, FilterConfig *filter,
                            GError **error)
{
    const Conf *conf = reader->conf;
    gchar *command = absolute(reader, section, "command");
    if (command != NULL) {
        g_free(filter->command);
        filter->command = command;
        filter->serves = FALSE;
    }
    if (filter->command == NULL)
        return conf_fail(conf, section, "command", error,
                         "command is missing: the project ships no filter of that name");
    if (conf_has(conf, section, "timeout") &&
        !conf_number(conf, section, "timeout", 1, HOUR, &filter->timeout, error))
        return FALSE;
    const gchar *memory = cfg_getstr(section, "memory");
    if (conf_has(conf, section, "memory") && !read_memory(memory, &filter->memory))
        return conf_fail(conf, section, "memory", error,
                         "memory must be bytes, or like \"512M\" or \"1G\", not \"%s\"", memory);
    return !conf_has(conf, section, "accepts") || read_accepts(reader, section, filter, error);
}

static gboolean read_accepts(const Reader *reader, cfg_t *section, FilterConfig *filter,
                             GError **error)
{
    g_strfreev(filter->accepts);
    filter->accepts = NULL;
    if (!conf_list(reader->conf, section, "accepts", &filter->accepts, error))
        return FALSE;
    for (gchar **type = filter->accepts; *type != NULL; type++)
        if (strcmp(*type, "*") != 0 && !g_regex_match_simple("^[a-z0-9.+-]+/[A-Za-z0-9._+-]+$",
                                                             *type, G_REGEX_DOLLAR_ENDONLY, 0))
            return conf_fail(reader->conf, section, "accepts", error,
                             "accepts: \"%s\" is no media type (such as \"application/pdf\"), and "
                             "not \"*\"",
                             *type);
    if (filter_config_is_kind(filter) &&
        !g_strv_contains((const gchar *const *)filter->accepts, "*"))
        return conf_fail(reader->conf, section, "accepts", error,
                         "accepts of this filter stays {\"*\"}: every file meets it");
    return TRUE;
}

static gboolean read_memory(const gchar *text, guint64 *bytes)
{
    static const struct {
        const char *unit;
        guint shift;
    } units[] = {{"", 0}, {"K", 10}, {"M", 20}, {"G", 30}};
    gchar *unit;
    errno = 0;
    guint64 number = g_ascii_strtoull(text, &unit, 10);
    if (!g_ascii_isdigit(*text) || errno != 0)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i].unit) == 0 && number <= G_MAXUINT64 >> units[i].shift) {
            *bytes = number << units[i].shift;
            return TRUE;
        }
    return FALSE;
}

/* --- Freeing --- */

static void filter_config_free(gpointer data)
{
    FilterConfig *filter = data;
    g_free(filter->name);
    g_free(filter->command);
    g_strfreev(filter->accepts);
    g_free(filter);
}

static void server_config_clear(ServerConfig *server)
{
    g_free(server->host);
    g_free(server->ca_file);
    g_free(server->user);
    g_free(server->password_file);
    g_free(server->password_command);
}

void config_free(Config *config)
{
    if (config == NULL)
        return;
    g_free(config->path);
    g_free(config->campaign);
    g_free(config->spool);
    g_free(config->templates);
    server_config_clear(&config->imap.server);
    g_strfreev(config->imap.folders);
    g_free(config->imap.sent);
    server_config_clear(&config->smtp.server);
    g_free(config->smtp.from);
    g_free(config->smtp.from_name);
    g_free(config->filter_directory);
    g_ptr_array_unref(config->filters);
    g_free(config);
}

/* --- Looking up --- */

gboolean filter_config_is_kind(const FilterConfig *filter)
{
    return strcmp(filter->name, "kind") == 0;
}

const FilterConfig *config_filter(const Config *config, const gchar *name)
{
    return find_filter(config->filters, name);
}

gboolean config_is_ours(const Config *config, const gchar *address)
{
    const gchar *const ours[] = {config->smtp.from, config->smtp.server.user,
                                 config->imap.server.user};
    for (gsize i = 0; address != NULL && i < G_N_ELEMENTS(ours); i++)
        if (g_ascii_strcasecmp(address, ours[i]) == 0)
            return TRUE;
    return FALSE;
}
