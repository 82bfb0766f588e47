/* Marks of mail that no person wrote, or wrote to us alone. */
#pragma once

#include "headers.h"

typedef struct {
    gboolean bounce;
    gboolean receipt;
} Marks;

/* mail.automatic, mail.bounce, mail.receipt, mail.list. Who looks into a bounce for the mail that
 * came back learns from the result that it is one. */
Marks marks_facts(Filter *filter, GMimeMessage *message, const Sender *sender);
