/* The functions of rules: what SQL itself cannot say about numbers, codes and addresses on a form.
 * NULL (not read) always gives NULL. */
#include "function.h"

#include "error.h"

#include <math.h>
#include <string.h>

/* No number, code, telephone or address on a form is longer;
 * NFKC may make a text 18 times as long. */
#define MAX_SHORT_TEXT 512

/* TEXT after NFKC in capitals without white space: how names, codes and numbers are compared. NULL
 * when it is too long for one. */
static gchar *short_text(const gchar *text)
{
    if (strlen(text) > MAX_SHORT_TEXT)
        return NULL;
    g_autofree gchar *normal = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
    if (normal == NULL)
        return NULL;
    GString *bare = g_string_new(NULL);
    for (const gchar *at = normal; *at != '\0'; at = g_utf8_next_char(at))
        if (!g_unichar_isspace(g_utf8_get_char(at)))
            g_string_append_unichar(bare, g_unichar_toupper(g_utf8_get_char(at)));
    return g_string_free(bare, FALSE);
}

/* A pattern is compiled at its first use: the rules ask for every form. */
typedef struct {
    const gchar *pattern;
    gsize compiled; /* GRegex* */
} Shape;

static gboolean matches(Shape *shape, const gchar *text)
{
    if (g_once_init_enter(&shape->compiled))
        g_once_init_leave(&shape->compiled, (gsize)g_regex_new(shape->pattern, 0, 0, NULL));
    return text != NULL && g_regex_match((GRegex *)shape->compiled, text, 0, NULL);
}

gboolean text_number(const gchar *text, double *number)
{
    if (strlen(text) > MAX_SHORT_TEXT)
        return FALSE;
    g_autofree gchar *normal = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
    if (normal == NULL)
        return FALSE;
    g_strstrip(normal);
    static Shape shape = {"^[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\\.[0-9]+)?$", 0};
    if (!matches(&shape, normal))
        return FALSE;
    g_auto(GStrv) groups = g_strsplit(normal, ",", -1);
    g_autofree gchar *digits = g_strjoinv("", groups);
    double value = g_ascii_strtod(digits, NULL);
    if (number != NULL)
        *number = value;
    return isfinite(value);
}

guint64 text_chars(const gchar *text)
{
    guint64 count = 0;
    for (; *text != '\0'; text = g_utf8_next_char(text))
        count += !g_unichar_isspace(g_utf8_get_char(text));
    return count;
}

/* GB 32100-2015: 17 characters of an alphabet without I, O, S, V, Z, and a check character,
 * modulo 31. CODE is a short_text, or NULL. */
static gboolean is_credit_code(const gchar *code)
{
    static const gchar alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (code == NULL || strlen(code) != 18)
        return FALSE;
    guint sum = 0, weight = 1;
    for (guint i = 0; i < 18; i++) {
        const gchar *found = strchr(alphabet, code[i]);
        if (found == NULL)
            return FALSE;
        sum += (guint)(found - alphabet) * (i < 17 ? weight : 1);
        weight = weight * 3 % 31;
    }
    return sum % 31 == 0;
}

static gboolean credit_code_ok(const gchar *text)
{
    g_autofree gchar *code = short_text(text);
    return is_credit_code(code);
}

/* TEXT with the letters that no credit code has read as the digits they look like; NULL unless this
 * makes it one. */
static gchar *credit_code_likely(const gchar *text)
{
    g_autofree gchar *code = short_text(text);
    if (code == NULL || is_credit_code(code))
        return NULL;
    for (gchar *at = code; *at != '\0'; at++) {
        const gchar *letter = strchr("OIZS", *at);
        if (letter != NULL)
            *at = "0125"[letter - "OIZS"];
    }
    return is_credit_code(code) ? g_steal_pointer(&code) : NULL;
}

#define MOBILE "(\\+?86-?)?1[3-9][0-9]-?[0-9]{4}-?[0-9]{4}"

/* Several numbers in one cell are common. */
static gboolean mobile_ok(const gchar *text)
{
    static Shape shape = {"^" MOBILE "([、,;/]" MOBILE ")*$", 0};
    g_autofree gchar *number = short_text(text);
    return matches(&shape, number);
}

/* How telephone numbers are written: with or without country and area code, in groups, with an
 * extension; by dashes of any length (NFKC leaves the long ones), blanks and brackets. */
#define DASH      "[-‐‒–—―−]"
#define GAP       "(" DASH "|\\s)*"
#define COUNTRY   "(\\(?(\\+|00)?86\\)?" GAP ")?"
#define AREA      "(\\(?0?(10|2[0-9]|[3-9][0-9]{2})\\)?" GAP ")?"
#define MARK      "(转|分机|EXT|X|#|" DASH ")+[.:]?\\s*"
#define EXTENSION "(\\s*(" MARK "[0-9]{1,6}|\\((" MARK ")?[0-9]{1,6}\\)))?"
#define CELL      COUNTRY "1[3-9][0-9]" GAP "[0-9]{4}" GAP "[0-9]{4}"
#define SERVICE   "[48]00" GAP "[0-9]{3,4}" GAP "[0-9]{3,4}"
#define FIXED     COUNTRY AREA "[2-9][0-9]{2,3}" GAP "[0-9]{4}" EXTENSION
/* Atomic: whatever stands there, each number is tried once. */
#define PHONE "(?>" CELL "|" SERVICE "|" FIXED ")"

static gboolean phone_ok(const gchar *text)
{
    static Shape shape = {"^" PHONE "([、,;/或和\\s]+" PHONE ")*+$", 0};
    if (strlen(text) > MAX_SHORT_TEXT)
        return FALSE;
    g_autofree gchar *normal = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);
    g_autofree gchar *number = normal != NULL ? g_utf8_strup(g_strstrip(normal), -1) : NULL;
    return matches(&shape, number);
}

static gboolean email_ok(const gchar *text)
{
    static Shape shape = {"^[A-Z0-9._%+-]+@([A-Z0-9-]+\\.)+[A-Z]{2,}$", 0};
    g_autofree gchar *address = short_text(text);
    return matches(&shape, address);
}

/* The cell of CSV (RFC 4180) at *AT, to be freed; *AT is then the next one, or NULL. */
static gchar *csv_cell(const gchar **at)
{
    GString *cell = g_string_new(NULL);
    const gchar *next = *at;
    gboolean quoted = FALSE;
    for (; *next != '\0' && (quoted || *next != ','); next++) {
        if (*next == '"' && quoted && next[1] == '"')
            g_string_append_c(cell, *++next);
        else if (*next == '"')
            quoted = !quoted;
        else
            g_string_append_c(cell, *next);
    }
    *at = *next == ',' ? next + 1 : NULL;
    return g_string_free(cell, FALSE);
}

GHashTable *unfinished_load(const gchar *path, GError **error)
{
    g_autoptr(GHashTable) listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GError) trouble = NULL;
    g_autofree gchar *content = NULL;
    if (!g_file_get_contents(path, &content, NULL, &trouble)) {
        if (g_error_matches(trouble, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return g_steal_pointer(&listed);
        sj_fail(error, SJ_ERROR_CONFIG, "%s", trouble->message);
        return NULL;
    }
    /* Excel puts a byte order mark before UTF-8. */
    g_auto(GStrv) lines =
        g_strsplit(content + (g_str_has_prefix(content, "\ufeff") ? 3 : 0), "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (!g_utf8_validate(lines[i], -1, NULL)) {
            sj_fail(error, SJ_ERROR_CONFIG, "%s:%u: not UTF-8; save the list as “CSV UTF-8”", path,
                    i + 1);
            return NULL;
        }
        if (lines[i][0] == '#')
            continue;
        const gchar *rest = lines[i];
        for (guint cell = 0; cell < 2 && rest != NULL; cell++) {
            g_autofree gchar *text = csv_cell(&rest);
            g_autofree gchar *key = short_text(text);
            if (key != NULL && key[0] != '\0')
                g_hash_table_add(listed, g_steal_pointer(&key));
        }
    }
    return g_steal_pointer(&listed);
}

/* A value as text; NULL for NULL, and for bytes that an expression made with cast() and that are no
 * text. */
static const gchar *argument(sqlite3_value *value)
{
    const gchar *text = (const gchar *)sqlite3_value_text(value);
    return text != NULL && g_utf8_validate(text, -1, NULL) ? text : NULL;
}

static void sql_number(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const gchar *text = argument(values[0]);
    double number;
    if (text != NULL && text_number(text, &number))
        sqlite3_result_double(context, number);
}

/* Money with two decimals is not exact in binary. */
static void sql_near(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    for (int i = 0; i < 2; i++)
        if (sqlite3_value_numeric_type(values[i]) == SQLITE_NULL)
            return;
    double apart = fabs(sqlite3_value_double(values[0]) - sqlite3_value_double(values[1]));
    sqlite3_result_int(context, apart <= 0.005);
}

static void sql_credit_code_likely(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const gchar *text = argument(values[0]);
    g_autofree gchar *likely = text != NULL ? credit_code_likely(text) : NULL;
    if (likely != NULL)
        sqlite3_result_text(context, likely, -1, SQLITE_TRANSIENT);
}

static void sql_chars(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const gchar *text = argument(values[0]);
    if (text != NULL)
        sqlite3_result_int64(context, (gint64)text_chars(text));
}

/* Either of the two stands in the list; NULL when neither does and one was not read. */
static void sql_unfinished(sqlite3_context *context, int count, sqlite3_value **values)
{
    GHashTable *listed = sqlite3_user_data(context);
    gboolean known = TRUE;
    for (int i = 0; i < count; i++) {
        const gchar *text = argument(values[i]);
        g_autofree gchar *key = text != NULL ? short_text(text) : NULL;
        if (key != NULL && g_hash_table_contains(listed, key)) {
            sqlite3_result_int(context, 1);
            return;
        }
        known = known && text != NULL;
    }
    if (known || g_hash_table_size(listed) == 0)
        sqlite3_result_int(context, 0);
}

typedef struct {
    const gchar *name;
    gboolean (*ok)(const gchar *text);
} TextTest;

static void sql_text_test(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const TextTest *test = sqlite3_user_data(context);
    const gchar *text = argument(values[0]);
    if (text != NULL)
        sqlite3_result_int(context, test->ok(text));
}

static const TextTest text_tests[] = {
    {"credit_code_ok", credit_code_ok},
    {"mobile_ok", mobile_ok},
    {"phone_ok", phone_ok},
    {"email_ok", email_ok},
};

static const struct {
    const gchar *name;
    int arguments;
    void (*call)(sqlite3_context *, int, sqlite3_value **);
} functions[] = {
    {"number", 1, sql_number},         {"near", 2, sql_near},
    {"chars", 1, sql_chars},           {"credit_code_likely", 1, sql_credit_code_likely},
    {"unfinished", 2, sql_unfinished},
};

/* SQLite's own that always give the same for the same row. */
static const gchar *const of_sqlite[] = {
    "->",           "->>",    "abs",     "ceil",   "ceiling", "char",  "coalesce",
    "floor",        "glob",   "hex",     "ifnull", "iif",     "instr", "json_array_length",
    "json_extract", "length", "like",    "lower",  "ltrim",   "max",   "min",
    "mod",          "nullif", "replace", "round",  "rtrim",   "sign",  "substr",
    "substring",    "trim",   "trunc",   "typeof", "unicode", "upper",
};

gboolean functions_add(sqlite3 *db, GHashTable *unfinished)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int status = SQLITE_OK;
    for (guint i = 0; i < G_N_ELEMENTS(functions) && status == SQLITE_OK; i++)
        status = sqlite3_create_function(db, functions[i].name, functions[i].arguments, flags,
                                         unfinished, functions[i].call, NULL, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(text_tests) && status == SQLITE_OK; i++)
        status = sqlite3_create_function(db, text_tests[i].name, 1, flags, (void *)&text_tests[i],
                                         sql_text_test, NULL, NULL);
    return status == SQLITE_OK;
}

gboolean function_allowed(const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(functions); i++)
        if (g_ascii_strcasecmp(name, functions[i].name) == 0)
            return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(text_tests); i++)
        if (g_ascii_strcasecmp(name, text_tests[i].name) == 0)
            return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(of_sqlite); i++)
        if (g_ascii_strcasecmp(name, of_sqlite[i]) == 0)
            return TRUE;
    return FALSE;
}
