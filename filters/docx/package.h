/* The zip of a document and the XML parts in it (ECMA-376 part 2), within bounds. */
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

/* The main document part: what the package's relationships call officeDocument, else
 * word/document.xml. NULL with FAULT set; the caller frees. */
xmlDoc *package_main(Package *package, PackageFault *fault);
