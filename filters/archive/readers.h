/* The two readers of archives. Both leave the members of BYTES; FALSE: our own trouble, said on
 * stderr. */
#pragma once

#include "members.h"

/* zip, by libzip: libarchive reads zips as streams and guesses at what only their
 * directory says. */
gboolean zip_read(Members *members, GBytes *bytes);
/* rar, 7z, tar (compressed too) and single files compressed by gzip and its like, by libarchive. */
gboolean libarchive_read(Members *members, GBytes *bytes);
/* Whether a rar of version 5 has a password, for all of it or for a member;
 * FALSE for other files. */
gboolean rar5_is_encrypted(GBytes *bytes);
