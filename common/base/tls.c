#include "base/tls.h"

#include <openssl/crypto.h>

void tls_outlives_exit(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}
