/* Names that senders gave to files, made fit for a directory of staff. */
#pragma once

#include <glib.h>

/* Both return new strings. */

/* NAME as one component of a path: its last component, without control and direction characters and
 * without leading dots, at most 200 bytes (the extension is kept). What is empty then becomes
 * “未命名”, with the usual extension of TYPE (a media type; NULL: none). */
gchar *filename_clean(const gchar *name, const gchar *type);
/* The Nth file of that NAME: "表.docx", "表 (2).docx", … */
gchar *filename_numbered(const gchar *name, guint n);
