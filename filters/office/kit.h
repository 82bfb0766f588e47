/* LibreOffice in this process, by LibreOfficeKit: no other process, no socket. It is loaded when
 * the first document comes, so that this filter starts, and says so, where none is installed. */
#pragma once

#include <glib.h>

typedef enum {
    KIT_CONVERTED,
    KIT_ENCRYPTED, /* it asks for a password */
    KIT_REFUSED,   /* LibreOffice does not open it, and does not say why */
    KIT_NO_TEXT,   /* it is a table or a presentation */
    KIT_MISSING,   /* no LibreOffice here; *why */
    KIT_FAULT,     /* *why */
} KitResult;

/* The current directory, as a path that holds wherever it is. */
#define KIT_HERE "/proc/self/cwd"

/* "LibreOffice 7.4 40(Build:2)", of the one installed; NULL: none. It is not loaded for that. */
gchar *kit_version(void);
/* Has it read the file FROM and write it to the file TO as a docx, both in DIRECTORY (an absolute
 * path); all else that it writes is in WORK, a directory there. Once in a process. *why is to be
 * freed. */
KitResult kit_convert(const gchar *directory, const gchar *work, const gchar *from, const gchar *to,
                      gchar **why);
