/* File descriptors: closed at the end of their scope, written to the last byte. */
#pragma once

#include <glib.h>

/* Closes *FD where it is one, and makes it -1. */
void close_fd(int *fd);
#define auto_fd __attribute__((cleanup(close_fd))) int

/* Writes all of BYTES; FALSE (errno) when that fails. */
gboolean write_all(int fd, const void *bytes, gsize length);
