/* What both configuration files share: libconfuse with its traps closed, and the line of every key.
 *
 * libconfuse by itself fills in ${NAME} from the environment, takes curly quotes and a byte order
 * mark for letters, drops characters it does not know, lets a repeated key win silently, reads 010
 * as eight, and counts a comment as several lines. So the text is looked through first, and
 * libconfuse gets it without comments. */
#pragma once

#include <confuse.h>
#include <glib.h>

typedef struct Conf Conf;

/* Reads PATH (UTF-8) by OPTIONS. Every error, here and below, is one SJ_ERROR_CONFIG
 * "PATH:LINE: what is wrong" (PATH as given), where LINE is the one on which the key stands (not
 * its value), or the section where the key is missing. */
Conf *conf_read(const gchar *path, cfg_opt_t *options, GError **error);
void conf_free(Conf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Conf, conf_free)

/* The whole file as libconfuse's outermost section. SECTION below is this or one within it. */
cfg_t *conf_root(const Conf *conf);

/* An option of OPTIONS that is a whole decimal number. */
#define CONF_NUMBER(name, preset) CFG_INT_CB(name, preset, CFGF_NONE, conf_parse_number)
int conf_parse_number(cfg_t *section, cfg_opt_t *option, const char *value, void *result);

/* Whether KEY, or (KEY NULL) the section itself, is written in the file. */
gboolean conf_has(const Conf *conf, cfg_t *section, const gchar *key);
guint conf_line(const Conf *conf, cfg_t *section, const gchar *key);
/* Sets *error to "PATH:LINE: SECTION: " and the message; always FALSE. KEY gives the line. */
gboolean conf_fail(const Conf *conf, cfg_t *section, const gchar *key, GError **error,
                   const gchar *format, ...) G_GNUC_PRINTF(5, 6);

/* Refuses a section whose title (`rule TITLE { … }`) is not made of a-z, 0-9 and _, beginning with
 * a letter. */
gboolean conf_check_title(const Conf *conf, cfg_t *section, GError **error);

/* Each reads one option into *value; texts and lists are to be freed. A required text may not be
 * missing or empty; an optional one is then NULL. */
gboolean conf_text(const Conf *conf, cfg_t *section, const gchar *key, gchar **value,
                   GError **error);
gchar *conf_optional_text(cfg_t *section, const gchar *key);
gboolean conf_number(const Conf *conf, cfg_t *section, const gchar *key, guint least, guint most,
                     guint *value, GError **error);
/* One of WORDS (NULL-terminated); *value is its place there. */
gboolean conf_choice(const Conf *conf, cfg_t *section, const gchar *key, const gchar *const *words,
                     guint *value, GError **error);
/* NULL-terminated. Empty items are refused. */
gboolean conf_list(const Conf *conf, cfg_t *section, const gchar *key, gchar ***value,
                   GError **error);
