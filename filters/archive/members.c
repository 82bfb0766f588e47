/* What the readers of zip and of the other archives share: names, limits, notes. */
#include "members.h"

#include "detect/detect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT_LIMIT    1000
#define UNPACKED_LIMIT (256 * 1024 * 1024)
/* Office documents and scans come nowhere near; small files of blanks may. */
#define RATIO_LIMIT 200
#define RATIO_FROM  (10 * 1024 * 1024)
#define NAME_LIMIT  1024

/* libarchive has made slashes of a rar's backslashes, also where they are the second byte of a
 * character, which a slash never is. */
static void mend_slashes(guchar *name)
{
    for (; name[0] != '\0' && name[1] != '\0'; name++)
        if (name[0] >= 0x81 && name[0] <= 0xfe) {
            if (name[1] == '/')
                name[1] = '\\';
            name++;
        }
}

/* Windows' Chinese zip programs write GB18030 without saying so. Before any look at its characters:
 * a second byte may be a backslash. */
static gchar *to_utf8(const gchar *name)
{
    if (g_utf8_validate(name, -1, NULL))
        return g_strdup(name);
    g_autofree gchar *raw = g_strdup(name);
    mend_slashes((guchar *)raw);
    gchar *chinese =
        g_convert_with_fallback(raw, -1, "UTF-8", "GB18030", "\xef\xbf\xbd", NULL, NULL, NULL);
    return chinese != NULL ? chinese : g_utf8_make_valid(name, -1);
}

static gboolean is_of_the_system(const gchar *folder_or_file)
{
    static const char *const names[] = {"__MACOSX", ".DS_Store", "Thumbs.db", NULL};
    return g_strv_contains(names, folder_or_file);
}

static gchar *clean_component(const gchar *component)
{
    GString *clean = g_string_new(NULL);
    for (const gchar *at = component; *at != '\0'; at = g_utf8_next_char(at))
        if (!g_unichar_iscntrl(g_utf8_get_char(at)))
            g_string_append_unichar(clean, g_utf8_get_char(at));
    return g_strstrip(g_string_free(clean, FALSE));
}

gchar *member_name(const gchar *name)
{
    g_autofree gchar *text = to_utf8(name);
    g_strdelimit(text, "\\", '/');
    if (*text == '\0' || g_str_has_suffix(text, "/"))
        return NULL;
    g_auto(GStrv) components = g_strsplit(text, "/", 0);
    g_autoptr(GString) path = g_string_new(NULL);
    for (guint i = 0; components[i] != NULL; i++) {
        g_autofree gchar *component = clean_component(components[i]);
        gboolean drive = i == 0 && g_ascii_isalpha(component[0]) && strcmp(component + 1, ":") == 0;
        if (*component == '\0' || strcmp(component, ".") == 0 || strcmp(component, "..") == 0 ||
            drive)
            continue;
        if (is_of_the_system(component))
            return NULL;
        g_string_append_printf(path, "%s%s", path->len > 0 ? "/" : "", component);
    }
    /* What tells files apart is at the end. */
    const gchar *start = path->str + (path->len > NAME_LIMIT ? path->len - NAME_LIMIT : 0);
    while (((guchar)*start & 0xc0) == 0x80)
        start++;
    return g_strdup(start);
}

static gboolean stop(Members *members, const gchar *note)
{
    members->stopped = note;
    return FALSE;
}

gboolean members_count(Members *members)
{
    return ++members->count <= COUNT_LIMIT || stop(members, "archive.too_large");
}

static gboolean within_limits(Members *members, gsize more)
{
    members->unpacked += more;
    if (members->unpacked > RATIO_FROM && members->unpacked / RATIO_LIMIT > members->packed)
        return stop(members, "archive.zip_bomb");
    return members->unpacked <= UNPACKED_LIMIT || stop(members, "archive.too_large");
}

static MemberResult copy(Members *members, FILE *out, MemberRead read, gpointer source)
{
    static guint8 piece[64 * 1024];
    gssize got;
    while ((got = read(source, piece, sizeof piece)) > 0) {
        if (!within_limits(members, (gsize)got))
            return MEMBER_STOPPED;
        if (fwrite(piece, 1, (gsize)got, out) != (gsize)got)
            return MEMBER_FAULT;
    }
    return got == 0 ? MEMBER_LEFT : MEMBER_DAMAGED;
}

MemberResult members_leave(Members *members, const gchar *name, MemberRead read, gpointer source)
{
    int fd = filter_file_create(members->filter);
    FILE *out = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (out == NULL)
        return MEMBER_FAULT;
    MemberResult result = copy(members, out, read, source);
    if (fflush(out) != 0 || result == MEMBER_FAULT) {
        fprintf(stderr, "cannot write a member: %s\n", strerror(errno));
        result = MEMBER_FAULT;
    }
    const gchar *kind = result == MEMBER_LEFT ? detect_file(fd) : NULL;
    fclose(out);
    if (result == MEMBER_DAMAGED)
        members_give_up(members, "archive.corrupt_file", name);
    if (result != MEMBER_LEFT)
        return result;
    if (kind == NULL)
        return MEMBER_FAULT;
    filter_file_announce(members->filter, name, kind, FALSE);
    members->left++;
    return MEMBER_LEFT;
}

void members_give_up(Members *members, const gchar *note, const gchar *name)
{
    filter_note(members->filter, note, name);
    members->given_up++;
}

FilterStatus members_end(Members *members)
{
    if (members->stopped != NULL) {
        filter_note(members->filter, members->stopped, NULL);
        return FILTER_UNREADABLE;
    }
    guint encrypted = members->encrypted->len;
    if (members->left == 0 && members->given_up == 0 && encrypted > 0) {
        filter_note(members->filter, "archive.encrypted", NULL);
        return FILTER_UNREADABLE;
    }
    for (guint i = 0; i < encrypted; i++)
        filter_note(members->filter, "archive.encrypted", members->encrypted->pdata[i]);
    return members->left == 0 && members->given_up > 0 ? FILTER_UNREADABLE : FILTER_READ;
}
