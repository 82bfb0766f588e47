/* The words after a command's name: its options, which may stand anywhere, and the rest. */
#pragma once

#include <glib.h>

typedef struct {
    const char *const *options; /* NULL-terminated: "--all", or "--since=" when a value follows */
    guint least, most;          /* how many other words */
} Syntax;

typedef struct {
    GHashTable *options; /* name without "=" → value, "" without one */
    GPtrArray *words;    /* gchar*, the others in order */
} Arguments;

/* Splits WORDS (NULL-terminated); after "--" nothing is an option. What does not fit SYNTAX is
 * SJ_ERROR_USAGE. */
Arguments *arguments_parse(const Syntax *syntax, gchar **words, GError **error);
void arguments_free(Arguments *arguments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arguments, arguments_free)

/* What was given for OPTION ("--since"); NULL: it was not. */
const gchar *arguments_option(const Arguments *arguments, const gchar *option);
/* The Nth of the other words, from 0; NULL: there are not so many. */
const gchar *arguments_word(const Arguments *arguments, guint n);
