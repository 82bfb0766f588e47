/* Configuration files in a directory of their own, and what is wrong in them. */
#pragma once

#include "error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static gchar *directory;

static inline gchar *write_file(const gchar *name, const gchar *text)
{
    gchar *path = g_build_filename(directory, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

/* TEXT with the first OLD replaced. */
static inline gchar *with(const gchar *text, const gchar *old, const gchar *new)
{
    g_autoptr(GString) changed = g_string_new(text);
    assert_int_equal(g_string_replace(changed, old, new, 1), 1);
    return g_string_free(g_steal_pointer(&changed), FALSE);
}

typedef struct {
    const char *old, *new;
    guint line; /* 0: it is right */
    const char *word;
} Case;

/* Makes each change in TEXT, and looks at the error that LOAD gives: "FILE:LINE: …WORD…", one line.
 */
static inline void check_cases(const gchar *name, const gchar *text, const Case *cases,
                               gboolean (*load)(const gchar *path, GError **error))
{
    for (; cases->old != NULL; cases++) {
        g_autofree gchar *changed = with(text, cases->old, cases->new);
        g_autofree gchar *path = write_file(name, changed);
        g_autoptr(GError) error = NULL;
        gboolean ok = load(path, &error);
        if (cases->line == 0) {
            if (!ok)
                fail_msg("%s: %s", cases->new, error->message);
            continue;
        }
        if (ok)
            fail_msg("%s → %s: not refused", cases->old, cases->new);
        g_autofree gchar *where = g_strdup_printf("%s:%u: ", path, cases->line);
        if (error->code != SJ_ERROR_CONFIG || !g_str_has_prefix(error->message, where) ||
            strstr(error->message + strlen(where), cases->word) == NULL ||
            strchr(error->message, '\n') != NULL)
            fail_msg("%s: expected %s…%s…, got %s", cases->new, where, cases->word, error->message);
    }
}

static inline int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("test-config-XXXXXX", NULL);
    return directory != NULL ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    static const char *const made[] = {"shoujian.conf", "campaign.conf", "secret",
                                       "bin/filters",   "bin",           ""};
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree gchar *path = g_build_filename(directory, made[i], NULL);
        (void)remove(path);
    }
    g_free(directory);
    return 0;
}
