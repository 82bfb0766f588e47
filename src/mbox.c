/* An mbox as the messages that are in it, read line by line: memory stays small whatever the file
 * has in it. */
#include "mbox.h"

#include "error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEPARATOR "From "

/* A line, or a piece of one that is longer. */
typedef struct {
    gchar bytes[64 * 1024];
    gsize length;
    gboolean begins; /* a line, and does not continue one */
} Line;

struct Mbox {
    FILE *in;
    Line line;
    gboolean begun; /* the separator of the next message was read */
};

static gboolean read_line(Mbox *mbox);
static gboolean is_separator(const Line *line);
static gboolean is_empty(const Line *line);
static gsize quotes(const Line *line);
static gboolean copy_message(Mbox *mbox, FILE *out);

gboolean mbox_is(int fd)
{
    gchar start[sizeof(SEPARATOR) - 1];
    return pread(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
           memcmp(start, SEPARATOR, sizeof(start)) == 0;
}

Mbox *mbox_new(int fd)
{
    Mbox *mbox = g_new0(Mbox, 1);
    mbox->in = fdopen(fd, "r");
    mbox->line.begins = TRUE;
    if (mbox->in == NULL)
        g_error("out of memory");
    return mbox;
}

void mbox_free(Mbox *mbox)
{
    if (mbox == NULL)
        return;
    fclose(mbox->in);
    g_free(mbox);
}

gboolean mbox_next(Mbox *mbox, int fd, gboolean *found, GError **error)
{
    if (!mbox->begun)
        mbox->begun = read_line(mbox);
    *found = mbox->begun;
    if (!mbox->begun)
        return !ferror(mbox->in) || sj_fail_errno(error, SJ_ERROR_IO, "reading");
    int copy = dup(fd);
    FILE *out = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (out == NULL) {
        if (copy >= 0)
            close(copy);
        return sj_fail_errno(error, SJ_ERROR_LATER, "writing the message");
    }
    mbox->begun = copy_message(mbox, out);
    if (ferror(mbox->in)) {
        fclose(out);
        return sj_fail_errno(error, SJ_ERROR_IO, "reading");
    }
    gboolean written = !ferror(out);
    if (fclose(out) != 0 || !written)
        return sj_fail_errno(error, SJ_ERROR_IO, "writing the message");
    return TRUE;
}

/* Up to the separator of the next message (TRUE) or the end. An empty line waits until it is known
 * whether the next line is a separator: then it belonged to that. */
static gboolean copy_message(Mbox *mbox, FILE *out)
{
    gchar empty[2];
    gsize waiting = 0;
    gboolean first = TRUE;
    while (read_line(mbox)) {
        const Line *line = &mbox->line;
        if ((first || waiting > 0) && is_separator(line))
            return TRUE;
        first = FALSE;
        fwrite(empty, 1, waiting, out);
        waiting = 0;
        if (is_empty(line)) {
            waiting = line->length;
            memcpy(empty, line->bytes, waiting);
            continue;
        }
        gsize skipped = quotes(line) > 0 ? 1 : 0;
        fwrite(line->bytes + skipped, 1, line->length - skipped, out);
    }
    return FALSE;
}

static gboolean read_line(Mbox *mbox)
{
    Line *line = &mbox->line;
    line->begins = line->length == 0 || line->bytes[line->length - 1] == '\n';
    line->length = 0;
    int c = EOF;
    while (line->length < sizeof(line->bytes) && (c = getc_unlocked(mbox->in)) != EOF) {
        line->bytes[line->length++] = (gchar)c;
        if (c == '\n')
            break;
    }
    return line->length > 0;
}

/* "From ADDRESS … 09:12:33 …": writers that quote nothing leave sentences that begin with "From ",
 * but those have no time of day. */
static gboolean is_separator(const Line *line)
{
    if (!line->begins || line->length < strlen(SEPARATOR) ||
        memcmp(line->bytes, SEPARATOR, strlen(SEPARATOR)) != 0)
        return FALSE;
    for (gsize i = strlen(SEPARATOR); i + 5 <= line->length; i++) {
        const gchar *c = line->bytes + i;
        if (g_ascii_isdigit(c[0]) && g_ascii_isdigit(c[1]) && c[2] == ':' &&
            g_ascii_isdigit(c[3]) && g_ascii_isdigit(c[4]))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_empty(const Line *line)
{
    return line->begins && ((line->length == 1 && line->bytes[0] == '\n') ||
                            (line->length == 2 && memcmp(line->bytes, "\r\n", 2) == 0));
}

/* How many ">" stand before "From "; 0 for any other line. */
static gsize quotes(const Line *line)
{
    gsize count = 0;
    while (line->begins && count < line->length && line->bytes[count] == '>')
        count++;
    return line->length - count >= strlen(SEPARATOR) &&
                   memcmp(line->bytes + count, SEPARATOR, strlen(SEPARATOR)) == 0
               ? count
               : 0;
}
