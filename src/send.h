/* Stage 6: due answers over SMTP, each committed as `sending` before the server hears of it; and
 * what became of those that nobody knows about, by a look into the Sent folder. */
#pragma once

#include "config.h"
#include "store.h"

/* Sends what is due. *status becomes the worst of what was refused; answers that are only put off
 * are no fault (a line on stderr says so). FALSE when the store fails or the server's certificate
 * is refused. */
gboolean send_replies(const Config *config, Store *store, int *status, GError **error);

/* Held answers become due now (send --held). */
gboolean send_release_held(Store *store, GError **error);
