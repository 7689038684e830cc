/* tls: OpenSSL is whole until the process is gone, whichever of our parts brings it; each in a child of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/tls.h"
#include "log/kafka/kafka_inner.h"
#include "store/http_inner.h"

enum { WHOLE = 3, GONE = 4 };

/* Registered first, so it runs last: behind what OpenSSL may have registered. Once that has run, OpenSSL refuses. */
static void look(void)
{
    _exit(OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) == 1 ? WHOLE : GONE);
}

static int after_exit(void (*what)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        atexit(look);
        what();
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
        exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void nothing(void)
{
}

static void asks_kafka(void)
{
    struct broker_error error;
    struct broker *broker = broker_kafka_open("127.0.0.1:1", NULL, 0, &error);
    if (!kafka_ask((struct kafka_broker *)broker, true, &error)) /* it lives until the end, as behind diag_die() */
        _exit(1);
}

static void opens_a_store(void)
{
    http_free(http_new(0));
}

static void test_whole(void **state)
{
    (void)state;
    assert_int_equal(after_exit(nothing), GONE); /* so that the others tell */
    assert_int_equal(after_exit(tls_outlives_exit), WHOLE);
    assert_int_equal(after_exit(asks_kafka), WHOLE);
    assert_int_equal(after_exit(opens_a_store), WHOLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
