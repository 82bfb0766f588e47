/* The container of a document, zip or Flat OPC, and how its parts are related: everything is
 * counted while it is unpacked. A part that nobody asks for is not opened. */
#include "package.h"

#include "bounded-xml.h"
#include "detect/ooxml.h"
#include "ole.h"
#include "zip-memory.h"

#include <string.h>

enum {
    UNPACKED_MAX = 64 << 20, /* of all parts that are read, together */
    RATIO_FREE = 8 << 20,    /* below this nobody asks how well a part was packed */
    RATIO_MAX = 200,         /* a form of a thousand equal rows packs 1:100 */
    PIECE = 16384,           /* bytes that are parsed at once */
};

#define RELATIONSHIPS "/relationships/"

struct Package {
    GBytes *bytes;
    zip_t *zip;        /* NULL: it is Flat OPC … */
    xmlDoc *flat;      /* … this one */
    GPtrArray *xml;    /* of xmlDoc: the parts that were read of a zip */
    GHashTable *names; /* plain name → index + 1 in the zip, or root of the part in Flat OPC; NULL:
                          of the zip nobody needed it yet */
    gchar *main;       /* name of the main part; NULL: not known yet */
    gsize unpacked;
};

static gboolean open_flat(Package *package, PackageFault *fault);
static const xmlNode *read_part(Package *package, const gchar *name, PackageFault *fault);
static gchar *find_related(Package *package, const gchar *source, const gchar *type,
                           PackageFault *fault);
static gchar *find_by_type(Package *package, PackageFault *fault);

static void *fail(PackageFault *fault, const gchar *note, const gchar *detail)
{
    fault->note = note;
    g_free(fault->detail);
    fault->detail = g_strdup(detail);
    return NULL;
}

static void forgive(PackageFault *fault)
{
    fault->note = NULL;
    g_clear_pointer(&fault->detail, g_free);
}

/* A part that is damaged, or not there, and no attack. */
static gboolean is_damaged(const PackageFault *fault)
{
    return fault->note != NULL && strcmp(fault->note, "docx.corrupt_file") == 0;
}

static void part_free(gpointer part)
{
    xmlFreeDoc(part);
}

Package *package_open(GBytes *bytes, PackageFault *fault)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    if (ole_stream(data, size, "EncryptedPackage", 0) != NULL) /* [MS-OFFCRYPTO] 2.3.4.4 */
        return fail(fault, "docx.encrypted", NULL);

    g_autoptr(Package) package = g_new0(Package, 1);
    package->bytes = g_bytes_ref(bytes);
    package->xml = g_ptr_array_new_with_free_func(part_free);
    package->zip = zip_open_memory(data, size);
    if (package->zip == NULL && !open_flat(package, fault))
        return NULL;
    return g_steal_pointer(&package);
}

void package_free(Package *package)
{
    if (package == NULL)
        return;
    if (package->zip != NULL)
        zip_discard(package->zip);
    xmlFreeDoc(package->flat);
    if (package->names != NULL)
        g_hash_table_unref(package->names);
    g_ptr_array_unref(package->xml);
    g_bytes_unref(package->bytes);
    g_free(package->main);
    g_free(package);
}

const xmlNode *package_main(Package *package, PackageFault *fault)
{
    package->main = find_related(package, "/", "officeDocument", fault);
    if (package->main == NULL && fault->note == NULL)
        package->main = find_by_type(package, fault);
    if (package->main == NULL && fault->note == NULL)
        package->main = g_strdup("/word/document.xml");
    return package->main != NULL ? read_part(package, package->main, fault) : NULL;
}

const xmlNode *package_related(Package *package, const gchar *type, PackageFault *fault)
{
    g_autofree gchar *name = find_related(package, package->main, type, fault);
    const xmlNode *root = name != NULL ? read_part(package, name, fault) : NULL;
    if (is_damaged(fault))
        forgive(fault);
    return root;
}

/* ---- parts ---- */

/* Feeds the part into XML; the note of what went wrong, or NULL. */
static const gchar *unpack(Package *package, zip_file_t *file, guint64 packed, BoundedXml *xml)
{
    gchar buffer[PIECE];
    gsize size = 0;
    for (;;) {
        zip_int64_t got = zip_fread(file, buffer, sizeof buffer);
        if (got < 0)
            return "docx.corrupt_file";
        size += (gsize)got;
        package->unpacked += (gsize)got;
        if (package->unpacked > UNPACKED_MAX || (size > RATIO_FREE && size / RATIO_MAX > packed))
            return "docx.zip_bomb";
        const gchar *note = bounded_xml_feed(xml, buffer, (gsize)got);
        if (note != NULL || got == 0)
            return note;
    }
}

/* Of two with the same name the first counts. */
static void add_name(GHashTable *names, const gchar *name, gpointer value)
{
    g_autofree gchar *plain = zip_plain_name(name);
    if (!g_hash_table_contains(names, plain))
        g_hash_table_insert(names, g_steal_pointer(&plain), value);
}

static GHashTable *list_members(zip_t *zip)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    zip_int64_t many = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < many && i < G_MAXINT; i++) {
        const gchar *member = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (member != NULL)
            add_name(names, member, GINT_TO_POINTER((gint)i + 1));
    }
    return names;
}

static gpointer find_name(const Package *package, const gchar *name)
{
    g_autofree gchar *plain = zip_plain_name(name);
    return g_hash_table_lookup(package->names, plain);
}

/* The member with the absolute NAME of a part; -1: none. Most often it is called just so. */
static zip_int64_t locate(Package *package, const gchar *name)
{
    zip_int64_t found = zip_name_locate(package->zip, name + 1, 0);
    if (found >= 0)
        return found;
    if (package->names == NULL)
        package->names = list_members(package->zip);
    return (zip_int64_t)GPOINTER_TO_INT(find_name(package, name)) - 1;
}

static const xmlNode *unzip_part(Package *package, const gchar *name, PackageFault *fault)
{
    zip_stat_t about;
    zip_int64_t index = locate(package, name);
    if (index < 0 || zip_stat_index(package->zip, (zip_uint64_t)index, 0, &about) != 0)
        return fail(fault, "docx.corrupt_file", name);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return fail(fault, "docx.encrypted", name);
    g_autoptr(zip_file_t) file = zip_fopen_index(package->zip, (zip_uint64_t)index, 0);
    if (file == NULL)
        return fail(fault, "docx.corrupt_file", name);

    g_autoptr(BoundedXml) xml = bounded_xml_new();
    guint64 packed = (about.valid & ZIP_STAT_COMP_SIZE) != 0 ? about.comp_size : 0;
    const gchar *note = unpack(package, file, packed, xml);
    xmlDoc *part = bounded_xml_finish(xml);
    if (part == NULL)
        return fail(fault, note != NULL ? note : "docx.corrupt_file", name);
    g_ptr_array_add(package->xml, part);
    return xmlDocGetRootElement(part);
}

static gboolean is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *first_element(const xmlNode *parent, const char *name)
{
    for (const xmlNode *node = parent->children; node != NULL; node = node->next)
        if (name != NULL ? is_element(node, name) : node->type == XML_ELEMENT_NODE)
            return node;
    return NULL;
}

static GHashTable *list_parts(const xmlDoc *flat)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const xmlNode *part = xmlDocGetRootElement(flat)->children; part != NULL;
         part = part->next) {
        const xmlNode *data = is_element(part, "part") ? first_element(part, "xmlData") : NULL;
        const xmlNode *root = data != NULL ? first_element(data, NULL) : NULL;
        xmlChar *name =
            root != NULL ? xmlGetNsProp(part, BAD_CAST "name", BAD_CAST OOXML_FLAT) : NULL;
        if (name != NULL)
            add_name(names, (const gchar *)name, (gpointer)root);
        xmlFree(name);
    }
    return names;
}

/* NAME is absolute. */
static const xmlNode *read_part(Package *package, const gchar *name, PackageFault *fault)
{
    if (package->zip != NULL)
        return unzip_part(package, name, fault);
    const xmlNode *root = find_name(package, name);
    return root != NULL ? root : fail(fault, "docx.corrupt_file", name);
}

/* What is no zip may be the same package as one XML file. */
static gboolean open_flat(Package *package, PackageFault *fault)
{
    gsize size;
    const gchar *data = g_bytes_get_data(package->bytes, &size);
    const gchar *note = size > UNPACKED_MAX ? "docx.corrupt_file" : NULL;
    g_autoptr(BoundedXml) xml = bounded_xml_new();
    for (gsize at = 0; note == NULL && at < size; at += PIECE)
        note = bounded_xml_feed(xml, data + at, MIN(size - at, PIECE));
    if (note == NULL)
        note = bounded_xml_feed(xml, "", 0);
    package->flat = note == NULL ? bounded_xml_finish(xml) : NULL;
    const xmlNode *root = package->flat != NULL ? xmlDocGetRootElement(package->flat) : NULL;
    if (root != NULL && root->ns != NULL && strcmp((const char *)root->ns->href, OOXML_FLAT) == 0) {
        package->names = list_parts(package->flat);
        return TRUE;
    }
    /* Of what is no XML either, nothing more is known. */
    fail(fault, note != NULL ? note : "docx.corrupt_file", NULL);
    return FALSE;
}

/* ---- relationships ---- */

static gboolean has_part(Package *package, const gchar *name)
{
    return package->zip != NULL ? locate(package, name) >= 0 : find_name(package, name) != NULL;
}

/* The part that RELATIONSHIP names, when it is one of TYPE. A target is absolute or relative to the
 * folder of its source; transitional and strict types differ in what stands before the last word.
 */
static gchar *target(Package *package, const xmlNode *relationship, const gchar *folder,
                     const gchar *type)
{
    if (!is_element(relationship, "Relationship"))
        return NULL;
    xmlChar *said = xmlGetNoNsProp(relationship, BAD_CAST "Type");
    xmlChar *reference = xmlGetNoNsProp(relationship, BAD_CAST "Target");
    gchar *name = NULL;
    if (said != NULL && reference != NULL && g_str_has_suffix((const gchar *)said, type)) {
        const gchar *path = (const gchar *)reference;
        g_autofree gchar *plain = g_uri_unescape_string(path, NULL);
        name = g_canonicalize_filename(path, folder);
        if (!has_part(package, name) && plain != NULL) {
            g_free(name);
            name = g_canonicalize_filename(plain, folder);
        }
        if (!has_part(package, name))
            g_clear_pointer(&name, g_free);
    }
    xmlFree(said);
    xmlFree(reference);
    return name;
}

/* The name of the first part that SOURCE ("/": the package itself) is related to as TYPE. NULL:
 * none, or FAULT is set, since the relationships are an attack; without damaged ones many a
 * document can be read. */
static gchar *find_related(Package *package, const gchar *source, const gchar *type,
                           PackageFault *fault)
{
    g_autofree gchar *folder = g_path_get_dirname(source);
    g_autofree gchar *base = g_str_equal(source, "/") ? g_strdup("") : g_path_get_basename(source);
    g_autofree gchar *file = g_strconcat(base, ".rels", NULL);
    g_autofree gchar *name = g_build_filename(folder, "_rels", file, NULL);
    g_autofree gchar *wanted = g_strconcat(RELATIONSHIPS, type, NULL);
    const xmlNode *relations = read_part(package, name, fault);
    if (is_damaged(fault))
        forgive(fault);
    gchar *found = NULL;
    const xmlNode *node = relations != NULL ? relations->children : NULL;
    for (; node != NULL && found == NULL; node = node->next)
        found = target(package, node, folder, wanted);
    return found;
}

/* The part whose content type says that it is the main one of a word document; NULL as above. */
static gchar *find_by_type(Package *package, PackageFault *fault)
{
    const xmlNode *types = read_part(package, "/[Content_Types].xml", fault);
    if (is_damaged(fault))
        forgive(fault);
    gchar *found = NULL;
    const xmlNode *node = types != NULL ? types->children : NULL;
    for (; node != NULL && found == NULL; node = node->next) {
        if (!is_element(node, "Override"))
            continue;
        xmlChar *type = xmlGetNoNsProp(node, BAD_CAST "ContentType");
        xmlChar *name = xmlGetNoNsProp(node, BAD_CAST "PartName");
        if (type != NULL && name != NULL && *name == '/' &&
            g_str_has_suffix((const gchar *)type, ".main+xml") &&
            has_part(package, (const gchar *)name))
            found = g_strdup((const gchar *)name);
        xmlFree(type);
        xmlFree(name);
    }
    return found;
}
