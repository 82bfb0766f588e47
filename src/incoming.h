/* What one mail brings: its forms, scans and other files,
 * and how far its sender may be believed. */
#pragma once

#include "store-submission.h"

/* One form in a document of the mail. */
typedef struct {
    const Part *part;
    guint form;
    gboolean blank;              /* the untouched template */
    gchar *unit, *code, *demand; /* normalised for comparing; NULL: not read or empty */
} IncomingForm;

typedef struct {
    Mail *mail;
    GPtrArray *parts; /* Part*, all of them */
    GPtrArray *facts; /* Fact* of the message itself */
    GPtrArray *forms; /* IncomingForm* */
    /* Part* of the mail's attachments, by their role; borrowed from parts. */
    GPtrArray *scans, *others, *containers;
    guint links;           /* to files that are not in the mail */
    gboolean troubled;     /* something in it could not be read */
    gboolean unreadable;   /* the message itself could not */
    gboolean known_sender; /* has a submission already */
} Incoming;

/* MAIL must have been extracted, else SJ_ERROR_DATA. */
Incoming *incoming_load(Store *store, const Campaign *campaign, const Mail *mail, GError **error);
void incoming_free(Incoming *incoming);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Incoming, incoming_free)

/* Its scans, its other files, and what they came in, for KIND from 0; NULL behind the last. */
const GPtrArray *incoming_files(const Incoming *incoming, guint kind);

/* The class of a message (FACTS) that nobody sent in person: "bounce", "receipt", "list" or "auto";
 * NULL where somebody may have. */
const gchar *machine_class(const GPtrArray *facts);
/* It has no sender, or the provider says something against him and nothing proves him. */
gboolean incoming_against(const Incoming *incoming);
/* Local parts are case-sensitive by RFC 5321 2.4, but no provider keeps two people apart by it. */
gboolean incoming_same_address(const gchar *a, const gchar *b);
/* The host that handed the message over to the provider, borrowed; NULL: not known. */
const gchar *incoming_route(const Incoming *incoming);

/* TEXT for comparing units and demands: NFKC, without white space and punctuation, case folded;
 * NULL when nothing is left. */
gchar *identity_of(const gchar *text);
