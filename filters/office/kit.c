/* LibreOffice in this process: loaded, asked for one document, and left to the process's end. */
#include "kit.h"

#define LOK_USE_UNSTABLE_API /* getDocumentType */
#include <LibreOfficeKit/LibreOfficeKitInit.h>
#include <errno.h>
#include <sys/stat.h>

#define PROFILE "profile"

/* Of LibreOfficeKitEnums.h, which a C compiler does not take. */
enum {
    LOK_DOCTYPE_TEXT = 0,
    LOK_FEATURE_DOCUMENT_PASSWORD = 1,
    LOK_CALLBACK_DOCUMENT_PASSWORD = 20,
};

static gboolean is_installed(void);
static gboolean write_settings(const gchar *home, gchar **why);
static gchar *url_of(const gchar *directory, const gchar *name);
static KitResult load(LibreOfficeKit *kit, const gchar *url, LibreOfficeKitDocument **document);
static gchar *last_error(LibreOfficeKit *kit);

static gchar *value_in(const gchar *file, const gchar *section, const gchar *key)
{
    g_autofree gchar *path = g_build_filename(LIBREOFFICE, file, NULL);
    g_autoptr(GKeyFile) keys = g_key_file_new();
    return g_key_file_load_from_file(keys, path, G_KEY_FILE_NONE, NULL)
               ? g_key_file_get_string(keys, section, key, NULL)
               : NULL;
}

gchar *kit_version(void)
{
    g_autofree gchar *product = value_in("bootstraprc", "Bootstrap", "ProductKey");
    g_autofree gchar *build = value_in("versionrc", "Version", "buildid");
    return is_installed() ? g_strdup_printf("%s %s", product != NULL ? product : "LibreOffice",
                                            build != NULL ? build : "?")
                          : NULL;
}

/* Without Writer it is of no use to us. */
static gboolean is_installed(void)
{
    static const char *const needed[] = {"libmergedlo.so", "libswlo.so"};
    for (gsize i = 0; i < G_N_ELEMENTS(needed); i++) {
        g_autofree gchar *path = g_build_filename(LIBREOFFICE, needed[i], NULL);
        struct stat about;
        if (stat(path, &about) < 0)
            return FALSE;
    }
    return TRUE;
}

/* A fresh profile for each document: one made before saves nothing that can be measured. */
KitResult kit_convert(const gchar *directory, const gchar *work, const gchar *from, const gchar *to,
                      gchar **why)
{
    g_autofree gchar *home = g_build_filename(directory, work, NULL);
    g_autofree gchar *profile = url_of(home, PROFILE);
    g_autofree gchar *source = url_of(directory, from), *target = url_of(directory, to);
    g_setenv("HOME", home, TRUE);
    g_setenv("TMPDIR", home, TRUE);
    g_setenv("SAL_USE_VCLPLUGIN", "svp", TRUE); /* no display is looked for */
    if (!is_installed()) {
        *why = g_strdup("LibreOffice Writer is not installed");
        return KIT_MISSING;
    }
    if (!write_settings(home, why))
        return KIT_FAULT;
    LibreOfficeKit *kit = lok_init_2(LIBREOFFICE, profile);
    if (kit == NULL) {
        *why = g_strdup("LibreOffice does not start");
        return KIT_FAULT;
    }
    LibreOfficeKitDocument *document = NULL;
    KitResult result = load(kit, source, &document);
    if (result != KIT_CONVERTED)
        return result;
    if (document->pClass->getDocumentType(document) != LOK_DOCTYPE_TEXT)
        return KIT_NO_TEXT;
    if (document->pClass->saveAs(document, target, "docx", NULL))
        return KIT_CONVERTED;
    *why = last_error(kit);
    return KIT_FAULT;
}

/* No macro runs, whatever the default is of this version. */
static gboolean write_settings(const gchar *home, gchar **why)
{
    static const char settings[] =
        "<oor:items xmlns:oor=\"http://openoffice.org/2001/registry\">"
        "<item oor:path=\"/org.openoffice.Office.Common/Security/Scripting\">"
        "<prop oor:name=\"DisableMacrosExecution\" oor:op=\"fuse\" oor:finalized=\"true\">"
        "<value>true</value></prop></item></oor:items>";
    g_autofree gchar *directory = g_build_filename(home, PROFILE, "user", NULL);
    g_autofree gchar *path = g_build_filename(directory, "registrymodifications.xcu", NULL);
    g_autoptr(GError) error = NULL;
    if (g_mkdir_with_parents(directory, 0700) == 0 &&
        g_file_set_contents(path, settings, -1, &error))
        return TRUE;
    *why = g_strdup_printf("cannot write %s: %s", path,
                           error != NULL ? error->message : g_strerror(errno));
    return FALSE;
}

/* The directory may be a link of /proc to one that has no other path for us, so it is not
 * resolved. */
static gchar *url_of(const gchar *directory, const gchar *name)
{
    g_autofree gchar *path = g_build_filename(directory, name, NULL);
    g_autofree gchar *escaped = g_uri_escape_string(path, "/", FALSE);
    return g_strconcat("file://", escaped, NULL);
}

/* What it asks for while it reads. */
typedef struct {
    LibreOfficeKit *kit;
    gboolean password;
} Questions;

/* It waits for the answer: none is known. */
static void asked(int type, const char *url, void *data)
{
    Questions *questions = data;
    if (type != LOK_CALLBACK_DOCUMENT_PASSWORD)
        return;
    questions->password = TRUE;
    questions->kit->pClass->setDocumentPassword(questions->kit, url, NULL);
}

static KitResult load(LibreOfficeKit *kit, const gchar *url, LibreOfficeKitDocument **document)
{
    Questions questions = {.kit = kit};
    kit->pClass->registerCallback(kit, asked, &questions);
    kit->pClass->setOptionalFeatures(kit, LOK_FEATURE_DOCUMENT_PASSWORD);
    *document = kit->pClass->documentLoad(kit, url);
    kit->pClass->registerCallback(kit, NULL, NULL);
    if (questions.password)
        return KIT_ENCRYPTED;
    return *document != NULL ? KIT_CONVERTED : KIT_REFUSED;
}

static gchar *last_error(LibreOfficeKit *kit)
{
    char *said = kit->pClass->getError(kit);
    gchar *copy = g_strdup(said != NULL ? said : "");
    kit->pClass->freeError(said);
    return copy;
}
