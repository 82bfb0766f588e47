/* Which Office document a zip is: by the content type of its main part, as Office itself goes.
 * libmagic goes by the order of the first members, which WPS and many libraries write otherwise. */
#include "ooxml.h"

#include "zip-memory.h"

#include <string.h>

/* Real ones have a few KiB. */
#define CONTENT_TYPES_LIMIT (1024 * 1024)
/* Where the root of a Flat OPC document declares what it is. */
#define FLAT_BEGINNING 4096

#define MAIN(stem) stem ".main+xml"
#define OPENXML    "application/vnd.openxmlformats-officedocument."

/* What a package says of its main part, in lower case. Embedded documents are typed by their
 * extension, without "main". */
static const struct {
    const char *part, *kind;
} kinds[] = {
    {MAIN(OPENXML "wordprocessingml.document"), OPENXML "wordprocessingml.document"},
    {MAIN(OPENXML "wordprocessingml.template"), OPENXML "wordprocessingml.template"},
    {MAIN("application/vnd.ms-word.document.macroenabled"),
     "application/vnd.ms-word.document.macroEnabled.12"},
    {MAIN("application/vnd.ms-word.template.macroenabledtemplate"),
     "application/vnd.ms-word.template.macroEnabled.12"},
    {MAIN(OPENXML "spreadsheetml.sheet"), OPENXML "spreadsheetml.sheet"},
    {MAIN(OPENXML "spreadsheetml.template"), OPENXML "spreadsheetml.template"},
    {MAIN("application/vnd.ms-excel.sheet.macroenabled"),
     "application/vnd.ms-excel.sheet.macroEnabled.12"},
    {MAIN("application/vnd.ms-excel.template.macroenabled"),
     "application/vnd.ms-excel.template.macroEnabled.12"},
    {"application/vnd.ms-excel.sheet.binary.macroenabled.main",
     "application/vnd.ms-excel.sheet.binary.macroEnabled.12"},
    {MAIN(OPENXML "presentationml.presentation"), OPENXML "presentationml.presentation"},
    {MAIN(OPENXML "presentationml.slideshow"), OPENXML "presentationml.slideshow"},
    {MAIN(OPENXML "presentationml.template"), OPENXML "presentationml.template"},
    {MAIN("application/vnd.ms-powerpoint.presentation.macroenabled"),
     "application/vnd.ms-powerpoint.presentation.macroEnabled.12"},
    {MAIN("application/vnd.ms-powerpoint.slideshow.macroenabled"),
     "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"},
};

static zip_int64_t locate(zip_t *zip, const gchar *name);
static GBytes *read_member(zip_t *zip, zip_int64_t index);
static const gchar *kind_in(const guint8 *data, gsize size);

/* The type is looked for as words: no parser of XML has to be trusted with every zip of strangers.
 * Without it the parts themselves say what they are, as they do to the filter docx. */
const gchar *ooxml_kind(const guint8 *data, gsize size)
{
    g_autoptr(zip_t) zip = zip_open_memory(data, size);
    if (zip == NULL)
        return NULL;
    zip_int64_t index = locate(zip, "[content_types].xml");
    g_autoptr(GBytes) types = index >= 0 ? read_member(zip, index) : NULL;
    const gchar *kind = NULL;
    if (types != NULL)
        kind = kind_in(g_bytes_get_data(types, NULL), g_bytes_get_size(types));
    if (kind == NULL && locate(zip, "word/document.xml") >= 0 && locate(zip, "_rels/.rels") >= 0)
        kind = OPENXML "wordprocessingml.document";
    return kind;
}

/* NAME is a plain one; -1: there is no such member. */
static zip_int64_t locate(zip_t *zip, const gchar *name)
{
    zip_int64_t many = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < many; i++) {
        const gchar *member = zip_get_name(zip, (zip_uint64_t)i, 0);
        g_autofree gchar *plain = member != NULL ? zip_plain_name(member) : NULL;
        if (g_strcmp0(plain, name) == 0)
            return i;
    }
    return -1;
}

static GBytes *read_member(zip_t *zip, zip_int64_t index)
{
    zip_stat_t about;
    if (zip_stat_index(zip, (zip_uint64_t)index, 0, &about) != 0 ||
        !(about.valid & ZIP_STAT_SIZE) || about.size == 0 || about.size > CONTENT_TYPES_LIMIT)
        return NULL;
    g_autoptr(zip_file_t) file = zip_fopen_index(zip, (zip_uint64_t)index, 0);
    if (file == NULL)
        return NULL;
    g_autofree guint8 *text = g_malloc(about.size);
    zip_int64_t got = zip_fread(file, text, about.size);
    return got > 0 ? g_bytes_new_take(g_steal_pointer(&text), (gsize)got) : NULL;
}

/* The words, in UTF-8 or UTF-16. */
static gboolean has_words(const guint8 *data, gsize size, const char *words)
{
    gsize length = strlen(words);
    if (memmem(data, size, words, length) != NULL)
        return TRUE;
    g_autofree gchar *wide = g_malloc0(2 * length); /* every other byte; the first one is shared */
    for (gsize i = 0; i < length; i++)
        wide[2 * i] = words[i];
    return memmem(data, size, wide, 2 * length - 1) != NULL;
}

static const gchar *kind_in(const guint8 *data, gsize size)
{
    g_autofree guint8 *lower = g_malloc(size);
    for (gsize i = 0; i < size; i++)
        lower[i] = (guint8)g_ascii_tolower((gchar)data[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (has_words(lower, size, kinds[i].part))
            return kinds[i].kind;
    return NULL;
}

const gchar *ooxml_flat_kind(const guint8 *data, gsize size)
{
    if (!has_words(data, MIN(size, FLAT_BEGINNING), OOXML_FLAT))
        return NULL;
    return kind_in(data, size);
}
