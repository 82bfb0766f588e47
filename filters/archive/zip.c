/* The members of a zip, by libzip. */
#include "readers.h"
#include "zip-memory.h"

static MemberResult read_member(Members *members, zip_t *zip, zip_uint64_t index);

gboolean zip_read(Members *members, GBytes *bytes)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    g_autoptr(zip_t) zip = zip_open_memory(data, size);
    if (zip == NULL) {
        members_give_up(members, "archive.corrupt_file", NULL);
        return TRUE;
    }
    zip_int64_t entries = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < entries; i++) {
        MemberResult result = read_member(members, zip, (zip_uint64_t)i);
        if (result == MEMBER_FAULT)
            return FALSE;
        if (result == MEMBER_STOPPED)
            break;
    }
    return TRUE;
}

static gssize read_piece(gpointer source, guint8 *piece, gsize size)
{
    return (gssize)zip_fread(source, piece, size);
}

static MemberResult read_member(Members *members, zip_t *zip, zip_uint64_t index)
{
    /* Raw, but in UTF-8 where an Info-ZIP Unicode Path says it:
     * libzip has put that in its place. */
    const char *raw = zip_get_name(zip, index, ZIP_FL_ENC_RAW);
    g_autofree gchar *name = member_name(raw != NULL ? raw : "");
    if (name == NULL)
        return MEMBER_LEFT;
    if (!members_count(members))
        return MEMBER_STOPPED;
    zip_stat_t about;
    if (zip_stat_index(zip, index, 0, &about) == 0 && (about.valid & ZIP_STAT_ENCRYPTION_METHOD) &&
        about.encryption_method != ZIP_EM_NONE) {
        g_ptr_array_add(members->encrypted, g_steal_pointer(&name));
        return MEMBER_LEFT;
    }
    g_autoptr(zip_file_t) file = zip_fopen_index(zip, index, 0);
    if (file == NULL) {
        gboolean unknown = zip_error_code_zip(zip_get_error(zip)) == ZIP_ER_COMPNOTSUPP;
        members_give_up(members, unknown ? "archive.unsupported" : "archive.corrupt_file", name);
        return MEMBER_DAMAGED;
    }
    return members_leave(members, name, read_piece, file);
}
