/* A store in a directory of its own, for one test. */
#pragma once

#include "store.h"

#include <glib/gstdio.h>

typedef struct {
    gchar *directory;
    Store *store;
    guint mails; /* that the test has made */
} Fixture;

static inline int set_up(void **state)
{
    Fixture *fixture = g_new0(Fixture, 1);
    fixture->directory = g_dir_make_tmp("shoujian-store-XXXXXX", NULL);
    g_autofree gchar *tmp = g_build_filename(fixture->directory, "tmp", NULL); /* as the spool's */
    g_mkdir(tmp, 0700);
    fixture->store = store_open(fixture->directory, STORE_WRITE, NULL);
    *state = fixture;
    return fixture->store == NULL;
}

static inline int tear_down(void **state)
{
    Fixture *fixture = *state;
    store_free(fixture->store);
    static const char *const files[] = {"intake.db", "intake.db-wal", "intake.db-shm", "head"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree gchar *path = g_build_filename(fixture->directory, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(fixture->directory);
    g_free(fixture->directory);
    g_free(fixture);
    return 0;
}
