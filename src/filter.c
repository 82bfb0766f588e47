/* The rooms of the filters, and the one place where the program waits for them. What a run is: in
 * filter-run.c; what it said: in reading.c. */
#include "filter.h"

#include "clean-line.h"
#include "error.h"
#include "filter-run.h"

#include <string.h>

#define MAX_VERSION 200 /* bytes */

/* A room, and who is in it. */
typedef struct {
    FilterRoom *room;
    FilterRun *run; /* NULL: it is free */
    gpointer owner;
} Place;

struct FilterPool {
    GArray *places;       /* Place */
    GHashTable *versions; /* FilterConfig* → its version line */
    guint running;
};

static void place_clear(gpointer data);
static Place *wait_for_one(FilterPool *pool);
static gchar *one_line(const GString *output);

FilterPool *filter_pool_new(const Config *config, const gchar *params, Spool *spool, GError **error)
{
    process_adopt_orphans();
    g_autoptr(FilterPool) pool = g_new0(FilterPool, 1);
    pool->versions = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    pool->places = g_array_new(FALSE, TRUE, sizeof(Place));
    g_array_set_clear_func(pool->places, place_clear);
    /* One more than there are CPUs: while we take in what one has read, the others read on. */
    guint workers = config->workers > 0 ? config->workers : g_get_num_processors() + 1;
    for (guint i = 0; i < workers; i++) {
        Place place = {.room = filter_room_new(spool, params, config->filter_directory, error)};
        if (place.room == NULL)
            return NULL;
        g_array_append_val(pool->places, place);
    }
    return g_steal_pointer(&pool);
}

static void place_clear(gpointer data)
{
    Place *place = data;
    filter_run_free(place->run);
    filter_room_free(place->room);
}

void filter_pool_free(FilterPool *pool)
{
    if (pool == NULL)
        return;
    g_array_unref(pool->places);
    g_hash_table_unref(pool->versions);
    g_free(pool);
}

gboolean filter_pool_is_full(const FilterPool *pool)
{
    return pool->running == pool->places->len;
}

gboolean filter_pool_is_idle(const FilterPool *pool)
{
    return pool->running == 0;
}

static Place *place_at(const FilterPool *pool, guint i)
{
    return &g_array_index(pool->places, Place, i);
}

static Place *free_place(const FilterPool *pool)
{
    for (guint i = 0; i < pool->places->len; i++)
        if (place_at(pool, i)->run == NULL)
            return place_at(pool, i);
    return NULL;
}

static gboolean enter(FilterPool *pool, Place *place, FilterRun *run, gpointer owner)
{
    place->run = run;
    place->owner = owner;
    pool->running += run != NULL ? 1 : 0;
    return run != NULL;
}

gboolean filter_pool_start(FilterPool *pool, const FilterConfig *filter, int fd, gpointer owner,
                           GError **error)
{
    Place *place = free_place(pool);
    return enter(pool, place, filter_run_file(place->room, filter, fd, error), owner);
}

/* Leaves its place free. */
static FilterRun *leave(FilterPool *pool, Place *place)
{
    pool->running--;
    return g_steal_pointer(&place->run);
}

Reading *filter_pool_finish(FilterPool *pool, gpointer *owner, GError **error)
{
    Place *place = wait_for_one(pool);
    *owner = place->owner;
    g_autoptr(FilterRun) run = leave(pool, place);
    return filter_run_reading(run, error);
}

Reading *filter_pool_read(FilterPool *pool, const FilterConfig *filter, int fd, GError **error)
{
    gpointer nobody;
    return filter_pool_start(pool, filter, fd, NULL, error)
               ? filter_pool_finish(pool, &nobody, error)
               : NULL;
}

void filter_pool_stop(FilterPool *pool)
{
    for (guint i = 0; i < pool->places->len; i++)
        if (place_at(pool, i)->run != NULL)
            filter_run_free(leave(pool, place_at(pool, i)));
}

/* Several may have ended at once: the others are met at the next call. */
static Place *wait_for_one(FilterPool *pool)
{
    g_autofree struct pollfd *events = g_new(struct pollfd, pool->places->len * RUN_EVENTS);
    for (;;) {
        gint64 next = G_MAXINT64, now = g_get_monotonic_time();
        guint count = 0;
        for (guint i = 0; i < pool->places->len; i++)
            if (place_at(pool, i)->run != NULL) {
                filter_run_wait(place_at(pool, i)->run, events + RUN_EVENTS * count++);
                next = MIN(next, filter_run_next(place_at(pool, i)->run));
            }
        if (poll(events, count * RUN_EVENTS, (int)((MAX(next - now, 0) + 999) / 1000)) < 0)
            for (guint i = 0; i < count * RUN_EVENTS; i++)
                events[i].revents = 0; /* a signal */
        now = g_get_monotonic_time();
        count = 0;
        for (guint i = 0; i < pool->places->len; i++)
            if (place_at(pool, i)->run != NULL &&
                filter_run_take(place_at(pool, i)->run, events + RUN_EVENTS * count++, now))
                return place_at(pool, i);
    }
}

const gchar *filter_pool_version(FilterPool *pool, const FilterConfig *filter, GError **error)
{
    const gchar *known = g_hash_table_lookup(pool->versions, filter);
    if (known != NULL)
        return known;
    Place *place = free_place(pool);
    if (!enter(pool, place, filter_run_version(place->room, filter, error), NULL))
        return NULL;
    wait_for_one(pool);
    g_autoptr(FilterRun) run = leave(pool, place);
    g_autofree gchar *why = filter_run_failure(run);
    g_autofree gchar *version = why == NULL ? one_line(filter_run_output(run)) : NULL;
    if (version == NULL) {
        sj_fail(
            error, SJ_ERROR_CONFIG, "filter %s: %s --version: %s", filter->name, filter->command,
            why != NULL ? why
                        : "did not print one line of at most " G_STRINGIFY(MAX_VERSION) " bytes");
        return NULL;
    }
    gchar *kept = g_steal_pointer(&version);
    g_hash_table_insert(pool->versions, (gpointer)filter, kept);
    return kept;
}

/* NULL: it is none that a terminal may show. */
static gchar *one_line(const GString *output)
{
    g_autofree gchar *line = g_strchomp(g_strndup(output->str, output->len));
    g_autofree gchar *clean = clean_line(line);
    gboolean fit = line[0] != '\0' && strlen(line) <= MAX_VERSION && strcmp(line, clean) == 0;
    return fit ? g_steal_pointer(&line) : NULL;
}
