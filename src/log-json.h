/* The objects of `log --json` and `show --json`; their shape is written down in docs/json.md, and a
 * change here is a change there. */
#pragma once

#include "dossier.h"

#include <jansson.h>

/* Prints OBJECT, which is then released, as one line: compact, keys in the order of docs/json.md,
 * and with everything escaped that could steer a terminal or end the line. */
void json_print(json_t *object);

/* Each returns a new reference, NULL on error. */

/* A submission as of NOW (Unix seconds), as `log` lists it. */
json_t *json_submission(Store *store, const Campaign *campaign, const Dossier *dossier, gint64 now,
                        GError **error);
/* The same with what `show` adds. */
json_t *json_dossier(Store *store, const Campaign *campaign, const Dossier *dossier, gint64 now,
                     GError **error);
/* A mail that became no submission. */
json_t *json_mail_apart(Store *store, const Campaign *campaign, const Mail *mail, GError **error);
/* A message of before the window, of which only the place is known. */
json_t *json_place_before(const Campaign *campaign, const Place *place);
