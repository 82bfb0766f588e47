/* The harness's --server: one process that has loaded all that no file changes, and a fresh child
 * of it for each file. Private to shoujian and these filters. */
#pragma once

#include <glib.h>

/* Serves on descriptor 0, one end of an AF_UNIX SOCK_SEQPACKET pair, until its other end is closed;
 * returns the exit status then.
 *
 * A request is one byte with three descriptors (SCM_RIGHTS): the file, stdout and stderr. The child
 * has these as 0, 1 and 2 and no others, puts on the seccomp program that descriptor 3 held when
 * serving began (an array of struct sock_filter; none when 3 was closed), and ends with the status
 * that READ returns. It dies with its parent. The answer is one int, its wait status.
 *
 * Whatever is no such request ends serving with FILTER_FAULT, said on stderr. */
int serve(int (*read)(gpointer data), gpointer data);
