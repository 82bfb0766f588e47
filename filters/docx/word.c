/* Elements of WordprocessingML and their attributes. */
#include "word.h"

#include <string.h>

static Space space_of_uri(const char *uri)
{
    static const struct {
        const char *uri;
        Space space;
    } spaces[] = {
        {"http://schemas.openxmlformats.org/wordprocessingml/2006/main", SPACE_WORD},
        {"http://purl.oclc.org/ooxml/wordprocessingml/main", SPACE_WORD},
        {"http://schemas.microsoft.com/office/word/2010/wordml", SPACE_WORD_2010},
        {"http://schemas.openxmlformats.org/officeDocument/2006/math", SPACE_MATH},
        {"http://purl.oclc.org/ooxml/officeDocument/math", SPACE_MATH},
        {"http://schemas.openxmlformats.org/markup-compatibility/2006", SPACE_COMPATIBILITY},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(spaces); i++)
        if (strcmp(uri, spaces[i].uri) == 0)
            return spaces[i].space;
    return SPACE_OTHER;
}

/* Asked several times for each element: the answer is kept at the namespace's declaration. */
Space word_space(const xmlNode *node)
{
    xmlNs *declared = node->ns;
    if (declared == NULL || declared->href == NULL)
        return SPACE_OTHER;
    if (declared->_private == NULL)
        declared->_private = GUINT_TO_POINTER(space_of_uri((const char *)declared->href) + 1U);
    return (Space)(GPOINTER_TO_UINT(declared->_private) - 1U);
}

gboolean word_is(const xmlNode *node, Space space, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0 &&
           word_space(node) == space;
}

const xmlNode *word_child(const xmlNode *node, Space space, const char *name)
{
    for (node = node != NULL ? node->children : NULL; node != NULL; node = node->next)
        if (word_is(node, space, name))
            return node;
    return NULL;
}

gchar *word_attribute(const xmlNode *node, const char *name)
{
    if (node == NULL)
        return NULL;
    xmlChar *value = xmlGetNsProp(node, BAD_CAST name, node->ns != NULL ? node->ns->href : NULL);
    if (value == NULL)
        value = xmlGetNoNsProp(node, BAD_CAST name); /* some converters leave the prefix out */
    gchar *copy = g_strdup((const gchar *)value);
    xmlFree(value);
    return copy;
}

guint word_attribute_number(const xmlNode *node, const char *name, guint most, guint otherwise)
{
    g_autofree gchar *value = word_attribute(node, name);
    guint64 number;
    if (value == NULL || !g_ascii_string_to_unsigned(value, 10, 0, most, &number, NULL))
        return otherwise;
    return (guint)number;
}

gchar *word_value(const xmlNode *node, const char *name)
{
    return word_attribute(word_child(node, SPACE_WORD, name), "val");
}

guint word_number(const xmlNode *node, const char *name, guint most, guint otherwise)
{
    return word_attribute_number(word_child(node, SPACE_WORD, name), "val", most, otherwise);
}

Flag word_flag(const xmlNode *properties, Space space, const char *name)
{
    const xmlNode *property = word_child(properties, space, name);
    if (property == NULL)
        return FLAG_UNSAID;
    g_autofree gchar *value = word_attribute(property, "val");
    static const char *const off[] = {"0", "false", "off", "none", NULL};
    return value != NULL && g_strv_contains(off, value) ? FLAG_OFF : FLAG_ON;
}
