/* SHA-256 in hex. */
#include "sha256.h"

#include <gnutls/crypto.h>

#define LENGTH 32

/* GnuTLS fails here only without memory, or where a policy forbids the algorithm. */
static void check(int result)
{
    if (result < 0)
        g_error("SHA-256: %s", gnutls_strerror(result));
}

Sha256 *sha256_new(void)
{
    gnutls_hash_hd_t sum;
    check(gnutls_hash_init(&sum, GNUTLS_DIG_SHA256));
    return (Sha256 *)sum;
}

void sha256_update(Sha256 *sum, gconstpointer bytes, gsize length)
{
    check(gnutls_hash((gnutls_hash_hd_t)sum, bytes, length));
}

gchar *sha256_hex(Sha256 *sum)
{
    guint8 bytes[LENGTH];
    gnutls_hash_output((gnutls_hash_hd_t)sum, bytes);
    return hex_of(bytes, LENGTH);
}

gchar *hex_of(const guint8 *bytes, gsize length)
{
    static const gchar digits[] = "0123456789abcdef";
    gchar *hex = g_malloc(2 * length + 1);
    for (gsize i = 0; i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * length] = '\0';
    return hex;
}

void sha256_free(Sha256 *sum)
{
    if (sum != NULL)
        gnutls_hash_deinit((gnutls_hash_hd_t)sum, NULL);
}
