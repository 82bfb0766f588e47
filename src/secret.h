/* Passwords: from a file that nobody else can read, or from a command. */
#pragma once

#include "config.h"

/* The password of SERVER without its final newline. A file that group or others can read, that is
 * missing, empty or not a regular file is SJ_ERROR_CONFIG, naming the file and the mend; the
 * password never stands in a message. Free with secret_free, which wipes it. */
gchar *secret_read(const ServerConfig *server, GError **error);
void secret_free(gchar *secret);
