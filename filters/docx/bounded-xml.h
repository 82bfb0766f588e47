/* One XML part as a tree, within bounds: of depth, nodes, text, and of the attributes of an element
 * with the namespaces that it knows. The parser sees neither the network nor a document type, and
 * keeps only the attributes that somebody reads. */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

typedef struct BoundedXml BoundedXml;

BoundedXml *bounded_xml_new(void);
void bounded_xml_free(BoundedXml *xml);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BoundedXml, bounded_xml_free)

/* LENGTH bytes more, some KiB (more than that would be parsed before they are counted), 0 at the
 * end. NULL: all is well; else the note of what is wrong
 * ("docx.corrupt_file", "docx.zip_bomb", "docx.xml_dtd", "docx.xml_too_deep"). */
const gchar *bounded_xml_feed(BoundedXml *xml, const gchar *bytes, gsize length);
/* The tree, which the caller frees; NULL unless all was fed and was well. */
xmlDoc *bounded_xml_finish(BoundedXml *xml);
