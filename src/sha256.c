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

gchar *sha256_hex(const Sha256 *sum)
{
    static const gchar digits[] = "0123456789abcdef";
    guint8 bytes[LENGTH];
    gnutls_hash_hd_t copy = gnutls_hash_copy((gnutls_hash_hd_t)sum);
    if (copy == NULL)
        g_error("SHA-256: out of memory");
    gnutls_hash_deinit(copy, bytes);
    gchar *hex = g_malloc(2 * LENGTH + 1);
    for (guint i = 0; i < LENGTH; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * LENGTH] = '\0';
    return hex;
}

void sha256_free(Sha256 *sum)
{
    if (sum != NULL)
        gnutls_hash_deinit((gnutls_hash_hd_t)sum, NULL);
}
