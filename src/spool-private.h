/* What spool.c (the directories) and spool-file.c (the files written into them) share. */
#pragma once

#include "error.h"
#include "spool.h"

enum { SPOOL_BLOCK = 128 * 1024 }; /* bytes that are read or written at once */
static const gchar *const SPOOL_AREAS[] = {[SPOOL_MAIL] = "mail", [SPOOL_PARTS] = "parts"};

struct Spool {
    gchar *directory;
    int lock; /* -1: not held */
    gint counter;
};

/* --- spool.c --- */

/* A new name in tmp/: PID.NUMBER, so that a later process knows whether its maker lives. */
gchar *spool_tmp_name(Spool *spool);
/* 0700; *made is FALSE when it was there. */
gboolean spool_make_directory(const gchar *path, gboolean *made, GError **error);
gboolean spool_sync_directory(const gchar *path, GError **error);
/* SHA-256 in hex and SIZE of all of FD, which PATH names for people; NULL on error. */
gchar *spool_hash_file(int fd, const gchar *path, guint64 *size, GError **error);
/* "cannot WHAT PATH: why" of errno, with what to do where it is known. CODE, or what spool.h says
 * of a full disk and of what may be over the next time; always FALSE. */
gboolean spool_fail_at(GError **error, SjError code, const gchar *what, const gchar *path);
