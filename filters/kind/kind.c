/* kind: what a file is, by its bytes alone; the first filter that meets a file of which nobody said
 * it, since its answer says which others may read it. */
#include "detect/detect.h"
#include "filter.h"

static FilterStatus read_kind(Filter *filter)
{
    g_autoptr(GBytes) bytes = filter_bytes(filter);
    if (bytes == NULL)
        return FILTER_FAULT;
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    filter_fact_text(filter, "file.kind", 0, detect_kind(data, size));
    return FILTER_READ;
}

static gboolean prepare(G_GNUC_UNUSED Filter *filter)
{
    return detect_prepare();
}

int main(int argc, char **argv)
{
    return filter_main(
        argc, argv, &(FilterProgram){.version = "kind 2", .prepare = prepare, .read = read_kind});
}
