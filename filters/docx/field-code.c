/* Complex fields, one in another. */
#include "field-code.h"

#include <string.h>

enum { OPEN_MAX = 64 };

typedef struct {
    GString *instruction;
    GString *text; /* of the instruction, that is no code */
    gchar *entry;
    gboolean separated; /* its result follows */
    gboolean shown;     /* the result has said something */
} Code;

struct FieldCodes {
    GPtrArray *open; /* of Code, the innermost last */
    guint beyond;    /* fields that are open beyond OPEN_MAX */
};

static void code_free(gpointer data)
{
    Code *code = data;
    g_string_free(code->instruction, TRUE);
    g_string_free(code->text, TRUE);
    g_free(code->entry);
    g_free(code);
}

FieldCodes *field_codes_new(void)
{
    FieldCodes *codes = g_new0(FieldCodes, 1);
    codes->open = g_ptr_array_new_with_free_func(code_free);
    return codes;
}

void field_codes_free(FieldCodes *codes)
{
    if (codes == NULL)
        return;
    g_ptr_array_unref(codes->open);
    g_free(codes);
}

static Code *innermost(const FieldCodes *codes)
{
    guint open = codes->open->len;
    return open > 0 ? g_ptr_array_index(codes->open, open - 1) : NULL;
}

void field_codes_begin(FieldCodes *codes, gchar *entry)
{
    if (codes->open->len == OPEN_MAX) {
        codes->beyond++;
        g_free(entry);
        return;
    }
    Code *code = g_new0(Code, 1);
    code->instruction = g_string_new(NULL);
    code->text = g_string_new(NULL);
    code->entry = entry;
    g_ptr_array_add(codes->open, code);
}

void field_codes_separate(FieldCodes *codes)
{
    Code *code = innermost(codes);
    if (code != NULL && codes->beyond == 0)
        code->separated = TRUE;
}

gchar *field_codes_end(FieldCodes *codes)
{
    if (codes->beyond > 0) {
        codes->beyond--;
        return NULL;
    }
    Code *code = innermost(codes);
    if (code == NULL)
        return NULL;
    gchar *drawn = NULL;
    if (!code->shown)
        drawn = code->entry != NULL ? g_steal_pointer(&code->entry)
                                    : field_code_drawing(code->instruction->str);
    g_ptr_array_set_size(codes->open, (gint)codes->open->len - 1);
    return drawn;
}

/* A result within an instruction is part of the instruction. */
gboolean field_codes_take(FieldCodes *codes, const gchar *text, gsize length, gboolean is_code)
{
    for (guint i = 0; i < codes->open->len; i++) {
        Code *code = g_ptr_array_index(codes->open, i);
        if (!code->separated) {
            g_string_append_len(code->instruction, text, (gssize)length);
            if (!is_code)
                g_string_append_len(code->text, text, (gssize)length);
            return TRUE;
        }
        code->shown |= !is_code && length > 0;
    }
    return is_code;
}

guint field_codes_depth(const FieldCodes *codes)
{
    return codes->open->len;
}

gchar *field_codes_give_up(FieldCodes *codes, guint depth)
{
    GString *text = g_string_new(NULL);
    for (guint i = codes->open->len; i-- > depth;) {
        const Code *code = g_ptr_array_index(codes->open, i);
        if (code->separated)
            continue;
        g_string_prepend(text, code->text->str);
        g_ptr_array_remove_index(codes->open, i);
    }
    return g_string_free(text, FALSE);
}

/* ---- EQ ---- */

/* Past the switches that begin at C (\o\ac, \f, \s\up8): a backslash and letters, then perhaps a
 * number. *FRACTION: one of them is \f. */
static const gchar *skip_switches(const gchar *c, gboolean *fraction)
{
    while (c[0] == '\\' && g_ascii_isalpha(c[1])) {
        *fraction |= g_ascii_tolower(c[1]) == 'f' && !g_ascii_isalpha(c[2]);
        for (c++; g_ascii_isalnum(*c); c++)
            ;
        while (*c == ' ')
            c++;
    }
    return c;
}

/* The elements of the lists one after another, those of a fraction with a stroke between them. A
 * list opens behind a switch; any other parenthesis is one that is drawn. */
static gchar *draw_equation(const gchar *c)
{
    GString *drawn = g_string_new(NULL);
    g_autoptr(GString) open = g_string_new(NULL); /* "f": a fraction, "l": a list, "p": drawn */
    while (*c != '\0') {
        gboolean fraction = FALSE;
        const gchar *after = skip_switches(c, &fraction);
        gchar within = open->len > 0 ? open->str[open->len - 1] : 'p';
        if (after > c && *after == '(') {
            g_string_append_c(open, fraction ? 'f' : 'l');
            c = after + 1;
        } else if (after > c) {
            c = after;
        } else if (*c == '\\' && c[1] != '\0') {
            g_string_append_unichar(drawn, g_utf8_get_char(c + 1));
            c = g_utf8_next_char(c + 1);
        } else if (*c == ')' && within != 'p') {
            g_string_truncate(open, open->len - 1);
            c++;
        } else if ((*c == ',' || *c == ';') && within != 'p') {
            if (within == 'f')
                g_string_append_c(drawn, '/');
            c++;
        } else {
            if (*c == '(')
                g_string_append_c(open, 'p');
            if (*c == ')' && open->len > 0)
                g_string_truncate(open, open->len - 1);
            g_string_append_unichar(drawn, g_utf8_get_char(c));
            c = g_utf8_next_char(c);
        }
    }
    return g_string_free(drawn, FALSE);
}

/* EQ (part 4, 14.10) is the one field that draws by itself and keeps no result. */
gchar *field_code_drawing(const gchar *instruction)
{
    while (g_ascii_isspace(*instruction))
        instruction++;
    if (g_ascii_strncasecmp(instruction, "EQ", 2) != 0 || g_ascii_isalnum(instruction[2]))
        return NULL;
    g_autofree gchar *equation = g_strstrip(g_strdup(instruction + 2));
    return draw_equation(equation);
}
