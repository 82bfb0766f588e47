/* Where filters work, and the servers that work there. */
#include "filter-room.h"

#include "descriptor.h"
#include "error.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Files that one server reads before another takes its place: what a child leaves in its parent
 * (none is known to) stays small. */
#define FILES_A_SERVER 1000

static void server_free(gpointer data)
{
    FilterServer *server = data;
    filter_server_end(server);
    g_free(server);
}

FilterRoom *filter_room_new(Spool *spool, const gchar *params, const gchar *programs,
                            GError **error)
{
    g_autoptr(FilterRoom) room = g_new0(FilterRoom, 1);
    room->spool = spool;
    room->programs = programs;
    room->directory = room->outdir = -1;
    room->cages = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)cage_free);
    room->servers = g_hash_table_new_full(NULL, NULL, NULL, server_free);
    room->path = spool_workdir(spool, error);
    if (room->path == NULL)
        return NULL;
    g_autofree gchar *file = g_build_filename(room->path, ROOM_PARAMS, NULL);
    g_autoptr(GError) why = NULL;
    if (!g_file_set_contents(file, params, -1, &why)) {
        sj_fail(error, SJ_ERROR_IO, "%s", why->message);
        return NULL;
    }
    room->directory = open(room->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (room->directory >= 0 && mkdirat(room->directory, ROOM_OUTDIR, 0700) == 0)
        room->outdir =
            openat(room->directory, ROOM_OUTDIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (room->outdir < 0) {
        sj_fail_errno(error, SJ_ERROR_IO, "cannot make %s/" ROOM_OUTDIR, room->path);
        return NULL;
    }
    return g_steal_pointer(&room);
}

void filter_room_free(FilterRoom *room)
{
    if (room == NULL)
        return;
    g_hash_table_unref(room->servers);
    g_hash_table_unref(room->cages);
    close_fd(&room->directory);
    close_fd(&room->outdir);
    if (room->path != NULL)
        spool_workdir_remove(room->path);
    g_free(room->path);
    g_free(room);
}

static Cage *make_cage(const FilterRoom *room, const FilterConfig *filter, gboolean serves,
                       GError **error)
{
    CagePlan plan = {.program = filter->command,
                     .others = room->programs,
                     .profile = filter->profile,
                     .serves = serves,
                     .room = room->directory,
                     .params = ROOM_PARAMS,
                     .outdir = ROOM_OUTDIR,
                     .memory = filter->memory,
                     .seconds = serves ? 0 : filter->timeout};
    return cage_new(&plan, error);
}

const Cage *filter_room_cage(FilterRoom *room, const FilterConfig *filter, GError **error)
{
    Cage *cage = g_hash_table_lookup(room->cages, filter);
    if (cage == NULL && (cage = make_cage(room, filter, FALSE, error)) != NULL)
        g_hash_table_insert(room->cages, (gpointer)filter, cage);
    return cage;
}

static gboolean start_server(FilterRoom *room, const FilterConfig *filter, FilterServer *server,
                             GError **error)
{
    const gchar *argv[] = {filter->command, "--server", "--params", ROOM_PARAMS, ROOM_OUTDIR, NULL};
    g_autoptr(Cage) cage = make_cage(room, filter, TRUE, error);
    if (cage == NULL)
        return FALSE;
    auto_fd nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0)
        return sj_fail_errno(error, sj_passing(errno, SJ_ERROR_IO), "cannot open /dev/null");
    auto_fd lock = -1;
    if (!cage_lock(&lock, error))
        return FALSE;
    Birth birth = {cage, argv, {-1, nowhere, -1, lock}};
    return filter_server_start(server, &birth, error);
}

FilterServer *filter_room_server(FilterRoom *room, const FilterConfig *filter, GError **error)
{
    FilterServer *server = g_hash_table_lookup(room->servers, filter);
    if (server != NULL && server->asked < FILES_A_SERVER)
        return server;
    filter_room_end_server(room, filter);
    g_autofree FilterServer *started = g_new(FilterServer, 1);
    *started = FILTER_SERVER_NONE;
    if (!start_server(room, filter, started, error))
        return NULL;
    server = g_steal_pointer(&started);
    g_hash_table_insert(room->servers, (gpointer)filter, server);
    return server;
}

void filter_room_end_server(FilterRoom *room, const FilterConfig *filter)
{
    g_hash_table_remove(room->servers, filter);
}

gboolean filter_room_clean(FilterRoom *room, GError **error)
{
    return spool_empty_directory(room->outdir) ||
           sj_fail_errno(error, SJ_ERROR_IO, "cannot empty %s/" ROOM_OUTDIR, room->path);
}
