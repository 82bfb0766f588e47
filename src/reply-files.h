/* Whose files an answer may speak of, and the list of them. */
#pragma once

#include "reply-name.h"

/* The mail that brought PART, if the receiver of this answer sent it; else NULL. */
const Mail *reply_own_mail(const ReplyCase *about, const Dossier *dossier, const Part *part);
/* The last mail about DOSSIER that the receiver of this answer sent. */
const Mail *reply_last_mail(const ReplyCase *about, const Dossier *dossier);

/* The files: of those in force, and of all in mail not answered yet, the ones that the receiver
 * sent. */
gchar *reply_files_write(Filling *filling);

/* The names of what others sent for DOSSIER, of files and links; the receiver's own are not among
 * them. gchar*; NULL on error. */
GPtrArray *reply_foreign_names(const ReplyCase *about, const Dossier *dossier, GError **error);
