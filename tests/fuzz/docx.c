/* Fuzzing word documents below their zip, whose compression and checksums no chance gets past. An
 * input that begins like XML is the main part: it is put into a package, and it is changed as a
 * tree, so that most of what comes of it is well-formed. Any other input is a file as it is. */
#include "fuzz.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum { PIECE_MAX = 4096 }; /* bytes of a text, or of an attribute, that is changed */

/* Of elements; a new one is in the namespace of its parent. */
static const char *const names[] = {
    "p",          "r",           "t",
    "tbl",        "tr",          "tc",
    "tab",        "br",          "sym",
    "fldChar",    "ffData",      "checkBox",
    "checked",    "default",     "sdt",
    "sdtPr",      "sdtContent",  "showingPlcHdr",
    "ins",        "del",         "moveFrom",
    "moveTo",     "txbxContent", "drawing",
    "pict",       "object",      "rt",
    "pPr",        "rPr",         "tblPr",
    "trPr",       "tcPr",        "sectPr",
    "gridSpan",   "vMerge",      "hMerge",
    "gridBefore", "cellDel",     "vanish",
    "b",          "u",           "highlight",
    "rFonts",     "instrText",   "footnoteReference",
};
static const char *const attributes[] = {"val", "char", "font", "ascii", "hAnsi"};
static const char *const values[] = {
    "0",     "1",    "2",  "3",    "1000",      "4294967295",  "-1",     "true",
    "false", "none", "on", "off",  "restart",   "continue",    "F0FE",   "F0A8",
    "2612",  "FFFF", "20", "d800", "Wingdings", "Wingdings 2", "Symbol", "single",
};

static GBytes *package_of(const guint8 *part, gsize size);
static xmlNode *pick_element(xmlDoc *doc, GRand *chance);
static gboolean change(xmlDoc *doc, GRand *chance);
static gsize written(xmlDoc *doc, guint8 *out, gsize max);

static gboolean is_xml(const guint8 *input, gsize size)
{
    return size > 0 && input[0] == '<';
}

static xmlDoc *tree_of(const guint8 *input, gsize size)
{
    return xmlReadMemory((const char *)input, (int)size, NULL, NULL,
                         XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                             XML_PARSE_NONET);
}

GBytes *fuzz_file(const guint8 *input, gsize size)
{
    return is_xml(input, size) ? package_of(input, size) : g_bytes_new(input, size);
}

gsize LLVMFuzzerCustomMutator(guint8 *data, gsize size, gsize max, unsigned seed)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
    xmlDoc *doc =
        is_xml(data, size) && g_rand_int_range(chance, 0, 8) > 0 ? tree_of(data, size) : NULL;
    gsize length = 0;
    if (doc != NULL && xmlDocGetRootElement(doc) != NULL) {
        for (gint more = g_rand_int_range(chance, 1, 4); more > 0; more--)
            if (!change(doc, chance))
                more++;
        length = written(doc, data, max);
    }
    xmlFreeDoc(doc);
    return length > 0 ? length : LLVMFuzzerMutate(data, size, max);
}

/* An element of OTHER somewhere in ONE. */
gsize LLVMFuzzerCustomCrossOver(const guint8 *one, gsize size_one, const guint8 *other,
                                gsize size_other, guint8 *out, gsize max, unsigned seed)
{
    if (!is_xml(one, size_one) || !is_xml(other, size_other))
        return 0;
    g_autoptr(GRand) chance = g_rand_new_with_seed(seed);
    xmlDoc *doc = tree_of(one, size_one);
    xmlDoc *donor = tree_of(other, size_other);
    gsize length = 0;
    if (doc != NULL && donor != NULL && xmlDocGetRootElement(doc) != NULL &&
        xmlDocGetRootElement(donor) != NULL) {
        xmlAddChild(pick_element(doc, chance), xmlDocCopyNode(pick_element(donor, chance), doc, 1));
        length = written(doc, out, max);
    }
    xmlFreeDoc(doc);
    xmlFreeDoc(donor);
    return length;
}

/* ---- the zip ---- */

/* Stored, with the main part where it stands without relationships. */
static GBytes *package_of(const guint8 *part, gsize size)
{
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
    zip_source_t *source = zip_source_buffer(zip, part, size, 0);
    zip_int64_t index = zip_file_add(zip, "word/document.xml", source, 0);
    if (index < 0 || zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0 ||
        zip_close(zip) != 0)
        abort();
    zip_stat_t about;
    if (zip_source_stat(target, &about) != 0 || zip_source_open(target) != 0)
        abort();
    gchar *bytes = g_malloc(about.size);
    if (zip_source_read(target, bytes, about.size) != (zip_int64_t)about.size)
        abort();
    zip_source_close(target);
    zip_source_free(target);
    return g_bytes_new_take(bytes, about.size);
}

/* ---- the tree ---- */

static void collect(xmlNode *node, xmlElementType type, GPtrArray *found)
{
    for (; node != NULL; node = node->next) {
        if (node->type == type)
            g_ptr_array_add(found, node);
        if (node->type == XML_ELEMENT_NODE)
            collect(node->children, type, found);
    }
}

static xmlNode *pick(xmlDoc *doc, GRand *chance, xmlElementType type)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    collect(xmlDocGetRootElement(doc), type, found);
    return found->len > 0
               ? g_ptr_array_index(found, g_rand_int_range(chance, 0, (gint32)found->len))
               : NULL;
}

static xmlNode *pick_element(xmlDoc *doc, GRand *chance)
{
    return pick(doc, chance, XML_ELEMENT_NODE);
}

#define ANY(table, chance) (table)[g_rand_int_range(chance, 0, G_N_ELEMENTS(table))]

/* A namespace is its declaration on an element, which must not go before those who use it. */
static xmlNode *new_element(xmlNode *parent, GRand *chance)
{
    return xmlNewDocNode(parent->doc, parent->ns, BAD_CAST ANY(names, chance), NULL);
}

/* libFuzzer's own changes, its dictionary among them, kept to what XML can say. */
static gchar *changed_piece(const char *piece)
{
    guint8 buffer[PIECE_MAX] = {0};
    gsize size = MIN(strlen(piece), sizeof buffer / 2);
    memcpy(buffer, piece, size);
    size = LLVMFuzzerMutate(buffer, size, sizeof buffer);
    gchar *valid = g_utf8_make_valid((gchar *)buffer, (gssize)size);
    for (gchar *c = valid; *c != '\0'; c++)
        if ((guchar)*c < 0x20 && *c != '\t' && *c != '\n')
            *c = ' ';
    return valid;
}

static gboolean change_text(xmlDoc *doc, GRand *chance)
{
    xmlNode *text = pick(doc, chance, XML_TEXT_NODE);
    if (text == NULL)
        return FALSE;
    g_autofree gchar *changed = changed_piece((const char *)text->content);
    xmlNodeSetContent(text, BAD_CAST changed);
    return TRUE;
}

static gboolean change_attribute(xmlNode *element, GRand *chance)
{
    const char *name = ANY(attributes, chance);
    g_autofree gchar *value =
        g_rand_boolean(chance) ? g_strdup(ANY(values, chance)) : changed_piece(ANY(values, chance));
    xmlSetNsProp(element, element->ns, BAD_CAST name, BAD_CAST value);
    return TRUE;
}

static gboolean wrap(xmlNode *element, GRand *chance)
{
    xmlNode *around = new_element(element->parent, chance);
    xmlReplaceNode(element, around);
    xmlAddChild(around, element);
    return TRUE;
}

/* FALSE: nothing came of it. */
static gboolean change(xmlDoc *doc, GRand *chance)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *element = pick_element(doc, chance);
    switch (g_rand_int_range(chance, 0, 8)) {
    case 0:
        if (element == root)
            return FALSE;
        xmlUnlinkNode(element);
        xmlFreeNode(element);
        return TRUE;
    case 1:
        return xmlAddChild(pick_element(doc, chance), xmlCopyNode(element, 1)) != NULL;
    case 2:
        return element != root && xmlAddNextSibling(element, xmlCopyNode(element, 1)) != NULL;
    case 3:
        xmlNodeSetName(element, BAD_CAST ANY(names, chance));
        return TRUE;
    case 4:
        return xmlAddChild(element, new_element(element, chance)) != NULL;
    case 5:
        return element != root && wrap(element, chance);
    case 6:
        return change_attribute(element, chance);
    default:
        return change_text(doc, chance) || change_attribute(element, chance);
    }
}

/* 0: it is longer than MAX. */
static gsize written(xmlDoc *doc, guint8 *out, gsize max)
{
    xmlChar *text = NULL;
    int length = 0;
    xmlDocDumpMemoryEnc(doc, &text, &length, "UTF-8");
    gsize size = text != NULL && length > 0 && (gsize)length <= max ? (gsize)length : 0;
    if (size > 0)
        memcpy(out, text, size);
    xmlFree(text);
    return size;
}
