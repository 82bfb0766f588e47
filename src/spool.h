/* Files under the names of their bytes: spool/mail/ab/SHA256 (the messages, evidence, synced before
 * anyone names them) and spool/parts/ab/SHA256 (what was taken out of them; can be made again, not
 * synced). All are 0400.
 * Whatever function it meets, a full disk is SJ_ERROR_IO, and a lack of descriptors or memory,
 * which may be over the next time, SJ_ERROR_LATER (sj_passing). */
#pragma once

#include <glib.h>

typedef struct Spool Spool;
typedef enum { SPOOL_MAIL, SPOOL_PARTS } SpoolArea;

/* Opens DIRECTORY, making it (not its parents) and mail/, parts/, tmp/ (0700) where missing.
 * SJ_ERROR_CREATE or _IO names the path. */
Spool *spool_open(const gchar *directory, GError **error);
void spool_free(Spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_free)

/* The lock that one poll at a time holds, until spool_free or the process's end; it is the
 * process's, so its children do not hold it. Held by another: SJ_ERROR_LATER. Whoever gets it
 * removes what dead processes left in tmp/. */
gboolean spool_lock(Spool *spool, GError **error);

/* SJ_ERROR_IO when less than BYTES and a reserve of 1 MiB are free on the spool's disk. */
gboolean spool_check_space(const Spool *spool, guint64 bytes, GError **error);

/* Where the file lies, or would; to be freed. */
gchar *spool_path(const Spool *spool, SpoolArea area, const gchar *sha256);
/* Whether the file is there and has the bytes of its name; reads all of it. */
gboolean spool_intact(const Spool *spool, SpoolArea area, const gchar *sha256);
/* Open for reading, or -1. A file that is not there is SJ_ERROR_DATA. */
int spool_read(const Spool *spool, SpoolArea area, const gchar *sha256, GError **error);

/* A file being written in tmp/ (O_EXCL); freed without commit it is removed. */
typedef struct SpoolFile SpoolFile;
SpoolFile *spool_create(Spool *spool, SpoolArea area, GError **error);
/* Appends BYTES, hashing them on the way. */
gboolean spool_file_write(SpoolFile *file, const void *bytes, gsize length, GError **error);
/* For somebody who writes by himself, all of it: commit reads the file back then. It belongs to
 * FILE: commit and free close it. */
int spool_file_fd(SpoolFile *file);
/* A regular file that somebody else wrote, open as FD (which is taken over, also on error) and
 * called NAME in the open directory DIRECTORY_FD: moved into tmp/ as if written here. SJ_ERROR_DATA
 * when that is another file by now, or it has more than one name. */
SpoolFile *spool_adopt(Spool *spool, SpoolArea area, int directory_fd, const gchar *name, int fd,
                       GError **error);
/* All of it is given: from here on the disk works on it, and no memory is held but for its hash.
 * spool_commit does it where it was not done. A file that could not be written once is never
 * finished. */
gboolean spool_file_finish(SpoolFile *file, GError **error);
/* Gives COUNT files of one spool the names of their bytes, all in one go: for SPOOL_MAIL fsync of
 * each → rename of each → fsync of the directories, for SPOOL_PARTS without the syncs. A file that
 * already has the name is replaced, never trusted; two of the same bytes become one. After an error
 * some may have their names: nobody must name them then. */
gboolean spool_commit(SpoolFile *const *files, gsize count, GError **error);
/* The name (hex; it belongs to FILE) and the size that spool_file_finish found. */
const gchar *spool_file_sha256(const SpoolFile *file);
guint64 spool_file_size(const SpoolFile *file);
void spool_file_free(SpoolFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpoolFile, spool_file_free)

/* Copies all of FD (a regular file, from offset 0; its own offset is left alone) into a new file of
 * AREA: create, copy, commit. */
gboolean spool_copy(Spool *spool, SpoolArea area, int fd, gchar **sha256, guint64 *size,
                    GError **error);

/* A fresh empty directory under tmp/ (0700) for one run of a filter; spool_workdir_remove takes it
 * away with all that is in it (without following links). */
gchar *spool_workdir(Spool *spool, GError **error);
void spool_workdir_remove(const gchar *path);

/* Removes all that is in the open directory DIRECTORY_FD, however deep, without following links and
 * without recursion. FALSE (errno) when something would not go. */
gboolean spool_empty_directory(int directory_fd);
