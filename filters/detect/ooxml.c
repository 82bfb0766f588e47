/* Which Office document a zip is: by the content type of its main part, as Office itself goes.
 * libmagic goes by the order of the first members, which WPS and many libraries write otherwise. */
#include "ooxml.h"

#include "zip-memory.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

/* Real ones have a few KiB. */
#define CONTENT_TYPES_LIMIT (1024 * 1024)
/* Where the root of a Flat OPC document declares what it is. */
#define FLAT_BEGINNING 4096

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

#define MAIN(stem) stem ".main+xml"
#define FLAT       "http://schemas.microsoft.com/office/2006/xmlPackage"
#define OPENXML    "application/vnd.openxmlformats-officedocument."

static const struct {
    const char *part, *kind;
} kinds[] = {
    {MAIN(OPENXML "wordprocessingml.document"), OPENXML "wordprocessingml.document"},
    {MAIN(OPENXML "wordprocessingml.template"), OPENXML "wordprocessingml.template"},
    {MAIN("application/vnd.ms-word.document.macroEnabled"),
     "application/vnd.ms-word.document.macroEnabled.12"},
    {MAIN("application/vnd.ms-word.template.macroEnabledTemplate"),
     "application/vnd.ms-word.template.macroEnabled.12"},
    {MAIN(OPENXML "spreadsheetml.sheet"), OPENXML "spreadsheetml.sheet"},
    {MAIN(OPENXML "spreadsheetml.template"), OPENXML "spreadsheetml.template"},
    {MAIN("application/vnd.ms-excel.sheet.macroEnabled"),
     "application/vnd.ms-excel.sheet.macroEnabled.12"},
    {MAIN("application/vnd.ms-excel.template.macroEnabled"),
     "application/vnd.ms-excel.template.macroEnabled.12"},
    {"application/vnd.ms-excel.sheet.binary.macroEnabled.main",
     "application/vnd.ms-excel.sheet.binary.macroEnabled.12"},
    {MAIN(OPENXML "presentationml.presentation"), OPENXML "presentationml.presentation"},
    {MAIN(OPENXML "presentationml.slideshow"), OPENXML "presentationml.slideshow"},
    {MAIN(OPENXML "presentationml.template"), OPENXML "presentationml.template"},
    {MAIN("application/vnd.ms-powerpoint.presentation.macroEnabled"),
     "application/vnd.ms-powerpoint.presentation.macroEnabled.12"},
    {MAIN("application/vnd.ms-powerpoint.slideshow.macroEnabled"),
     "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"},
};

static GBytes *read_content_types(zip_t *zip);
static const gchar *main_kind(xmlDoc *types);

const gchar *ooxml_kind(const guint8 *data, gsize size)
{
    g_autoptr(zip_t) zip = zip_open_memory(data, size);
    if (zip == NULL)
        return NULL;
    g_autoptr(GBytes) xml = read_content_types(zip);
    if (xml == NULL)
        return NULL;
    g_autoptr(xmlDoc) types =
        xmlReadMemory(g_bytes_get_data(xml, NULL), (int)g_bytes_get_size(xml), NULL, NULL,
                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    /* Packages have no document types (ECMA-376 part 2): their entities could grow without
     * end. */
    return types != NULL && types->intSubset == NULL ? main_kind(types) : NULL;
}

static GBytes *read_content_types(zip_t *zip)
{
    zip_stat_t about;
    if (zip_stat(zip, "[Content_Types].xml", ZIP_FL_NOCASE, &about) != 0 ||
        !(about.valid & ZIP_STAT_SIZE) || about.size == 0 || about.size > CONTENT_TYPES_LIMIT)
        return NULL;
    g_autoptr(zip_file_t) file = zip_fopen(zip, "[Content_Types].xml", ZIP_FL_NOCASE);
    if (file == NULL)
        return NULL;
    g_autofree guint8 *text = g_malloc(about.size);
    zip_int64_t got = zip_fread(file, text, about.size);
    return got > 0 ? g_bytes_new_take(g_steal_pointer(&text), (gsize)got) : NULL;
}

static const gchar *kind_of_part(const char *part)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_ascii_strcasecmp(part, kinds[i].part) == 0)
            return kinds[i].kind;
    return NULL;
}

/* Only the main part has a type of the table: embedded documents are typed by their extension,
 * without "main". */
static const gchar *main_kind(xmlDoc *types)
{
    xmlNode *root = xmlDocGetRootElement(types);
    for (xmlNode *node = root != NULL ? root->children : NULL; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || (strcmp((const char *)node->name, "Override") != 0 &&
                                               strcmp((const char *)node->name, "Default") != 0))
            continue;
        xmlChar *part = xmlGetNoNsProp(node, (const xmlChar *)"ContentType");
        const gchar *kind = part != NULL ? kind_of_part((const char *)part) : NULL;
        xmlFree(part);
        if (kind != NULL)
            return kind;
    }
    return NULL;
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

const gchar *ooxml_flat_kind(const guint8 *data, gsize size)
{
    if (!has_words(data, MIN(size, FLAT_BEGINNING), FLAT))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (has_words(data, size, kinds[i].part))
            return kinds[i].kind;
    return NULL;
}
