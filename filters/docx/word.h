/* Elements of WordprocessingML (ECMA-376 part 1, 17) and its neighbours, whatever prefixes a
 * document gives them. */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

/* Transitional and strict documents differ in the names of their namespaces only. */
typedef enum {
    SPACE_OTHER,
    SPACE_WORD,
    SPACE_WORD_2010,
    SPACE_MATH,
    SPACE_COMPATIBILITY,
} Space;

Space word_space(const xmlNode *node);
gboolean word_is(const xmlNode *node, Space space, const char *name);
/* The first child of that name, or NULL; NODE may be NULL. */
const xmlNode *word_child(const xmlNode *node, Space space, const char *name);

/* The attribute, which in these vocabularies is in the namespace of its element; NULL: none, or
 * NODE is NULL. */
gchar *word_attribute(const xmlNode *node, const char *name);
/* The same as a number; OTHERWISE where there is none from 0 to MOST. */
guint word_attribute_number(const xmlNode *node, const char *name, guint most, guint otherwise);

/* w:val of the child NAME, in the namespace of WordprocessingML; NODE may be NULL. */
gchar *word_value(const xmlNode *node, const char *name);
guint word_number(const xmlNode *node, const char *name, guint most, guint otherwise);

typedef enum { FLAG_UNSAID, FLAG_OFF, FLAG_ON } Flag;

/* A property that is switched on by its presence (17.17.4, 22.9.2.7); PROPERTIES may be NULL. */
Flag word_flag(const xmlNode *properties, Space space, const char *name);
