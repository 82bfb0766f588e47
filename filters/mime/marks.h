/* Marks of mail that no person wrote, or wrote to us alone. */
#pragma once

#include "headers.h"

/* mail.automatic, mail.bounce, mail.receipt, mail.list. BODY is what its sender wrote, HAS_FILES
 * whether there are files with it or behind links. Whether it is a bounce. */
gboolean marks_facts(Filter *filter, GMimeMessage *message, const Sender *sender, const gchar *body,
                     gboolean has_files);
