/* Fetching while others work on what was fetched. */
#include "fetching.h"

#include "error.h"
#include "fetch.h"

struct Fetching {
    const Config *config;
    const Campaign *campaign;
    Spool *spool;
    GThread *thread;
    int status;
    GError *why; /* NULL: it was done */

    GMutex mutex; /* over what follows */
    GCond changed;
    gboolean arrived, ended;
};

static gpointer work(gpointer data);
static void arrived(gpointer data);

Fetching *fetching_start(const Config *config, const Campaign *campaign, Spool *spool)
{
    Fetching *fetching = g_new0(Fetching, 1);
    fetching->config = config;
    fetching->campaign = campaign;
    fetching->spool = spool;
    g_mutex_init(&fetching->mutex);
    g_cond_init(&fetching->changed);
    g_autoptr(GError) why = NULL;
    fetching->thread = g_thread_try_new("fetch", work, fetching, &why);
    if (fetching->thread == NULL) {
        sj_fail(&fetching->why, SJ_ERROR_LATER, "cannot make a thread to fetch: %s", why->message);
        fetching->ended = TRUE;
    }
    return fetching;
}

static gpointer work(gpointer data)
{
    Fetching *fetching = data;
    g_autoptr(Store) store = store_open(fetching->config->spool, STORE_WRITE, &fetching->why);
    if (store != NULL)
        fetch_mails(fetching->config, fetching->campaign, store, fetching->spool, arrived, fetching,
                    &fetching->status, &fetching->why);
    g_mutex_lock(&fetching->mutex);
    fetching->ended = TRUE;
    g_cond_signal(&fetching->changed);
    g_mutex_unlock(&fetching->mutex);
    return NULL;
}

static void arrived(gpointer data)
{
    Fetching *fetching = data;
    g_mutex_lock(&fetching->mutex);
    fetching->arrived = TRUE;
    g_cond_signal(&fetching->changed);
    g_mutex_unlock(&fetching->mutex);
}

gboolean fetching_wait(Fetching *fetching)
{
    g_mutex_lock(&fetching->mutex);
    while (!fetching->arrived && !fetching->ended)
        g_cond_wait(&fetching->changed, &fetching->mutex);
    fetching->arrived = FALSE;
    gboolean more = !fetching->ended;
    g_mutex_unlock(&fetching->mutex);
    return more;
}

gboolean fetching_end(Fetching *fetching, int *status, GError **error)
{
    if (fetching->thread != NULL)
        g_thread_join(fetching->thread);
    *status = sj_worse_status(*status, fetching->status);
    gboolean done = fetching->why == NULL;
    if (!done)
        g_propagate_error(error, fetching->why);
    g_mutex_clear(&fetching->mutex);
    g_cond_clear(&fetching->changed);
    g_free(fetching);
    return done;
}
