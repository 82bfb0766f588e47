/* archive: the members of zip, rar, 7z, tar and gz as files. */
#include "detect/detect.h"
#include "members.h"
#include "readers.h"

#include <locale.h>
#include <string.h>

static FilterStatus read_archive(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    g_autoptr(GPtrArray) encrypted = g_ptr_array_new_with_free_func(g_free);
    Members members = {.filter = filter, .packed = g_bytes_get_size(bytes), .encrypted = encrypted};
    gsize size = 0;
    const gchar *data = g_bytes_get_data(bytes, &size);
    gboolean zip = size >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0);
    gboolean done = zip ? zip_read(&members, bytes) : libarchive_read(&members, bytes);
    return done ? members_end(&members) : FILTER_FAULT;
}

static gboolean prepare(G_GNUC_UNUSED Filter *filter)
{
    return detect_prepare();
}

int main(int argc, char **argv)
{
    /* libarchive converts the names in UTF-16 of rar and 7z to the locale's characters. */
    setlocale(LC_CTYPE, "C.UTF-8");
    return filter_main(
        argc, argv,
        &(FilterProgram){.version = "archive 3", .prepare = prepare, .read = read_archive});
}
