/* The XML of a part: everything is counted while it is parsed. */
#include "bounded-xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

enum {
    DEPTH_MAX = 200,     /* libxml2's own limit is 256; nested tables of people stay below 60 */
    TEXT_MAX = 8 << 20,  /* libxml2 itself takes 10 MB in one element */
    NODES_MAX = 1000000, /* elements and attributes; about 200 bytes each in memory */
};

struct BoundedXml {
    xmlParserCtxt *parser;
    guint depth, nodes;
    gsize text;
    gboolean binary; /* within a picture of Flat OPC */
    gboolean ended;
    const gchar *note;
};

/* Those that somebody reads, in the order of VALUES (five pointers each, the first its name): the
 * others are half of a document in memory. Returns how many. */
static int keep_attributes(const xmlChar **values, int count)
{
    static const char *const read[] = {/* Packages */
                                       "Type", "Target", "name",
                                       /* Runs */
                                       "val", "space", "ascii", "hAnsi", "font", "char",
                                       "fldCharType", "instr", "Requires", "fill",
                                       /* Styles and numbering */
                                       "styleId", "numId", "abstractNumId", "ilvl", NULL};
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (g_strv_contains(read, (const gchar *)values[(gsize)i * 5]))
            memmove(values + (gsize)kept++ * 5, values + (gsize)i * 5, 5 * sizeof *values);
    return kept;
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
    xml->nodes += 1 + (guint)attributes + (guint)namespaces;
    xml->binary |= is_binary(name);
    if (++xml->depth > DEPTH_MAX)
        stop(xml, "docx.xml_too_deep");
    else if (xml->nodes > NODES_MAX)
        stop(xml, "docx.zip_bomb");
    else
        xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, declared,
                              keep_attributes(values, attributes), defaulted, values);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    BoundedXml *xml = xml_of(context);
    xml->depth--;
    xml->binary &= !is_binary(name);
    xmlSAX2EndElementNs(context, name, prefix, uri);
}

static void characters(void *context, const xmlChar *text, int length)
{
    BoundedXml *xml = xml_of(context);
    if (xml->binary)
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
    g_free(xml);
}

const gchar *bounded_xml_feed(BoundedXml *xml, const gchar *bytes, gsize length)
{
    xml->ended = length == 0;
    xmlParseChunk(xml->parser, bytes, (int)length, length == 0);
    if (xml->note == NULL && (!xml->parser->wellFormed || xml->parser->disableSAX))
        xml->note = "docx.corrupt_file";
    return xml->note;
}

xmlDoc *bounded_xml_finish(BoundedXml *xml)
{
    const xmlDoc *whole = xml->ended && xml->note == NULL ? xml->parser->myDoc : NULL;
    if (whole == NULL || xmlDocGetRootElement(whole) == NULL)
        return NULL;
    return g_steal_pointer(&xml->parser->myDoc);
}
