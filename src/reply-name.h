/* What stands where a text of config/replies/ says {name}: columns of the row, and the answer's own
 * data. */
#pragma once

#include "reply-text.h"

/* One answer while its text is filled in. */
typedef struct {
    const ReplyCase *about;
    const GPtrArray *columns; /* Column* */
    GPtrArray *rows;          /* Row*, one a dossier; the mail's alone for the guide */
    GHashTable *quoted;       /* Dossier* whose form may be spoken of */
    GError *error;            /* the first failure on the way */
} Filling;

gboolean filling_begin(Filling *filling, const ReplyCase *about, const GPtrArray *columns,
                       GError **error);
void filling_clear(Filling *filling);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filling, filling_clear)

/* COLUMNS: Column*. */
gboolean reply_name_known(const gchar *name, gpointer columns);
/* What a stranger wrote in it cannot steer what people read. NULL: not read; "": nothing to say. To
 * be freed. */
gchar *reply_name_write(Filling *filling, const gchar *name);

/* What a stranger wrote, as a line of at most MOST characters. To be freed. */
gchar *filling_line(const gchar *text, glong most);
/* Where the answer is about several submissions: that what follows is about the one at INDEX. */
void filling_add_heading(GString *text, const Filling *filling, guint index);
