/* Where mail providers and online drives keep the files that a mail only links to. */
#pragma once

#include <glib.h>

typedef enum {
    MARK_NONE,
    MARK_AREA, /* the files of the mail stand in it */
    MARK_FILE, /* one file */
    MARK_NAME, /* the name of the file that it stands in */
} Mark;

typedef enum {
    ADDRESS_OTHER,
    ADDRESS_FILE,   /* a file that is not in the mail */
    ADDRESS_LISTED, /* one that should be: NetEase writes the list of attachments into the text */
} Address;

Address provider_address(const gchar *url);

/* What an element with this ID and CLASS (NULL: none) means. */
Mark provider_mark(const gchar *id, const gchar *class);

/* Whether TEXT may be a file's name: that has an ending; what else stands in a link is what to do
 * with it. */
gboolean is_file_name(const gchar *text);
