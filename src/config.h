/* What the administrator says: shoujian.conf, read once, checked, with paths made absolute. */
#pragma once

#include "cage.h"

#include <glib.h>

typedef enum { TLS_IMPLICIT, TLS_STARTTLS, TLS_NONE } TlsMode;

/* How to reach and log in to one server. */
typedef struct {
    gchar *host;
    guint port;
    TlsMode tls;    /* TLS_NONE only with a loopback host: config_load refuses the rest */
    gchar *ca_file; /* PEM; NULL: the system's trust store */
    gchar *user;
    gchar *password_file;    /* absolute, or NULL */
    gchar *password_command; /* or NULL; exactly one of the two is set */
    guint timeout;           /* seconds, for each read; a command may take ten times as long */
} ServerConfig;

typedef struct {
    ServerConfig server;
    gchar **folders; /* UTF-8, as people read them */
    gchar *sent;
} ImapConfig;

typedef struct {
    ServerConfig server;
    gchar *from;                         /* address; where none is said, the user */
    gchar *from_name;                    /* UTF-8 */
    guint per_minute, per_hour, per_day; /* 0: no limit of our own */
} SmtpConfig;

typedef struct {
    gboolean enabled;
    guint settle_minutes;
    guint max_age_hours; /* 0: no limit */
    guint per_sender_per_day;
} ReplyConfig;

/* One `filter NAME { … }`. */
typedef struct {
    gchar *name;
    gchar *command;      /* absolute path of the program */
    gchar **accepts;     /* media types, or "*" */
    guint timeout;       /* seconds of wall clock for one file */
    guint64 memory;      /* bytes; 0: no limit */
    CageProfile profile; /* what it may do, by its name */
    gboolean serves;     /* it is one of ours, which knows --server */
} FilterConfig;

typedef struct {
    gchar *path;     /* of the file itself, absolute */
    gchar *campaign; /* absolute paths from here … */
    gchar *spool;
    gchar *templates; /* … to here */
    gboolean sandbox_required;
    guint workers; /* 0: one a CPU, and one more */
    guint retain_unrelated_days;
    ImapConfig imap;
    SmtpConfig smtp;
    ReplyConfig reply;
    gchar *filter_directory; /* absolute; where the filters without a command of their own are */
    GPtrArray *filters; /* FilterConfig*: `kind` first, which every file meets, then in the order of
                           the file */
} Config;

/* Reads PATH. A wrong key, type or value is SJ_ERROR_CONFIG with "FILE:LINE: what is wrong".
 * PROGRAM_DIR is where our own program lies: filters without a `command` are in `filters`, or, when
 * that is empty, in PROGRAM_DIR/filters, or else PROGRAM_DIR/../lib/shoujian/filters. The filters
 * that the project ships are there without a section too, with defaults from one table; a section
 * changes what it names (accepts = {} switches one off). */
Config *config_load(const gchar *path, const gchar *program_dir, GError **error);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* Whether it is the one that says what a file is: every file meets it, and it takes none. */
gboolean filter_config_is_kind(const FilterConfig *filter);
/* The filter NAME; NULL where there is none, or the file switches it off. */
const FilterConfig *config_filter(const Config *config, const gchar *name);
/* Whether ADDRESS (may be NULL) is one that this program reads or writes under. */
gboolean config_is_ours(const Config *config, const gchar *address);
