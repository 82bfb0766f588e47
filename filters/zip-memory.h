/* A zip in memory, for the filters that read zips: libzip's handles, bound to their scope. */
#pragma once

#include <glib.h>
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
