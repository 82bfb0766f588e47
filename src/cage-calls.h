/* seccomp, the fence around system calls: a list of what is allowed becomes a program for the
 * kernel. */
#pragma once

#include <glib.h>
#include <linux/filter.h>

/* One line of the list. Names are those of libseccomp; one that this machine's architecture does
 * not have is passed over. */
typedef struct {
    guint who; /* a bit for each who is meant */
    const char *names;
    struct {
        guint argument;      /* from 1; 0: no condition */
        guint64 mask, value; /* allowed where (argument & mask) == value */
    } when[2];
} CallLine;

/* What is to be done instead of a call. */
typedef struct {
    int error; /* the errno that it ends with; 0: the process is killed, so that somebody looks */
    const char *names;
} CallRefusal;

/* Whether the kernel has seccomp filters. */
gboolean calls_can_be_fenced(void);
/* The program for WHO: calls in ALLOWED (its end: no names) are made, those in REFUSED end as it
 * says there, all others with EPERM; a call of another architecture than ours (a 32-bit one) kills.
 * PROGRAM->filter is to be freed. Takes half a millisecond. A name that libseccomp does not know
 * aborts; no descriptor or memory to be had is SJ_ERROR_LATER. */
gboolean calls_compile(guint who, const CallLine *allowed, const CallRefusal *refused,
                       struct sock_fprog *program, GError **error);
/* The program for who was under the list for WHO and others, and shall be under that for the
 * others: what ALLOWED has for WHO alone ends with EPERM, all else is made. */
gboolean calls_compile_lock(guint who, const CallLine *allowed, struct sock_fprog *program,
                            GError **error);
/* Puts it on this thread, which must have set no_new_privs. Only a system call. FALSE (errno). */
gboolean calls_enter(const struct sock_fprog *program);
