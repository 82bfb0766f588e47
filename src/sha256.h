/* SHA-256 (FIPS 180-4) by GnuTLS, which uses the processor's own instructions where there are any:
 * several times as fast as GLib's. */
#pragma once

#include <glib.h>

typedef struct Sha256 Sha256;

Sha256 *sha256_new(void);
void sha256_update(Sha256 *sum, gconstpointer bytes, gsize length);
/* The hash of all that came, in hex, to be freed; SUM begins anew. */
gchar *sha256_hex(Sha256 *sum);
/* LENGTH bytes in hex, to be freed. */
gchar *hex_of(const guint8 *bytes, gsize length);
void sha256_free(Sha256 *sum);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sha256, sha256_free)
