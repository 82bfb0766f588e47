/* What a file is to a submission. */
#include "role.h"

#include <string.h>

const gchar *role_by_facts(const GPtrArray *facts)
{
    g_autoptr(GArray) forms = facts_forms(facts);
    if (forms->len > 0)
        return "form";
    return fact_value(facts, "scan.pages", 0) != NULL ? "scan" : "other";
}

static const char *const document_kinds[] = {
    "application/msword",        "application/x-ole-storage",
    "application/vnd.ms-office", "application/vnd.ms-works",
    "application/rtf",           "application/vnd.oasis.opendocument.text",
    "application/vnd.ms-tnef",   "application/pdf",
    "application/x-word-html",   "application/x-word-2003-xml",
    "application/x-mimearchive",
};

/* Bytes of no known kind are what is left of a document that broke on its way, when their name
 * says that they were one. */
static const char *const document_endings[] = {
    ".docx", ".doc", ".docm", ".dotx", ".wps", ".wpt", ".rtf",
    ".odt",  ".pdf", ".jpg",  ".jpeg", ".png", ".tif", ".tiff",
    ".heic", ".bmp", ".zip",  ".rar",  ".7z",  ".eml", "winmail.dat",
};

gboolean role_is_unread_document(const Part *part)
{
    /* Word's lock file of an open document goes along when a whole folder is packed. */
    if (part->is_inline || g_str_has_prefix(part->name, "~$"))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(document_kinds); i++)
        if (strcmp(part->type, document_kinds[i]) == 0)
            return TRUE;
    if (strcmp(part->type, "application/octet-stream") != 0 &&
        strcmp(part->type, "inode/x-empty") != 0)
        return FALSE;
    g_autofree gchar *name = g_ascii_strdown(part->name, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(document_endings); i++)
        if (g_str_has_suffix(name, document_endings[i]))
            return TRUE;
    return FALSE;
}
