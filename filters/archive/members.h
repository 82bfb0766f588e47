/* What the readers of zip and of the other archives share: names, limits, notes. */
#pragma once

#include "filter.h"

typedef struct {
    Filter *filter;
    guint64 packed;       /* size of the archive */
    guint64 unpacked;     /* of all members so far */
    guint count;          /* members met that count */
    guint left;           /* … left as files */
    guint given_up;       /* … for other reasons than encryption */
    GPtrArray *encrypted; /* gchar*: names */
    const gchar *stopped; /* the note of a limit passed, or NULL */
} Members;

/* A member's NAME as UTF-8 (what is not is GB18030), relative, with "/" between its folders; NULL
 * when it is one that operating systems add by themselves, or a folder. */
gchar *member_name(const gchar *name);

/* Counts one more; FALSE when there are too many. */
gboolean members_count(Members *members);

/* Reads the next piece of a member: its length, 0 at its end, less when it is damaged. */
typedef gssize (*MemberRead)(gpointer source, guint8 *piece, gsize size);
typedef enum { MEMBER_LEFT, MEMBER_DAMAGED, MEMBER_STOPPED, MEMBER_FAULT } MemberResult;
/* Leaves a member as a file under NAME. STOPPED: a limit was passed, nothing more is to be read. */
MemberResult members_leave(Members *members, const gchar *name, MemberRead read, gpointer source);

/* A member, or with NULL the archive, is given up: NOTE is "corrupt_file", "unsupported", …. */
void members_give_up(Members *members, const gchar *note, const gchar *name);
/* When all is read: the notes that are still owed, and the status. */
FilterStatus members_end(Members *members);
