/* SQL expressions over one row: the connection, its fences, and what SQLite is asked about an
 * expression. */
#include "expression.h"

#include "error.h"
#include "function.h"

/* An expression takes some hundred steps; one that takes a million is ended. */
#define STEPS_PER_TICK 1000
#define MAX_TICKS      1000

struct Engine {
    sqlite3 *db;
    GPtrArray *columns; /* const Column*, in the order of the table */
    sqlite3_stmt *set_row;
    /* The authorizer judges only while this is set: our own statements are free. */
    Expression *preparing;
    guint selects; /* of the expression that is prepared */
    guint ticks;   /* of the row that is judged */
};

struct Expression {
    Engine *engine;
    sqlite3_stmt *statement;
    GPtrArray *reads; /* const Column* */
};

static gboolean open_table(Engine *engine, GError **error);
static void set_fences(Engine *engine);
static int authorize(void *data, int action, const char *first, const char *second,
                     const char *database, const char *trigger);
static int count_tick(void *data);
static gboolean check_comparisons(const Engine *engine, const gchar *select, GError **error);

static gboolean fail(const Engine *engine, SjError code, GError **error)
{
    return sj_fail(error, code, "%s", sqlite3_errmsg(engine->db));
}

Engine *engine_new(const GPtrArray *columns, gboolean of_mail, GHashTable *unfinished,
                   GError **error)
{
    g_autoptr(Engine) engine = g_new0(Engine, 1);
    engine->columns = g_ptr_array_new();
    for (guint i = 0; i < columns->len; i++)
        if (!of_mail || ((const Column *)columns->pdata[i])->of_mail)
            g_ptr_array_add(engine->columns, columns->pdata[i]);
    if (sqlite3_open_v2(":memory:", &engine->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL) != SQLITE_OK ||
        !functions_add(engine->db, unfinished)) {
        fail(engine, SJ_ERROR_IO, error);
        return NULL;
    }
    if (!open_table(engine, error))
        return NULL;
    set_fences(engine);
    return g_steal_pointer(&engine);
}

void engine_free(Engine *engine)
{
    if (engine == NULL)
        return;
    sqlite3_finalize(engine->set_row);
    sqlite3_close_v2(engine->db);
    g_ptr_array_unref(engine->columns);
    g_free(engine);
}

static const gchar *sql_type(ColumnType type)
{
    switch (type) {
    case COLUMN_TEXT:
        return "text";
    case COLUMN_REAL:
        return "real";
    case COLUMN_INTEGER:
    case COLUMN_TIME:
        break;
    }
    return "integer";
}

static gboolean open_table(Engine *engine, GError **error)
{
    g_autoptr(GString) create = g_string_new("create table row (");
    g_autoptr(GString) insert = g_string_new("insert or replace into row (rowid");
    for (guint i = 0; i < engine->columns->len; i++) {
        const Column *column = engine->columns->pdata[i];
        char *name = sqlite3_mprintf("\"%w\"", column->name);
        g_string_append_printf(create, "%s%s %s", i > 0 ? ", " : "", name, sql_type(column->type));
        g_string_append_printf(insert, ", %s", name);
        sqlite3_free(name);
    }
    g_string_append(create, ")");
    g_string_append(insert, ") values (1");
    for (guint i = 0; i < engine->columns->len; i++)
        g_string_append(insert, ", ?");
    g_string_append(insert, ")");
    if (sqlite3_exec(engine->db, create->str, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(engine->db, insert->str, -1, &engine->set_row, NULL) != SQLITE_OK)
        return fail(engine, SJ_ERROR_CONFIG, error);
    return TRUE;
}

static void set_fences(Engine *engine)
{
    static const struct {
        int id, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 16 << 20},         {SQLITE_LIMIT_SQL_LENGTH, 1 << 16},
        {SQLITE_LIMIT_EXPR_DEPTH, 200},          {SQLITE_LIMIT_COMPOUND_SELECT, 1},
        {SQLITE_LIMIT_VDBE_OP, 20000},           {SQLITE_LIMIT_FUNCTION_ARG, 16},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200}, {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 0},         {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++)
        sqlite3_limit(engine->db, limits[i].id, limits[i].value);
    sqlite3_db_config(engine->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(engine->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(engine->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(engine->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_set_authorizer(engine->db, authorize, engine);
    sqlite3_progress_handler(engine->db, STEPS_PER_TICK, count_tick, engine);
}

/* One SELECT (a second one would be a subquery), the row's own columns,
 * and the functions allowed. */
static int authorize(void *data, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    (void)database;
    (void)trigger;
    Engine *engine = data;
    if (engine->preparing == NULL)
        return SQLITE_OK;
    if (action == SQLITE_SELECT)
        return ++engine->selects == 1 ? SQLITE_OK : SQLITE_DENY;
    if (action == SQLITE_FUNCTION)
        return function_allowed(second) ? SQLITE_OK : SQLITE_DENY;
    if (action != SQLITE_READ || !g_str_equal(first, "row"))
        return SQLITE_DENY;
    if (second[0] == '\0') /* an expression that reads no column at all */
        return SQLITE_OK;
    const Column *column = columns_find(engine->columns, second);
    if (column == NULL)
        return SQLITE_DENY;
    if (!g_ptr_array_find(engine->preparing->reads, column, NULL))
        g_ptr_array_add(engine->preparing->reads, (gpointer)column);
    return SQLITE_OK;
}

static int count_tick(void *data)
{
    Engine *engine = data;
    return ++engine->ticks > MAX_TICKS;
}

static int bind_value(sqlite3_stmt *statement, int position, const Value *value)
{
    if (value->null)
        return sqlite3_bind_null(statement, position);
    switch (value->type) {
    case COLUMN_TEXT:
        return sqlite3_bind_text(statement, position, value->text, -1, SQLITE_TRANSIENT);
    case COLUMN_REAL:
        return sqlite3_bind_double(statement, position, value->real);
    case COLUMN_INTEGER:
    case COLUMN_TIME:
        break;
    }
    return sqlite3_bind_int64(statement, position, value->integer);
}

gboolean engine_set_row(Engine *engine, const Row *row, GError **error)
{
    engine->ticks = 0;
    int status = SQLITE_OK;
    for (guint i = 0; i < engine->columns->len && status == SQLITE_OK; i++) {
        const Column *column = engine->columns->pdata[i];
        Value value;
        if (!row_get(row, column->name, &value))
            value = (Value){.null = TRUE};
        status = bind_value(engine->set_row, (int)i + 1, &value);
    }
    if (status == SQLITE_OK)
        sqlite3_step(engine->set_row);
    /* sqlite3_reset says again what the step said. */
    gboolean done = sqlite3_reset(engine->set_row) == SQLITE_OK && status == SQLITE_OK;
    return done || fail(engine, SJ_ERROR_IO, error);
}

Expression *expression_new(Engine *engine, const gchar *sql, GError **error)
{
    g_autoptr(Expression) expression = g_new0(Expression, 1);
    expression->engine = engine;
    expression->reads = g_ptr_array_new();
    /* The line break ends a comment in SQL; the name shows that what follows SQL is still there. */
    g_autofree gchar *select = g_strdup_printf("select (%s\n) as verdict from row", sql);
    const char *tail = NULL;
    engine->selects = 0;
    engine->preparing = expression;
    int status = sqlite3_prepare_v2(engine->db, select, -1, &expression->statement, &tail);
    engine->preparing = NULL;
    if (status != SQLITE_OK) {
        fail(engine, SJ_ERROR_CONFIG, error);
        return NULL;
    }
    sqlite3_stmt *statement = expression->statement;
    if (*tail != '\0' || sqlite3_column_count(statement) != 1 ||
        !g_str_equal(sqlite3_column_name(statement, 0), "verdict")) {
        sj_fail(error, SJ_ERROR_CONFIG, "more than one expression, or a parenthesis too many");
        return NULL;
    }
    if (sqlite3_bind_parameter_count(statement) > 0) {
        sj_fail(error, SJ_ERROR_CONFIG, "a parameter (? or :name) has no value here");
        return NULL;
    }
    if (!check_comparisons(engine, select, error))
        return NULL;
    return g_steal_pointer(&expression);
}

void expression_free(Expression *expression)
{
    if (expression == NULL)
        return;
    sqlite3_finalize(expression->statement);
    g_ptr_array_unref(expression->reads);
    g_free(expression);
}

const GPtrArray *expression_reads(const Expression *expression)
{
    return expression->reads;
}

/* Steps to the one row of the result, where *known says whether its value is one: no NULL, and not
 * what only fails for this row (an overflow in abs(), a text grown too long, work without end). */
static gboolean evaluate(Expression *expression, gboolean *known, GError **error)
{
    expression->engine->ticks = 0;
    int status = sqlite3_step(expression->statement);
    *known = status == SQLITE_ROW && sqlite3_column_type(expression->statement, 0) != SQLITE_NULL;
    return status == SQLITE_ROW || status == SQLITE_ERROR || status == SQLITE_TOOBIG ||
           status == SQLITE_INTERRUPT || fail(expression->engine, SJ_ERROR_IO, error);
}

gboolean expression_judge(Expression *expression, Verdict *verdict, GError **error)
{
    gboolean known, done = evaluate(expression, &known, error);
    *verdict = !known                                                   ? VERDICT_UNKNOWN
               : sqlite3_column_double(expression->statement, 0) != 0.0 ? VERDICT_TRUE
                                                                        : VERDICT_FALSE;
    sqlite3_reset(expression->statement);
    return done;
}

gboolean expression_text(Expression *expression, gchar **text, GError **error)
{
    gboolean known, done = evaluate(expression, &known, error);
    *text = known ? g_strdup((const gchar *)sqlite3_column_text(expression->statement, 0)) : NULL;
    sqlite3_reset(expression->statement);
    return done;
}

/* What a register of SQLite's virtual machine holds: a const Column*, this for a figure, or NULL
 * for anything else. */
static const Column a_number = {.name = (gchar *)"a number", .type = COLUMN_REAL};

/* Operations that fill a register: which of their operands (p1 … p3) names it, and whether with a
 * figure. */
static const struct {
    const gchar *opcode;
    gint operand;
    gboolean number;
} fillings[] = {
    {"Integer", 2, TRUE},  {"Int64", 2, TRUE},      {"Real", 2, TRUE},      {"Add", 3, TRUE},
    {"Subtract", 3, TRUE}, {"Multiply", 3, TRUE},   {"Divide", 3, TRUE},    {"Remainder", 3, TRUE},
    {"Column", 3, FALSE},  {"String8", 2, FALSE},   {"String", 2, FALSE},   {"Null", 2, FALSE},
    {"Copy", 2, FALSE},    {"SCopy", 2, FALSE},     {"Function", 3, FALSE}, {"PureFunc", 3, FALSE},
    {"Concat", 3, FALSE},  {"Cast", 1, FALSE},      {"And", 3, TRUE},       {"Or", 3, TRUE},
    {"Not", 2, TRUE},      {"ZeroOrNull", 2, TRUE}, {"IsTrue", 2, TRUE},
};

/* One line of EXPLAIN. */
typedef struct {
    const gchar *opcode, *p4;
    gint p[4]; /* from 1 */
    gint p5;
} Operation;

static Operation operation_of(sqlite3_stmt *explain)
{
    const char *p4 = (const char *)sqlite3_column_text(explain, 5);
    return (Operation){
        .opcode = (const gchar *)sqlite3_column_text(explain, 1),
        .p = {0, sqlite3_column_int(explain, 2), sqlite3_column_int(explain, 3),
              sqlite3_column_int(explain, 4)},
        .p4 = p4 != NULL ? p4 : "",
        .p5 = sqlite3_column_int(explain, 6),
    };
}

static void note_filling(const Engine *engine, GHashTable *registers, const Operation *operation)
{
    for (guint i = 0; i < G_N_ELEMENTS(fillings); i++) {
        if (!g_str_equal(operation->opcode, fillings[i].opcode))
            continue;
        const Column *content = fillings[i].number ? &a_number : NULL;
        if (g_str_equal(operation->opcode, "Column") &&
            (guint)operation->p[2] < engine->columns->len)
            content = engine->columns->pdata[operation->p[2]];
        g_hash_table_insert(registers, GINT_TO_POINTER(operation->p[fillings[i].operand]),
                            (gpointer)content);
    }
}

static gboolean is_comparison(const gchar *opcode)
{
    static const gchar *const comparisons[] = {"Eq", "Ne", "Lt", "Le", "Gt", "Ge", NULL};
    return g_strv_contains(comparisons, opcode);
}

static gboolean check_operation(GHashTable *registers, const Operation *operation, GError **error)
{
    const Column *left = g_hash_table_lookup(registers, GINT_TO_POINTER(operation->p[3]));
    const Column *right = g_hash_table_lookup(registers, GINT_TO_POINTER(operation->p[1]));
    gboolean mixed = FALSE;
    if (is_comparison(operation->opcode)) {
        mixed = left != NULL && right != NULL &&
                (left->type == COLUMN_TEXT) != (right->type == COLUMN_TEXT);
    } else if (g_str_equal(operation->opcode, "MakeRecord")) {
        /* A longer IN list: an index of constants with the affinity of what is looked up in it. */
        left = NULL;
        mixed = right == &a_number && g_str_equal(operation->p4, "B");
    }
    if (!mixed)
        return TRUE;
    const gchar *name = left == NULL                ? "a text column"
                        : left->type == COLUMN_TEXT ? left->name
                                                    : right->name;
    return sj_fail(
        error, SJ_ERROR_CONFIG,
        "%s is text and is compared with a number; write number(…), or the number in quotes", name);
}

/* SQLite would compare `postcode > 100` as texts, without a word. Its own program of the expression
 * shows what is compared with what. */
static gboolean check_comparisons(const Engine *engine, const gchar *select, GError **error)
{
    g_autofree gchar *sql = g_strconcat("explain ", select, NULL);
    sqlite3_stmt *explain = NULL;
    if (sqlite3_prepare_v2(engine->db, sql, -1, &explain, NULL) != SQLITE_OK)
        return fail(engine, SJ_ERROR_CONFIG, error);
    g_autoptr(GHashTable) registers = g_hash_table_new(NULL, NULL);
    gboolean right = TRUE;
    /* Twice, since constants are loaded at the program's end, to which it jumps first. */
    for (guint pass = 1; pass <= 2; pass++) {
        while (right && sqlite3_step(explain) == SQLITE_ROW) {
            Operation operation = operation_of(explain);
            note_filling(engine, registers, &operation);
            right = pass == 1 || check_operation(registers, &operation, error);
        }
        sqlite3_reset(explain);
    }
    sqlite3_finalize(explain);
    return right;
}
