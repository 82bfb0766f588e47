/* The texts of config/replies/, filled in for one answer. */
#pragma once

#include "dossier.h"
#include "reply.h"

/* What an answer speaks of. */
typedef struct {
    const Config *config;
    const Campaign *campaign;
    Store *store;
    const Mail *mail;    /* that it answers */
    GPtrArray *dossiers; /* Dossier*; none: the guide */
    gboolean late;       /* the mail came after the deadline */
    gint64 number;       /* the proof: number and hash of the last event */
    const gchar *hash;
} ReplyCase;

/* Subject and body of the text KIND, both to be freed. */
gboolean reply_text_write(const ReplyTexts *texts, const gchar *kind, const ReplyCase *about,
                          gchar **subject, gchar **body, GError **error);
