/* Which of the texts of config/replies/ an answer is. */
#pragma once

#include "dossier.h"

/* In the order of precedence: an answer is the first that applies to any of its submissions. */
typedef enum {
    REPLY_LATE,
    REPLY_INCOMPLETE,
    REPLY_CLOUD,
    REPLY_CHECKING,
    REPLY_RECEIVED,
    REPLY_GUIDE, /* about no submission */
    REPLY_KINDS
} ReplyKind;

/* "received-incomplete": its file's name, its row's kind. */
const gchar *reply_kind_name(ReplyKind kind);

/* What is to be said of one submission; AFTER_DEADLINE: in answer to a mail that came after it. */
ReplyKind reply_kind_of(const Dossier *dossier, gboolean after_deadline);
