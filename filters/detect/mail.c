/* Whether a file is a mail: libmagic goes by the name of the very first header, and by what a
 * mail's text looks like. */
#include "mail.h"

#include <string.h>

#define HEADERS_LIMIT (256 * 1024)

typedef enum { NO_HEADER, OTHER, WHO, MORE } Header;

static Header header_of(const guint8 *line, gsize length);

gboolean is_mail(const guint8 *data, gsize size)
{
    gboolean who = FALSE, more = FALSE;
    gsize end = MIN(size, HEADERS_LIMIT);
    for (gsize at = 0; at < end;) {
        const guint8 *newline = memchr(data + at, '\n', end - at);
        if (newline == NULL && end < size)
            break;
        gsize next = newline != NULL ? (gsize)(newline - data) + 1 : end;
        const guint8 *line = data + at;
        gsize length = next - at;
        gboolean first = at == 0;
        at = next;
        if (*line == '\n' || *line == '\r')
            break;
        if ((*line == ' ' || *line == '\t') && !first)
            continue;
        if (first && length > 5 && memcmp(line, "From ", 5) == 0)
            continue;
        switch (header_of(line, length)) {
        case NO_HEADER:
            return FALSE;
        case WHO:
            who = TRUE;
            break;
        case MORE:
            more = TRUE;
            break;
        case OTHER:
            break;
        }
    }
    return who && more;
}

static Header header_of(const guint8 *line, gsize length)
{
    static const struct {
        const char *name;
        Header is;
    } headers[] = {
        {"From", WHO}, {"Received", WHO},      {"Date", MORE},       {"Subject", MORE},
        {"To", MORE},  {"MIME-Version", MORE}, {"Message-ID", MORE},
    };
    gsize name = 0;
    while (name < length && line[name] > ' ' && line[name] < 0x7f && line[name] != ':')
        name++;
    gsize colon = name;
    while (colon < length && (line[colon] == ' ' || line[colon] == '\t'))
        colon++;
    if (name == 0 || colon == length || line[colon] != ':')
        return NO_HEADER;
    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++)
        if (strlen(headers[i].name) == name &&
            g_ascii_strncasecmp((const gchar *)line, headers[i].name, name) == 0)
            return headers[i].is;
    return OTHER;
}
