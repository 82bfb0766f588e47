/* Where each file of a mail lies: in which mails, archives and folders, and what their names tell
 * about whose it is. */
#include "trail.h"

#include "incoming.h"

#include <string.h>

/* Shorter ones stand in other words, too. */
#define NAME_LEAST 4 /* characters */

typedef struct {
    gchar *place, *names;
} Trail;

struct Trails {
    GHashTable *trails; /* gint64 id of a part → Trail* */
};

static void trail_free(Trail *trail)
{
    g_free(trail->place);
    g_free(trail->names);
    g_free(trail);
}

static const Trail *find(const Trails *trails, gint64 part)
{
    return g_hash_table_lookup(trails->trails, &part);
}

/* A name in an archive has its folders before it. */
static Trail *lead_to(const Part *part, const Trail *above)
{
    Trail *trail = g_new(Trail, 1);
    g_autofree gchar *place =
        g_strdup_printf("%s\n%" G_GINT64_FORMAT "/%s", above->place, part->parent, part->name);
    *strrchr(place, '/') = '\0';
    trail->place = g_strdelimit(g_steal_pointer(&place), "/", '\n');
    trail->names = g_strconcat(above->names, "/", part->name, NULL);
    return trail;
}

Trails *trails_new(const GPtrArray *parts)
{
    static const Trail outside = {(gchar *)"", (gchar *)""};
    Trails *trails = g_new(Trails, 1);
    trails->trails =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)trail_free);
    for (guint i = 0; i < parts->len; i++) {
        Part *part = parts->pdata[i];
        const Trail *above = find(trails, part->parent);
        g_hash_table_insert(trails->trails, &part->id,
                            lead_to(part, above != NULL ? above : &outside));
    }
    return trails;
}

void trails_free(Trails *trails)
{
    g_hash_table_unref(trails->trails);
    g_free(trails);
}

const gchar *trails_place(const Trails *trails, const Part *part)
{
    return find(trails, part->id)->place;
}

gchar *trails_names(const Trails *trails, const Part *part)
{
    return identity_of(find(trails, part->id)->names);
}

static gsize length_within(const gchar *names, const gchar *name)
{
    return name != NULL && g_utf8_strlen(name, -1) >= NAME_LEAST && strstr(names, name) != NULL
               ? strlen(name)
               : 0;
}

gsize names_tell(const gchar *names, const gchar *unit, const gchar *demand)
{
    return names != NULL ? length_within(names, unit) + length_within(names, demand) : 0;
}
