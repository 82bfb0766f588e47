/* The kinds of Office Open XML files: zips, and the same as one XML file (Flat OPC). */
#pragma once

#include <glib.h>

/* The namespace of Flat OPC. */
#define OOXML_FLAT "http://schemas.microsoft.com/office/2006/xmlPackage"

/* The media type of the document in this zip by its [Content_Types].xml (ECMA-376 part 2, 10.1.2),
 * or its main part; NULL when it is no such file or too damaged to tell. */
const gchar *ooxml_kind(const guint8 *data, gsize size);

/* The same of XML in any encoding of Unicode; NULL when it is no Flat OPC. */
const gchar *ooxml_flat_kind(const guint8 *data, gsize size);
