/* The parts of a document (ECMA-376 part 2), within bounds: a zip, or the same as one XML file
 * (Flat OPC, ECMA-376 has no name for it). */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

typedef struct Package Package;

/* What is wrong with a package is a note of this filter: "docx.encrypted", "docx.corrupt_file",
 * "docx.zip_bomb", "docx.xml_dtd", "docx.xml_too_deep". */
typedef struct {
    const gchar *note; /* NULL: nothing */
    gchar *detail;     /* NULL or words for the administrator */
} PackageFault;

/* NULL with FAULT set when it cannot be read. Keeps a reference to BYTES. */
Package *package_open(GBytes *bytes, PackageFault *fault);
void package_free(Package *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Package, package_free)

/* The root of the main document part: what the package's relationships call officeDocument, else
 * word/document.xml. It lives as long as the package. NULL with FAULT set. */
const xmlNode *package_main(Package *package, PackageFault *fault);

/* The root of the part that the main part is related to as TYPE ("styles", "numbering"). It lives
 * as long as the package. NULL: there is none, or FAULT is set, since it is an attack; one that is
 * damaged is none. */
const xmlNode *package_related(Package *package, const gchar *type, PackageFault *fault);
