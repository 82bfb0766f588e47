/* What a filter printed, believed only when every line of it keeps the contract. */
#include "reading.h"

#include "clean-line.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_LINE = 1024 * 1024,
    MAX_FORMS = 100, /* in one document */
    MAX_FACTS = 10000,
    MAX_NOTES = 2000,
    MAX_KIND = 100,
    MAX_DEPTH = 100, /* of lists and objects in a fact: readers of JSON have limits too */
};

/* Where the files are that it left, and where they go. */
typedef struct {
    int fd;
    Spool *spool;
} Outdir;

static Reading *reading_new(ReadingStatus status);
static gboolean take_line(Reading *reading, const gchar *text, gsize length, const Outdir *outdir,
                          GError **error);
static gboolean take_object(Reading *reading, const json_t *line, const Outdir *outdir,
                            GError **error);
static gboolean take_fact(Reading *reading, const json_t *line, GError **error);
static gboolean take_note(Reading *reading, const json_t *line, GError **error);
static gboolean take_file(Reading *reading, const json_t *line, const Outdir *outdir,
                          GError **error);

Reading *reading_take(ReadingStatus status, const gchar *text, gsize length, int outdir_fd,
                      Spool *spool, GError **error)
{
    g_autoptr(Reading) reading = reading_new(status);
    const Outdir outdir = {outdir_fd, spool};
    reading->length = length;
    const gchar *end = text + length;
    for (guint number = 1; text < end; number++) {
        const gchar *newline = memchr(text, '\n', (gsize)(end - text));
        g_autoptr(GError) wrong = NULL;
        if (newline == NULL)
            sj_fail(&wrong, SJ_ERROR_DATA, " is cut off");
        else
            take_line(reading, text, (gsize)(newline - text), &outdir, &wrong);
        if (g_error_matches(wrong, SJ_ERROR, SJ_ERROR_DATA)) {
            g_autofree gchar *why = g_strdup_printf("line %u%s", number, wrong->message);
            return reading_fault(why);
        }
        if (wrong != NULL) {
            g_propagate_error(error, g_steal_pointer(&wrong));
            return NULL;
        }
        text = newline + 1;
    }
    return g_steal_pointer(&reading);
}

Reading *reading_fault(const gchar *why)
{
    Reading *reading = reading_new(READING_FAULT);
    reading->why = clean_line(why);
    return reading;
}

void reading_free(Reading *reading)
{
    if (reading == NULL)
        return;
    g_free(reading->why);
    g_ptr_array_unref(reading->facts);
    g_ptr_array_unref(reading->notes);
    g_ptr_array_unref(reading->files);
    g_free(reading);
}

void fact_free(Fact *fact)
{
    g_free(fact->name);
    json_decref(fact->value);
    g_free(fact);
}

static void note_free(Note *note)
{
    g_free(note->name);
    g_free(note->detail);
    g_free(note);
}

static void left_file_free(LeftFile *file)
{
    spool_file_free(file->file);
    g_free(file->name);
    g_free(file->kind);
    g_free(file);
}

static Reading *reading_new(ReadingStatus status)
{
    Reading *reading = g_new0(Reading, 1);
    reading->status = status;
    reading->facts = g_ptr_array_new_with_free_func((GDestroyNotify)fact_free);
    reading->notes = g_ptr_array_new_with_free_func((GDestroyNotify)note_free);
    reading->files = g_ptr_array_new_with_free_func((GDestroyNotify)left_file_free);
    return reading;
}

/* A line that breaks the contract is SJ_ERROR_DATA with what follows "line N"; any other error is
 * our own. */
static gboolean take_line(Reading *reading, const gchar *text, gsize length, const Outdir *outdir,
                          GError **error)
{
    if (length > MAX_LINE)
        return sj_fail(error, SJ_ERROR_DATA, " is longer than %d MiB", MAX_LINE >> 20);
    json_error_t wrong;
    json_t *line = json_loadb(text, length, 0, &wrong);
    if (line == NULL)
        return sj_fail(error, SJ_ERROR_DATA, " is not JSON: %s", wrong.text);
    gboolean taken = take_object(reading, line, outdir, error);
    json_decref(line);
    return taken;
}

static gboolean take_object(Reading *reading, const json_t *line, const Outdir *outdir,
                            GError **error)
{
    if (!json_is_object(line))
        return sj_fail(error, SJ_ERROR_DATA, " is not a JSON object");
    if (json_object_get(line, "fact") != NULL)
        return take_fact(reading, line, error);
    if (json_object_get(line, "note") != NULL)
        return take_note(reading, line, error);
    if (json_object_get(line, "file") != NULL)
        return take_file(reading, line, outdir, error);
    return TRUE; /* of a later version of the contract */
}

static gboolean is_deep(const json_t *value, guint levels)
{
    if (levels == 0)
        return TRUE;
    const char *key;
    json_t *inside;
    size_t i;
    json_array_foreach(value, i, inside) if (is_deep(inside, levels - 1)) return TRUE;
    json_object_foreach((json_t *)value, key, inside) if (is_deep(inside, levels - 1)) return TRUE;
    return FALSE;
}

static gboolean take_fact(Reading *reading, const json_t *line, GError **error)
{
    const gchar *name = json_string_value(json_object_get(line, "fact"));
    json_t *value = json_object_get(line, "value");
    const json_t *form = json_object_get(line, "form");
    if (name == NULL || name[0] == '\0')
        return sj_fail(error, SJ_ERROR_DATA, ": a fact without a name");
    if (value == NULL || json_is_null(value))
        return sj_fail(error, SJ_ERROR_DATA, ": the fact %.80s has no value", name);
    if (reading->facts->len >= MAX_FACTS)
        return sj_fail(error, SJ_ERROR_DATA, ": more than %d facts", MAX_FACTS);
    if (is_deep(value, MAX_DEPTH))
        return sj_fail(error, SJ_ERROR_DATA, ": the fact %.80s is nested too deeply", name);
    json_int_t number = json_integer_value(form);
    if (form != NULL && (!json_is_integer(form) || number < 0))
        return sj_fail(error, SJ_ERROR_DATA, ": the form of the fact %.80s is not a number", name);
    if (number > MAX_FORMS)
        return sj_fail(error, SJ_ERROR_DATA, ": more than %d forms", MAX_FORMS);
    Fact *fact = g_new0(Fact, 1);
    *fact = (Fact){.name = g_strdup(name), .value = json_incref(value), .form = (guint)number};
    g_ptr_array_add(reading->facts, fact);
    return TRUE;
}

static gboolean take_note(Reading *reading, const json_t *line, GError **error)
{
    const gchar *name = json_string_value(json_object_get(line, "note"));
    const json_t *detail = json_object_get(line, "detail");
    if (name == NULL || name[0] == '\0')
        return sj_fail(error, SJ_ERROR_DATA, ": a note without a name");
    if (detail != NULL && !json_is_string(detail))
        return sj_fail(error, SJ_ERROR_DATA, ": the detail of the note %.80s is not a string",
                       name);
    if (reading->notes->len >= MAX_NOTES)
        return sj_fail(error, SJ_ERROR_DATA, ": more than %d notes", MAX_NOTES);
    Note *note = g_new0(Note, 1);
    *note = (Note){.name = g_strdup(name), .detail = g_strdup(json_string_value(detail))};
    g_ptr_array_add(reading->notes, note);
    return TRUE;
}

/* RFC 6838, 4.2. */
static gboolean is_media_type(const gchar *text)
{
    static const gchar letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "!#$&-^_.+";
    gsize type = strspn(text, letters);
    if (type == 0 || text[type] != '/')
        return FALSE;
    gsize rest = strspn(text + type + 1, letters);
    return rest > 0 && text[type + 1 + rest] == '\0' && type + 1 + rest <= MAX_KIND;
}

static gboolean take_file(Reading *reading, const json_t *line, const Outdir *outdir,
                          GError **error)
{
    const gchar *number = json_string_value(json_object_get(line, "file"));
    const gchar *name = json_string_value(json_object_get(line, "name"));
    gsize digits = number != NULL ? strspn(number, "0123456789") : 0;
    if (digits < 1 || digits > 9 || number[digits] != '\0')
        return sj_fail(error, SJ_ERROR_DATA, ": a file is announced by a name of 1 to 9 digits");
    if (name == NULL)
        return sj_fail(error, SJ_ERROR_DATA, ": the file %s has no name", number);
    const gchar *kind = json_string_value(json_object_get(line, "kind"));
    if (kind != NULL && !is_media_type(kind))
        return sj_fail(error, SJ_ERROR_DATA, ": the kind of the file %s is no media type", number);

    int fd = openat(outdir->fd, number, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        gboolean ours = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        return sj_fail_errno(error, ours ? SJ_ERROR_LATER : SJ_ERROR_DATA,
                             ": cannot open the file %s", number);
    }
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_nlink != 1) {
        close(fd);
        return sj_fail(error, SJ_ERROR_DATA, ": the file %s is not a regular file with one link",
                       number);
    }
    /* Its name is gone at once, so that nothing can be announced twice. */
    SpoolFile *adopted = spool_adopt(outdir->spool, SPOOL_PARTS, outdir->fd, number, fd, error);
    if (adopted == NULL) {
        g_prefix_error(error, ": ");
        return FALSE;
    }
    LeftFile *file = g_new0(LeftFile, 1);
    *file = (LeftFile){.file = adopted,
                       .name = g_strdup(name),
                       .is_inline = json_is_true(json_object_get(line, "inline")),
                       .kind = g_strdup(kind),
                       .is_rendition = json_is_true(json_object_get(line, "rendition"))};
    g_ptr_array_add(reading->files, file);
    return TRUE;
}

const json_t *fact_value(const GPtrArray *facts, const gchar *name, guint form)
{
    for (guint i = 0; i < facts->len; i++) {
        const Fact *fact = facts->pdata[i];
        if (fact->form == form && strcmp(fact->name, name) == 0)
            return fact->value;
    }
    return NULL;
}

static gboolean has_number(const GArray *forms, guint form)
{
    for (guint i = 0; i < forms->len; i++)
        if (g_array_index(forms, guint, i) == form)
            return TRUE;
    return FALSE;
}

GArray *facts_forms(const GPtrArray *facts)
{
    GArray *forms = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < facts->len; i++) {
        guint form = ((const Fact *)facts->pdata[i])->form;
        if (form > 0 && !has_number(forms, form) && fact_value(facts, "form.other", form) == NULL)
            g_array_append_val(forms, form);
    }
    return forms;
}
