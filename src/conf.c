/* Both configuration files pass through here: first looked through for what libconfuse would
 * silently take for something else, then parsed by libconfuse, then asked for values. */
#include "conf.h"

#include "error.h"

#include <string.h>

struct Conf {
    gchar *path;
    cfg_t *root;
    GHashTable *lines; /* "SECTION\nKEY" and "\nSECTION" → line */
};

/* A walk over the text: tokens as libconfuse's lexer cuts them, and just enough of its grammar to
 * know keys from values. */
typedef struct {
    Conf *conf;
    gchar *at;
    guint line;
    enum { AT_NAME, AFTER_NAME, AT_VALUE, IN_LIST } expected;
    gchar *section; /* "", "imap", "rule deadline" */
    guint section_line;
    gchar *name; /* of the key or section that is being read */
    guint name_line;
    guint equal_line; /* of its equal sign */
} Scan;

/* A token is one of these, or the character itself: = { } , */
enum { END = 0, WORD = 'w', STRING = 's' };

static gchar *load(const gchar *path, GError **error);
static gboolean scan(Conf *conf, gchar *text, GError **error);
static gboolean parse(Conf *conf, cfg_opt_t *options, const gchar *text, GError **error);

Conf *conf_read(const gchar *path, cfg_opt_t *options, GError **error)
{
    g_autofree gchar *text = load(path, error);
    if (text == NULL)
        return NULL;
    g_autoptr(Conf) conf = g_new0(Conf, 1);
    conf->path = g_strdup(path);
    conf->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!scan(conf, text, error) || !parse(conf, options, text, error))
        return NULL;
    return g_steal_pointer(&conf);
}

void conf_free(Conf *conf)
{
    if (conf == NULL)
        return;
    if (conf->root != NULL)
        cfg_free(conf->root);
    g_hash_table_unref(conf->lines);
    g_free(conf->path);
    g_free(conf);
}

/* "", "imap: ", "rule deadline: ". */
static gchar *section_prefix(const cfg_t *section)
{
    if (section == NULL || strcmp(section->name, "root") == 0)
        return g_strdup("");
    return g_strconcat(section->name, section->title != NULL ? " " : "",
                       section->title != NULL ? section->title : "", ": ", NULL);
}

/* The one shape of every error; on one line, whatever a string of the file holds. */
static gboolean fail_line(const Conf *conf, guint line, const cfg_t *section, const gchar *what,
                          GError **error)
{
    g_autofree gchar *prefix = section_prefix(section);
    g_autofree gchar *text = g_strconcat(prefix, what, NULL);
    return sj_fail(error, SJ_ERROR_CONFIG, "%s:%u: %s", conf->path, line,
                   g_strdelimit(text, "\r\n\t", ' '));
}

/* --- The text --- */

static guint lines_before(const gchar *text, const gchar *end)
{
    guint line = 1;
    for (const gchar *at = text; at < end; at++)
        line += *at == '\n';
    return line;
}

/* As UTF-8 with LF; editors of Windows write CR LF. */
static gchar *load(const gchar *path, GError **error)
{
    g_autofree gchar *text = NULL;
    gsize length;
    g_autoptr(GError) why = NULL;
    if (!g_file_get_contents(path, &text, &length, &why)) {
        sj_fail(error, SJ_ERROR_CONFIG, "%s", why->message);
        return NULL;
    }
    if (g_str_has_prefix(text, "\xEF\xBB\xBF")) {
        sj_fail(error, SJ_ERROR_CONFIG,
                "%s:1: the file begins with a byte order mark (BOM): save it as UTF-8 without one",
                path);
        return NULL;
    }
    const gchar *end;
    if (!g_utf8_validate(text, (gssize)length, &end)) {
        sj_fail(error, SJ_ERROR_CONFIG, "%s:%u: this line is not UTF-8: save the file as UTF-8",
                path, lines_before(text, end));
        return NULL;
    }
    g_autoptr(GString) clean = g_string_new(text);
    g_string_replace(clean, "\r\n", "\n", 0);
    return g_string_free(g_steal_pointer(&clean), FALSE);
}

/* --- Looking it through --- */

static gboolean next_token(Scan *scan, int *token, gchar **text, GError **error);
static gboolean follow(Scan *scan, int token, gchar *text, GError **error);

/* Blanks out the comments of TEXT and fills conf->lines. */
static gboolean scan(Conf *conf, gchar *text, GError **error)
{
    Scan scan = {.conf = conf, .at = text, .line = 1, .section = g_strdup("")};
    int token = END;
    gboolean ok;
    do {
        g_autofree gchar *value = NULL;
        ok = next_token(&scan, &token, &value, error) &&
             follow(&scan, token, g_steal_pointer(&value), error);
    } while (ok && token != END);
    g_free(scan.section);
    g_free(scan.name);
    return ok;
}

G_GNUC_PRINTF(4, 5)
static gboolean fail_at(const Scan *scan, guint line, GError **error, const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree gchar *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return fail_line(scan->conf, line, NULL, what, error);
}

static gboolean skip_blank(Scan *scan, GError **error);
static gboolean take_string(Scan *scan, GError **error);
static gboolean refuse_character(const Scan *scan, GError **error);

static gboolean is_word(gchar c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("_-./:@%", c) != NULL);
}

/* TEXT: of a word or a string (as written, without its quotes). */
static gboolean next_token(Scan *scan, int *token, gchar **text, GError **error)
{
    if (!skip_blank(scan, error))
        return FALSE;
    gchar *begin = scan->at;
    if (*begin == '\0') {
        *token = END;
    } else if (is_word(*begin)) {
        *token = WORD;
        while (is_word(*scan->at))
            scan->at++;
        *text = g_strndup(begin, (gsize)(scan->at - begin));
    } else if (*begin == '"' || *begin == '\'') {
        *token = STRING;
        if (!take_string(scan, error))
            return FALSE;
        *text = g_strndup(begin + 1, (gsize)(scan->at - begin) - 2);
    } else if (strchr("={},", *begin) != NULL) {
        *token = *begin;
        scan->at++;
    } else {
        return refuse_character(scan, error);
    }
    return TRUE;
}

/* Up to END, but for the ends of lines. */
static void blank(Scan *scan, const gchar *end)
{
    for (; scan->at < end; scan->at++)
        if (*scan->at == '\n')
            scan->line++;
        else
            *scan->at = ' ';
}

static gboolean skip_blank(Scan *scan, GError **error)
{
    while (*scan->at != '\0') {
        if (*scan->at == '#' || g_str_has_prefix(scan->at, "//")) {
            blank(scan, strchrnul(scan->at, '\n'));
        } else if (g_str_has_prefix(scan->at, "/*")) {
            gchar *end = strstr(scan->at + 2, "*/");
            if (end == NULL)
                return fail_at(scan, scan->line, error, "this comment is never closed");
            blank(scan, end + 2);
        } else if (*scan->at == '\n') {
            scan->line++;
            scan->at++;
        } else if (*scan->at == ' ' || *scan->at == '\t') {
            scan->at++;
        } else {
            break;
        }
    }
    return TRUE;
}

/* libconfuse knows more escapes, among them \0, which would cut the string. */
static gboolean is_escape(gchar quote, gchar c)
{
    return quote == '\'' ? c != '\0' : c != '\0' && strchr("\"\\nt\n", c) != NULL;
}

static gboolean take_string(Scan *scan, GError **error)
{
    guint begin = scan->line;
    gchar quote = *scan->at++;
    for (; *scan->at != quote; scan->at++) {
        if (*scan->at == '\0')
            return fail_at(scan, begin, error, "the string that begins here is never closed");
        if (scan->at[0] == '$' && scan->at[1] == '{')
            return refuse_character(scan, error);
        if (*scan->at == '\\') {
            scan->at++;
            if (!is_escape(quote, *scan->at))
                return fail_at(scan, scan->line, error,
                               "unknown escape in a string: write \\\\ for a backslash, \\\" for "
                               "a quotation mark");
        }
        if (*scan->at == '\n')
            scan->line++;
    }
    gchar next = *++scan->at;
    if (is_word(next) || next == '"' || next == '\'' || (guchar)next >= 0x80)
        return fail_at(scan, begin, error,
                       "the string that begins here ends at line %u right before other text: is "
                       "a quotation mark missing, or another one (” ’) in its place?",
                       scan->line);
    return TRUE;
}

static gboolean refuse_character(const Scan *scan, GError **error)
{
    if (g_str_has_prefix(scan->at, "${"))
        return fail_at(scan, scan->line, error,
                       "${ is not allowed: nothing is filled in from the environment, and names "
                       "of columns are written {name}");
    gunichar c = g_utf8_get_char(scan->at);
    g_autofree gchar *shown =
        g_unichar_isprint(c) ? g_strndup(scan->at, (gsize)(g_utf8_next_char(scan->at) - scan->at))
                             : g_strdup_printf("U+%04X", c);
    if (g_utf8_strchr("“”‘’„‟«»＂＇", -1, c) != NULL)
        return fail_at(scan, scan->line, error,
                       "%s is no quotation mark here: strings stand in straight quotes (\")",
                       shown);
    return fail_at(scan, scan->line, error,
                   "unexpected %s: text stands in double quotes (\"), comments after #", shown);
}

static gboolean note(Scan *scan, const gchar *section, GError **error);

/* What libconfuse will do with the token. Other faults of grammar are left to libconfuse to tell.
 * TEXT is taken over. */
static gboolean follow(Scan *scan, int token, gchar *text, GError **error)
{
    g_autofree gchar *value = text;
    gboolean is_text = token == WORD || token == STRING;
    switch (scan->expected) {
    case AT_NAME:
        if (is_text) {
            g_free(scan->name);
            scan->name = g_steal_pointer(&value);
            scan->name_line = scan->line;
            scan->expected = AFTER_NAME;
        } else if (token == '}') {
            *scan->section = '\0';
        } else if (token == END && *scan->section != '\0') {
            /* libconfuse takes the end of the file for the brace. */
            return fail_at(scan, scan->section_line, error, "%s { … } is never closed",
                           scan->section);
        }
        break;
    case AFTER_NAME:
        scan->expected = AT_NAME;
        if (is_text) {
            gchar *titled = g_strconcat(scan->name, " ", value, NULL);
            g_free(scan->name);
            scan->name = titled;
            scan->expected = AFTER_NAME;
        } else if (token == '=') {
            scan->expected = AT_VALUE;
            scan->equal_line = scan->line;
            return note(scan, scan->section, error);
        } else if (token == '{') {
            g_free(scan->section);
            scan->section = g_strdup(scan->name);
            scan->section_line = scan->name_line;
            return note(scan, "", error);
        }
        break;
    case AT_VALUE:
        scan->expected = token == '{' ? IN_LIST : AT_NAME;
        /* A word on a later line is the next key. */
        if (token == END || token == '}' || (token == WORD && scan->line != scan->equal_line))
            return fail_at(scan, scan->name_line, error, "%s has no value", scan->name);
        break;
    case IN_LIST:
        if (token == '}')
            scan->expected = AT_NAME;
        break;
    }
    return TRUE;
}

static gboolean note(Scan *scan, const gchar *section, GError **error)
{
    g_autofree gchar *where = g_strconcat(section, "\n", scan->name, NULL);
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(scan->conf->lines, where));
    if (before != 0)
        return fail_at(scan, scan->name_line, error,
                       "%s stands here again: it stands at line %u already", scan->name, before);
    g_hash_table_insert(scan->conf->lines, g_steal_pointer(&where),
                        GUINT_TO_POINTER(scan->name_line));
    return TRUE;
}

/* --- libconfuse --- */

/* The first complaint of a parse: libconfuse hands its error function nothing of ours. */
static _Thread_local struct {
    const Conf *conf;
    GError *error;
} parsing;

G_GNUC_PRINTF(2, 0)
static void keep_complaint(cfg_t *section, const char *format, va_list arguments)
{
    g_autofree gchar *what = g_strdup_vprintf(format, arguments);
    if (parsing.error == NULL)
        fail_line(parsing.conf, (guint)section->line, section, what, &parsing.error);
}

static gboolean parse(Conf *conf, cfg_opt_t *options, const gchar *text, GError **error)
{
    conf->root = cfg_init(options, CFGF_NONE);
    cfg_set_error_function(conf->root, keep_complaint);
    parsing.conf = conf;
    gboolean ok = cfg_parse_buf(conf->root, text) == CFG_SUCCESS;
    g_autoptr(GError) why = g_steal_pointer(&parsing.error);
    parsing.conf = NULL;
    if (ok)
        return TRUE;
    if (why == NULL)
        return fail_line(conf, (guint)conf->root->line, NULL, "this cannot be read", error);
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

int conf_parse_number(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
    gint64 number;
    if (!g_ascii_string_to_signed(value, 10, G_MININT32, G_MAXUINT32, &number, NULL)) {
        cfg_error(section, "%s must be a whole number, not \"%s\"", option->name, value);
        return -1;
    }
    *(long *)result = (long)number;
    return 0;
}

/* --- Values --- */

cfg_t *conf_root(const Conf *conf)
{
    return conf->root;
}

static guint line_of(const Conf *conf, cfg_t *section, const gchar *key)
{
    g_autofree gchar *words = section_prefix(section);
    if (*words != '\0')
        words[strlen(words) - strlen(": ")] = '\0';
    g_autofree gchar *where =
        key != NULL ? g_strconcat(words, "\n", key, NULL) : g_strconcat("\n", words, NULL);
    return GPOINTER_TO_UINT(g_hash_table_lookup(conf->lines, where));
}

gboolean conf_has(const Conf *conf, cfg_t *section, const gchar *key)
{
    return line_of(conf, section, key) != 0;
}

guint conf_line(const Conf *conf, cfg_t *section, const gchar *key)
{
    guint line = line_of(conf, section, key);
    if (line == 0)
        line = line_of(conf, section, NULL);
    return MAX(line, 1);
}

gboolean conf_fail(const Conf *conf, cfg_t *section, const gchar *key, GError **error,
                   const gchar *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree gchar *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return fail_line(conf, conf_line(conf, section, key), section, what, error);
}

gboolean conf_check_title(const Conf *conf, cfg_t *section, GError **error)
{
    return g_regex_match_simple("^[a-z][a-z0-9_]*$", cfg_title(section), G_REGEX_DOLLAR_ENDONLY,
                                0) ||
           conf_fail(conf, section, NULL, error,
                     "a name is made of a-z, 0-9 and _, beginning with a letter");
}

gboolean conf_text(const Conf *conf, cfg_t *section, const gchar *key, gchar **value,
                   GError **error)
{
    *value = conf_optional_text(section, key);
    return *value != NULL || conf_fail(conf, section, key, error, "%s is %s", key,
                                       conf_has(conf, section, key) ? "empty" : "missing");
}

gchar *conf_optional_text(cfg_t *section, const gchar *key)
{
    const gchar *text = cfg_getstr(section, key);
    return text != NULL && *text != '\0' ? g_strdup(text) : NULL;
}

gboolean conf_number(const Conf *conf, cfg_t *section, const gchar *key, guint least, guint most,
                     guint *value, GError **error)
{
    long number = cfg_getint(section, key);
    if (number < (long)least || number > (long)most)
        return conf_fail(conf, section, key, error, "%s must be from %u to %u, not %ld", key, least,
                         most, number);
    *value = (guint)number;
    return TRUE;
}

gboolean conf_choice(const Conf *conf, cfg_t *section, const gchar *key, const gchar *const *words,
                     guint *value, GError **error)
{
    const gchar *text = cfg_getstr(section, key);
    for (guint i = 0; words[i] != NULL; i++)
        if (g_strcmp0(text, words[i]) == 0) {
            *value = i;
            return TRUE;
        }
    if (text == NULL)
        return conf_fail(conf, section, key, error, "%s is missing", key);
    g_autofree gchar *known = g_strjoinv("\", \"", (gchar **)words);
    return conf_fail(conf, section, key, error, "%s must be one of \"%s\", not \"%s\"", key, known,
                     text);
}

gboolean conf_list(const Conf *conf, cfg_t *section, const gchar *key, gchar ***value,
                   GError **error)
{
    g_autoptr(GStrvBuilder) items = g_strv_builder_new();
    for (guint i = 0; i < cfg_size(section, key); i++) {
        const gchar *item = cfg_getnstr(section, key, i);
        if (*item == '\0')
            return conf_fail(conf, section, key, error, "%s has an empty item", key);
        g_strv_builder_add(items, item);
    }
    *value = g_strv_builder_end(items);
    return TRUE;
}
