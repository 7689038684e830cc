/* Kerberos, SASL's GSSAPI: librdkafka takes Cyrus' libsasl2 for it, of which distributions have no static one. A
 * program that is linked statically (LIBRARY_LINKED) refuses it by name, and has here what librdkafka would call. */
#include <string.h>

#include "log/kafka/kafka_inner.h"

#ifndef LIBRARY_LINKED

bool kafka_mechanism_there(const rd_kafka_conf_t *conf, struct broker_error *error)
{
    (void)conf;
    (void)error;
    return true;
}

#else

bool kafka_mechanism_there(const rd_kafka_conf_t *conf, struct broker_error *error)
{
    char protocol[64] = "", mechanism[64] = "";
    size_t protocol_size = sizeof protocol, mechanism_size = sizeof mechanism;
    rd_kafka_conf_get(conf, "security.protocol", protocol, &protocol_size);
    rd_kafka_conf_get(conf, "sasl.mechanism", mechanism, &mechanism_size);
    return strncmp(protocol, "sasl_", 5) != 0 || strcmp(mechanism, "GSSAPI") != 0 ||
           broker_fail(error, BROKER_INVALID,
                       "property sasl.mechanism: GSSAPI (Kerberos) is not in this program, which is linked statically: "
                       "`make bundle` has it; PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER are here");
}

/* As sasl/sasl.h of Cyrus SASL 2.1 declares them. librdkafka begins with the first; the others are behind GSSAPI. */
enum { SASL_OK = 0, SASL_NOMECH = -4 };

int sasl_client_init(const void *callbacks);
int sasl_client_new(const char *service, const char *server, const char *local, const char *remote,
                    const void *callbacks, unsigned flags, void **connection);
int sasl_client_start(void *connection, const char *mechanisms, void **interact, const char **out, unsigned *len,
                      const char **mechanism);
int sasl_client_step(void *connection, const char *in, unsigned in_len, void **interact, const char **out,
                     unsigned *len);
void sasl_dispose(void **connection);
const char *sasl_errdetail(void *connection);
const char *sasl_errstring(int error, const char *languages, const char **language);
int sasl_getprop(void *connection, int property, const void **value);
int sasl_listmech(void *connection, const char *user, const char *prefix, const char *between, const char *suffix,
                  const char **result, unsigned *len, int *count);

int sasl_client_init(const void *callbacks)
{
    (void)callbacks;
    return SASL_OK;
}

int sasl_client_new(const char *service, const char *server, const char *local, const char *remote,
                    const void *callbacks, unsigned flags, void **connection)
{
    (void)service, (void)server, (void)local, (void)remote, (void)callbacks, (void)flags;
    *connection = NULL;
    return SASL_NOMECH;
}

int sasl_client_start(void *connection, const char *mechanisms, void **interact, const char **out, unsigned *len,
                      const char **mechanism)
{
    (void)connection, (void)mechanisms, (void)interact, (void)out, (void)len, (void)mechanism;
    return SASL_NOMECH;
}

int sasl_client_step(void *connection, const char *in, unsigned in_len, void **interact, const char **out,
                     unsigned *len)
{
    (void)connection, (void)in, (void)in_len, (void)interact, (void)out, (void)len;
    return SASL_NOMECH;
}

void sasl_dispose(void **connection)
{
    *connection = NULL;
}

const char *sasl_errdetail(void *connection)
{
    return sasl_errstring(SASL_NOMECH, connection, NULL);
}

const char *sasl_errstring(int error, const char *languages, const char **language)
{
    (void)error, (void)languages, (void)language;
    return "GSSAPI is not in this program";
}

int sasl_getprop(void *connection, int property, const void **value)
{
    (void)connection, (void)property, (void)value;
    return SASL_NOMECH;
}

int sasl_listmech(void *connection, const char *user, const char *prefix, const char *between, const char *suffix,
                  const char **result, unsigned *len, int *count)
{
    (void)connection, (void)user, (void)prefix, (void)between, (void)suffix, (void)result, (void)len, (void)count;
    return SASL_NOMECH;
}

#endif
