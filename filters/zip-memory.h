/* A zip in memory, for the filters that read zips: libzip's handles, bound to their scope. */
#pragma once

#include <glib.h>
#include <string.h>
#include <zip.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(zip_t, zip_discard)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(zip_file_t, zip_fclose)

/* The zip in the SIZE bytes of DATA, which must outlive it; NULL when they are none. */
static inline zip_t *zip_open_memory(const void *data, gsize size)
{
    zip_source_t *source = zip_source_buffer_create(data, size, 0, NULL);
    if (source == NULL)
        return NULL;
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY, NULL);
    if (zip == NULL)
        zip_source_free(source);
    return zip;
}

/* The NAME of a member as those of packages are compared: without regard to case (ECMA-376 part 2,
 * 6.2.2.3), and some programs pack them with backslashes, or a slash before. */
static inline gchar *zip_plain_name(const gchar *name)
{
    gchar *plain = g_strdelimit(g_ascii_strdown(name, -1), "\\", '/');
    gsize slashes = strspn(plain, "/");
    memmove(plain, plain + slashes, strlen(plain + slashes) + 1);
    return plain;
}
