/* The members of rar, 7z, tar and single compressed files, by libarchive. */
#include "readers.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_read_free)

static Archive *open_archive(GBytes *bytes);
static gboolean is_packed(Archive *archive);
static MemberResult read_entry(Members *members, Archive *archive, struct archive_entry *entry);

gboolean libarchive_read(Members *members, GBytes *bytes)
{
    if (rar5_is_encrypted(bytes)) {
        members_give_up(members, "archive.encrypted", NULL);
        return TRUE;
    }
    g_autoptr(Archive) archive = open_archive(bytes);
    if (archive == NULL) {
        members_give_up(members, "archive.corrupt_file", NULL);
        return TRUE;
    }
    struct archive_entry *entry;
    int result;
    gboolean any = FALSE;
    while ((result = archive_read_next_header(archive, &entry)) != ARCHIVE_EOF) {
        any = TRUE;
        if (result < ARCHIVE_WARN || !is_packed(archive)) {
            gboolean encrypted = archive_read_has_encrypted_entries(archive) > 0;
            if (!encrypted || members->encrypted->len == 0)
                members_give_up(members, encrypted ? "archive.encrypted" : "archive.corrupt_file",
                                NULL);
            return TRUE;
        }
        MemberResult left = read_entry(members, archive, entry);
        if (left == MEMBER_FAULT)
            return FALSE;
        if (left == MEMBER_STOPPED)
            break;
    }
    /* To libarchive zeros are an empty tar, and what it cannot read of a rar is its end. */
    if (!any)
        members_give_up(members, "archive.corrupt_file", NULL);
    return TRUE;
}

static Archive *open_archive(GBytes *bytes)
{
    Archive *archive = archive_read_new();
    if (archive == NULL)
        return NULL;
    /* Only these: libarchive starts other programs for some filters. */
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_lzma(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_compress(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_rar(archive);
    archive_read_support_format_rar5(archive);
    archive_read_support_format_7zip(archive);
    archive_read_support_format_raw(archive);
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    if (archive_read_open_memory(archive, data, size) == ARCHIVE_OK)
        return archive;
    archive_read_free(archive);
    return NULL;
}

/* To libarchive any bytes are a “raw” archive of one file; to us only when they were compressed. */
static gboolean is_packed(Archive *archive)
{
    return archive_format(archive) != ARCHIVE_FORMAT_RAW || archive_filter_count(archive) > 1;
}

static gssize read_piece(gpointer source, guint8 *piece, gsize size)
{
    return archive_read_data(source, piece, size);
}

static MemberResult read_entry(Members *members, Archive *archive, struct archive_entry *entry)
{
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return MEMBER_LEFT;
    const char *raw = archive_entry_pathname(entry);
    if (raw == NULL)
        raw = archive_entry_pathname_utf8(entry);
    gboolean nameless =
        archive_format(archive) == ARCHIVE_FORMAT_RAW && g_strcmp0(raw, "data") == 0;
    g_autofree gchar *name = nameless || raw == NULL ? g_strdup("") : member_name(raw);
    if (name == NULL)
        return MEMBER_LEFT;
    if (!members_count(members))
        return MEMBER_STOPPED;
    if (archive_entry_is_encrypted(entry)) {
        g_ptr_array_add(members->encrypted, g_steal_pointer(&name));
        return MEMBER_LEFT;
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL) {
        members_give_up(members, "archive.unsupported", name);
        return MEMBER_DAMAGED;
    }
    return members_leave(members, name, read_piece, archive);
}
