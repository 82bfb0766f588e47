/* What a sender called a file, as the name of a file that cannot leave its directory. */
#include "filename.h"

#include <string.h>

#define NAME_BYTES      200
#define EXTENSION_BYTES 20

static gchar *shorten(const gchar *name);

/* The usual one of media type TYPE. */
static const gchar *usual_extension(const gchar *type)
{
    static const gchar *const usual[][2] = {
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
        {"application/msword", ".doc"},
        {"application/pdf", ".pdf"},
        {"image/jpeg", ".jpg"},
        {"image/png", ".png"},
        {"image/tiff", ".tif"},
        {"image/bmp", ".bmp"},
        {"image/gif", ".gif"},
        {"image/heic", ".heic"},
        {"text/plain", ".txt"},
    };
    for (gsize i = 0; type != NULL && i < G_N_ELEMENTS(usual); i++)
        if (strcmp(usual[i][0], type) == 0)
            return usual[i][1];
    return "";
}

gchar *filename_clean(const gchar *name, const gchar *type)
{
    g_autofree gchar *valid = g_utf8_make_valid(name, -1);
    const gchar *last = valid;
    for (const gchar *at = valid; *at != '\0'; at++)
        if (*at == '/' || *at == '\\')
            last = at + 1;
    g_autoptr(GString) kept = g_string_new(NULL);
    for (const gchar *at = last; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        GUnicodeType kind = g_unichar_type(c);
        gboolean steers = kind == G_UNICODE_CONTROL || kind == G_UNICODE_FORMAT ||
                          kind == G_UNICODE_LINE_SEPARATOR || kind == G_UNICODE_PARAGRAPH_SEPARATOR;
        gboolean leads = kept->len == 0 && (c == '.' || g_unichar_isspace(c));
        if (!steers && !leads)
            g_string_append_unichar(kept, c);
    }
    g_strchomp(kept->str);
    if (kept->str[0] == '\0')
        return g_strconcat("未命名", usual_extension(type), NULL);
    return shorten(kept->str);
}

/* From the last dot on, where what follows is short; else the end of NAME. */
static const gchar *extension_of(const gchar *name)
{
    const gchar *dot = strrchr(name, '.');
    return dot != NULL && dot != name && strlen(dot) <= EXTENSION_BYTES ? dot : name + strlen(name);
}

static gchar *shorten(const gchar *name)
{
    gsize length = strlen(name);
    if (length <= NAME_BYTES)
        return g_strdup(name);
    const gchar *extension = extension_of(name);
    const gchar *end = name + NAME_BYTES - strlen(extension);
    while ((*end & 0xC0) == 0x80)
        end--;
    g_autofree gchar *stem = g_strndup(name, (gsize)(end - name));
    return g_strconcat(stem, extension, NULL);
}

gchar *filename_numbered(const gchar *name, guint n)
{
    if (n < 2)
        return g_strdup(name);
    const gchar *extension = extension_of(name);
    return g_strdup_printf("%.*s (%u)%s", (int)(extension - name), name, n, extension);
}
