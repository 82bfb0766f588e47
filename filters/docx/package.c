/* The zip of a document and the XML parts in it: everything is counted while it is unpacked, and
 * the parser sees neither the network nor a document type. */
#include "package.h"

#include "zip-memory.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

enum {
    UNPACKED_MAX = 64 << 20, /* of all parts that are read, together */
    RATIO_FREE = 8 << 20,    /* below this nobody asks how well a part was packed */
    RATIO_MAX = 200,         /* a form of a thousand equal rows packs 1:100 */
    DEPTH_MAX = 200,         /* libxml2's own limit is 256; nested tables of people stay below 60 */
    TEXT_MAX = 8 << 20,      /* libxml2 itself takes 10 MB in one element */
    NODES_MAX = 1000000,     /* elements and attributes; about 200 bytes each in memory */
};
#define DECLARED_MAX ((guint64)1 << 30) /* of the whole package, read or not */

#define OFFICE_DOCUMENT "/relationships/officeDocument"

struct Package {
    GBytes *bytes;
    zip_t *zip;
    gsize unpacked;
};

/* What the parser's callbacks know of one part. */
typedef struct {
    guint depth, nodes;
    gsize text;
    const gchar *note;
} PartState;

static const gchar *check_declared(zip_t *zip);
static gboolean is_encrypted_ole(GBytes *bytes);
static xmlDoc *read_part(Package *package, const gchar *name, PackageFault *fault);
static gchar *main_part_name(Package *package, PackageFault *fault);

static void *fail(PackageFault *fault, const gchar *note, const gchar *detail)
{
    fault->note = note;
    g_free(fault->detail);
    fault->detail = g_strdup(detail);
    return NULL;
}

Package *package_open(GBytes *bytes, PackageFault *fault)
{
    if (is_encrypted_ole(bytes))
        return fail(fault, "docx.encrypted", NULL);

    g_autoptr(Package) package = g_new0(Package, 1);
    package->bytes = g_bytes_ref(bytes);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    package->zip = zip_open_memory(data, size);
    if (package->zip == NULL)
        return fail(fault, "docx.corrupt_file", NULL);
    const gchar *note = check_declared(package->zip);
    return note != NULL ? fail(fault, note, NULL) : g_steal_pointer(&package);
}

void package_free(Package *package)
{
    if (package == NULL)
        return;
    if (package->zip != NULL)
        zip_discard(package->zip);
    g_bytes_unref(package->bytes);
    g_free(package);
}

xmlDoc *package_main(Package *package, PackageFault *fault)
{
    g_autofree gchar *name = main_part_name(package, fault);
    return name != NULL ? read_part(package, name, fault) : NULL;
}

/* Office puts the whole encrypted zip into one stream of an OLE container, named like this in
 * UTF-16 ([MS-OFFCRYPTO] 2.3.4.4). */
static gboolean is_encrypted_ole(GBytes *bytes)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0\0";
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    return size > 8 && memcmp(data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0 &&
           memmem(data, size, name, sizeof name) != NULL;
}

static const gchar *check_declared(zip_t *zip)
{
    guint64 total = 0;
    gint64 entries = zip_get_num_entries(zip, 0);
    for (gint64 i = 0; i < entries; i++) {
        zip_stat_t about;
        if (zip_stat_index(zip, (guint64)i, 0, &about) != 0)
            return "docx.corrupt_file";
        if ((about.valid & ZIP_STAT_SIZE) == 0)
            continue;
        if (about.size > DECLARED_MAX || (total += about.size) > DECLARED_MAX)
            return "docx.zip_bomb";
    }
    return NULL;
}

/* Five pointers, the first its name. */
typedef const xmlChar *Attribute[5];
#define KEPT_MAX 16 /* of one element: more than there are to read */

/* Copies to KEPT those of VALUES that somebody reads: the others are half of a document in memory.
 * Returns how many. VALUES stay as they are, since the parser frees by place what it had to
 * allocate for a value. */
static int keep_attributes(Attribute kept[KEPT_MAX], const xmlChar **values, int count)
{
    static const char *const read[] = {"val",  "space", "ascii",  "hAnsi", "font",
                                       "char", "Type",  "Target", NULL};
    int number = 0;
    for (int i = 0; i < count && number < KEPT_MAX; i++)
        if (g_strv_contains(read, (const gchar *)values[(gsize)i * 5]))
            memcpy(kept[number++], values + (gsize)i * 5, sizeof(Attribute));
    return number;
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **declared,
                          int attributes, int defaulted, const xmlChar **values)
{
    xmlParserCtxt *parser = context;
    PartState *state = parser->_private;
    state->nodes += 1 + (guint)attributes + (guint)namespaces;
    if (++state->depth > DEPTH_MAX)
        state->note = "docx.xml_too_deep";
    else if (state->nodes > NODES_MAX)
        state->note = "docx.zip_bomb";
    if (state->note != NULL) {
        xmlStopParser(parser);
        return;
    }
    Attribute kept[KEPT_MAX];
    int number = keep_attributes(kept, values, attributes);
    xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, declared, number, defaulted,
                          kept[0]);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    xmlParserCtxt *parser = context;
    PartState *state = parser->_private;
    state->depth--;
    xmlSAX2EndElementNs(context, name, prefix, uri);
}

static void characters(void *context, const xmlChar *text, int length)
{
    xmlParserCtxt *parser = context;
    PartState *state = parser->_private;
    state->text += (gsize)length;
    if (state->text <= TEXT_MAX) {
        xmlSAX2Characters(context, text, length);
        return;
    }
    state->note = "docx.zip_bomb";
    xmlStopParser(parser);
}

static void document_type(void *context, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    (void)name;
    (void)id;
    (void)uri;
    xmlParserCtxt *parser = context;
    PartState *state = parser->_private;
    state->note = "docx.xml_dtd";
    xmlStopParser(parser);
}

/* libxml2 says some things past XML_PARSE_NOERROR. */
static void say_nothing(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static xmlParserCtxt *new_parser(PartState *state)
{
    xmlSetGenericErrorFunc(NULL, say_nothing);
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    xmlSAXVersion(&handler, 2);
    handler.startElementNs = start_element;
    handler.endElementNs = end_element;
    handler.characters = characters;
    handler.ignorableWhitespace = characters;
    handler.cdataBlock = characters;
    handler.internalSubset = document_type;
    handler.comment = NULL;
    handler.processingInstruction = NULL;
    xmlParserCtxt *parser = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
    if (parser == NULL)
        g_error("out of memory");
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                  XML_PARSE_COMPACT);
    parser->_private = state;
    return parser;
}

/* Feeds the part into PARSER; the note of what went wrong, or NULL. */
static const gchar *feed(Package *package, zip_file_t *file, guint64 packed, xmlParserCtxt *parser,
                         const PartState *state)
{
    gchar buffer[16384];
    gsize size = 0;
    for (;;) {
        zip_int64_t got = zip_fread(file, buffer, sizeof buffer);
        if (got < 0)
            return "docx.corrupt_file";
        size += (gsize)got;
        package->unpacked += (gsize)got;
        if (package->unpacked > UNPACKED_MAX || (size > RATIO_FREE && size / RATIO_MAX > packed))
            return "docx.zip_bomb";
        xmlParseChunk(parser, buffer, (int)got, got == 0);
        if (state->note != NULL)
            return state->note;
        if (!parser->wellFormed || parser->disableSAX)
            return "docx.corrupt_file";
        if (got == 0)
            return NULL;
    }
}

/* Names of parts are compared without regard to case (ECMA-376 part 2, 6.2.2.3). */
static xmlDoc *read_part(Package *package, const gchar *name, PackageFault *fault)
{
    zip_stat_t about;
    if (zip_stat(package->zip, name, ZIP_FL_NOCASE, &about) != 0)
        return fail(fault, "docx.corrupt_file", name);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return fail(fault, "docx.encrypted", name);
    g_autoptr(zip_file_t) file = zip_fopen_index(package->zip, about.index, 0);
    if (file == NULL)
        return fail(fault, "docx.corrupt_file", name);

    PartState state = {0};
    xmlParserCtxt *parser = new_parser(&state);
    guint64 packed = (about.valid & ZIP_STAT_COMP_SIZE) != 0 ? about.comp_size : 0;
    const gchar *note = feed(package, file, packed, parser, &state);
    xmlDoc *part = parser->myDoc;
    xmlFreeParserCtxt(parser);
    if (note == NULL && part != NULL && xmlDocGetRootElement(part) != NULL)
        return part;
    xmlFreeDoc(part);
    return fail(fault, note != NULL ? note : "docx.corrupt_file", name);
}

/* A target is relative to the package's root, or absolute; transitional and strict types differ in
 * what stands before the last words. */
static gchar *office_document(Package *package, const xmlNode *relationship)
{
    if (relationship->type != XML_ELEMENT_NODE)
        return NULL;
    xmlChar *type = xmlGetNoNsProp(relationship, BAD_CAST "Type");
    xmlChar *target = xmlGetNoNsProp(relationship, BAD_CAST "Target");
    gchar *name = NULL;
    if (type != NULL && target != NULL && g_str_has_suffix((const gchar *)type, OFFICE_DOCUMENT)) {
        const gchar *path = (const gchar *)target;
        while (*path == '/' || g_str_has_prefix(path, "./"))
            path += *path == '/' ? 1 : 2;
        if (zip_name_locate(package->zip, path, ZIP_FL_NOCASE) >= 0)
            name = g_strdup(path);
    }
    xmlFree(type);
    xmlFree(target);
    return name;
}

/* NULL with FAULT set when the relationships are an attack; damaged ones are not needed. */
static gchar *main_part_name(Package *package, PackageFault *fault)
{
    static const char usual[] = "word/document.xml";
    xmlDoc *relations = read_part(package, "_rels/.rels", fault);
    if (relations == NULL)
        return strcmp(fault->note, "docx.corrupt_file") == 0 ? g_strdup(usual) : NULL;
    gchar *name = NULL;
    const xmlNode *node = xmlDocGetRootElement(relations)->children;
    for (; node != NULL && name == NULL; node = node->next)
        name = office_document(package, node);
    xmlFreeDoc(relations);
    return name != NULL ? name : g_strdup(usual);
}
