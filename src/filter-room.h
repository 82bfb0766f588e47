/* A room in which one filter at a time works: a directory of its own with PARAMS and OUTDIR, and
 * the servers that read there. */
#pragma once

#include "config.h"
#include "filter-server.h"
#include "spool.h"

/* As a filter standing in the room sees them. */
#define ROOM_PARAMS "params.json"
#define ROOM_OUTDIR "out"

typedef struct {
    Spool *spool;
    const gchar *programs; /* the directory of our filters; NULL: none */
    gchar *path;
    int directory, outdir; /* open */
    GHashTable *cages;     /* FilterConfig* → Cage*, of those started for each file */
    GHashTable *servers;   /* FilterConfig* → FilterServer* */
} FilterRoom;

/* In the spool's tmp/, with PARAMS as text; filters in it may start the PROGRAMS of that directory
 * instead of themselves. SPOOL and PROGRAMS must outlive it. Errors of the spool. */
FilterRoom *filter_room_new(Spool *spool, const gchar *params, const gchar *programs,
                            GError **error);
/* Ends the servers and removes the directory. */
void filter_room_free(FilterRoom *room);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FilterRoom, filter_room_free)

/* The cage for FILTER in this room. Errors of cage_new. */
const Cage *filter_room_cage(FilterRoom *room, const FilterConfig *filter, GError **error);
/* The server of FILTER, started where it does not run. Errors of cage_new and process_start. */
FilterServer *filter_room_server(FilterRoom *room, const FilterConfig *filter, GError **error);
void filter_room_end_server(FilterRoom *room, const FilterConfig *filter);
/* Empties OUTDIR. */
gboolean filter_room_clean(FilterRoom *room, GError **error);
