/* Text of mails as UTF-8, whatever a Chinese client wrote. */
#pragma once

#include <gmime/gmime.h>

/* Once, before all others: loads what most mails need. */
void text_prepare(void);

/* The name by which iconv and gmime know CHARSET, in lower case: gb2312, gbk and their like are
 * gb18030. */
gchar *text_charset(const gchar *charset);

/* SIZE bytes said to be in CHARSET (NULL: nothing is said). What is wrongly labelled, or labelled
 * as Latin and plainly Chinese, is read as UTF-8 where it is valid, else as GB18030; what is left
 * becomes U+FFFD. */
gchar *text_decode(const guint8 *data, gsize size, const gchar *charset);

/* PATTERN (a constant, with the same FLAGS everywhere), compiled when it is first asked for and
 * kept. */
const GRegex *text_pattern(const gchar *pattern, GRegexCompileFlags flags);

/* For g_mime_utils_header_decode_text and gmime's other parsers. */
GMimeParserOptions *text_parser_options(void);

/* Whether C is a control character, or one that shows nothing and may make a line look like another
 * one: marks of direction, zero-width characters. */
gboolean text_is_unseen(gunichar c);
/* What a header says, on one line: TEXT without such characters and white space around it, cut at
 * 1 KiB or before. */
gchar *text_line(const gchar *text);
/* Cuts in place at LIMIT bytes or before, never in a character. */
void text_cut(GString *text, gsize limit);
