/* tls: what every user of OpenSSL, directly or through a library, has to see to first. Any thread, any number of times.
 *
 * OpenSSL takes itself down when the program ends (atexit), under the hands of threads that are in the middle of a
 * handshake: a tool that ends while a client's threads are alive, as by diag_die(), crashed now and then instead of
 * leaving with its status. The kernel takes its memory as well. */
#ifndef ATOOLS_TLS_H
#define ATOOLS_TLS_H

/* OpenSSL stays until the process is gone. To be called before the library that uses it begins (rd_kafka_new,
 * curl_global_init): once OpenSSL has begun, it has no effect. Source: OPENSSL_init_crypto(3), its
 * OPENSSL_INIT_NO_ATEXIT. */
void tls_outlives_exit(void);

#endif
