/* The XML of a part: everything is counted while it is parsed. */
#include "bounded-xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

enum {
    DEPTH_MAX = 200,    /* libxml2's own limit is 256; nested tables of people stay below 60 */
    TEXT_MAX = 8 << 20, /* libxml2 itself takes 10 MB in one element */
    NODES_MAX = 400000, /* elements and attributes; about a KiB each in all, when they are cells */
    /* libxml2 compares each attribute with all others of its element, and looks for each prefix
     * through all namespaces. People's have some ten and some forty. */
    ATTRIBUTES_MAX = 512,
    TAG_MAX = 10000, /* equals signs in a tag that has not ended */
};

struct BoundedXml {
    xmlParserCtxt *parser;
    guint depth, nodes;
    gsize text;
    gboolean binary; /* within a picture of Flat OPC */
    guint skipped;   /* depth of the element that nobody reads, with all that is in it; 0: none */
    gboolean ended;
    GArray *kept; /* of const xmlChar *: attributes of the element at hand */
    const gchar *note;
};

/* Those of VALUES (five pointers each, the first the name) that somebody reads: the others are half
 * of a document in memory. A copy, since the parser frees by the order of its own. */
static int keep_attributes(BoundedXml *xml, const xmlChar **values, int count)
{
    static const char *const read[] = {/* Packages */
                                       "Type", "Target", "PartName", "ContentType", "name",
                                       /* Runs */
                                       "val", "space", "ascii", "hAnsi", "font", "char",
                                       "fldCharType", "instr", "Requires", "fill",
                                       /* Styles and numbering */
                                       "styleId", "numId", "abstractNumId", "ilvl", NULL};
    g_array_set_size(xml->kept, 0);
    for (gsize i = 0; i < (gsize)count; i++)
        if (g_strv_contains(read, (const gchar *)values[i * 5]))
            g_array_append_vals(xml->kept, values + i * 5, 5);
    return (int)xml->kept->len / 5;
}

/* How text and tables look, which is half of the elements of a document. */
static gboolean is_formatting(const gchar *name)
{
    static const char *const formatting[] = {
        "sz",   "szCs", "spacing", "jc",         "vAlign",       "tcW",        "ind",
        "kern", "lang", "tblGrid", "tblBorders", "tcBorders",    "tblCellMar", "trHeight",
        "bCs",  "iCs",  "tabs",    "snapToGrid", "widowControl", "proofErr",   NULL};
    return g_strv_contains(formatting, name);
}

static void stop(BoundedXml *xml, const gchar *note)
{
    xml->note = note;
    xmlStopParser(xml->parser);
}

static BoundedXml *xml_of(void *context)
{
    return ((xmlParserCtxt *)context)->_private;
}

static gboolean is_binary(const xmlChar *name)
{
    return strcmp((const char *)name, "binaryData") == 0;
}

static void start_element(void *context, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespaces, const xmlChar **declared,
                          int attributes, int defaulted, const xmlChar **values)
{
    BoundedXml *xml = xml_of(context);
    xml->binary |= is_binary(name);
    if (++xml->depth > DEPTH_MAX) {
        stop(xml, "docx.xml_too_deep");
    } else if (attributes + xml->parser->nsNr / 2 > ATTRIBUTES_MAX) {
        stop(xml, "docx.zip_bomb");
    } else if (xml->skipped == 0 && is_formatting((const gchar *)name)) {
        xml->skipped = xml->depth;
    } else if (xml->skipped == 0) {
        int kept = keep_attributes(xml, values, attributes);
        xml->nodes += 1 + (guint)kept + (guint)namespaces;
        if (xml->nodes > NODES_MAX) {
            stop(xml, "docx.zip_bomb");
            return;
        }
        xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, declared, kept, defaulted,
                              (const xmlChar **)(void *)xml->kept->data);
    }
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    BoundedXml *xml = xml_of(context);
    guint depth = xml->depth--;
    xml->binary &= !is_binary(name);
    if (xml->skipped == 0)
        xmlSAX2EndElementNs(context, name, prefix, uri);
    else if (xml->skipped == depth)
        xml->skipped = 0;
}

static void characters(void *context, const xmlChar *text, int length)
{
    BoundedXml *xml = xml_of(context);
    if (xml->binary || xml->skipped > 0)
        return;
    xml->text += (gsize)length;
    if (xml->text > TEXT_MAX)
        stop(xml, "docx.zip_bomb");
    else
        xmlSAX2Characters(context, text, length);
}

static void document_type(void *context, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    (void)name;
    (void)id;
    (void)uri;
    stop(xml_of(context), "docx.xml_dtd");
}

/* libxml2 says some things past XML_PARSE_NOERROR. */
static void say_nothing(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

BoundedXml *bounded_xml_new(void)
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
    BoundedXml *xml = g_new0(BoundedXml, 1);
    xml->kept = g_array_new(FALSE, FALSE, sizeof(const xmlChar *));
    xml->parser = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
    if (xml->parser == NULL)
        g_error("out of memory");
    xmlCtxtUseOptions(xml->parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                       XML_PARSE_COMPACT);
    xml->parser->_private = xml;
    return xml;
}

void bounded_xml_free(BoundedXml *xml)
{
    if (xml == NULL)
        return;
    xmlFreeDoc(xml->parser->myDoc);
    xmlFreeParserCtxt(xml->parser);
    g_array_unref(xml->kept);
    g_free(xml);
}

/* Whether the tag that the parser waits for the end of has more attributes than it should compare;
 * one with a picture in an attribute is long, and has few. */
static gboolean is_flood(const xmlParserInput *input)
{
    const xmlChar *at = input->cur;
    gsize left = (gsize)(input->end - at);
    if (left < TAG_MAX || at[0] != '<' || at[1] == '!' || at[1] == '?')
        return FALSE;
    for (guint signs = 0; signs <= TAG_MAX; signs++) {
        const xmlChar *sign = memchr(at, '=', left);
        if (sign == NULL)
            return FALSE;
        left -= (gsize)(sign + 1 - at);
        at = sign + 1;
    }
    return TRUE;
}

const gchar *bounded_xml_feed(BoundedXml *xml, const gchar *bytes, gsize length)
{
    xml->ended = length == 0;
    xmlParseChunk(xml->parser, bytes, (int)length, length == 0);
    if (xml->note == NULL && (!xml->parser->wellFormed || xml->parser->disableSAX))
        xml->note = "docx.corrupt_file";
    if (xml->note == NULL && is_flood(xml->parser->input))
        stop(xml, "docx.zip_bomb");
    return xml->note;
}

xmlDoc *bounded_xml_finish(BoundedXml *xml)
{
    const xmlDoc *whole = xml->ended && xml->note == NULL ? xml->parser->myDoc : NULL;
    if (whole == NULL || xmlDocGetRootElement(whole) == NULL)
        return NULL;
    return g_steal_pointer(&xml->parser->myDoc);
}
