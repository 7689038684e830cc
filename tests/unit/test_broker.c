/* broker: sizes on the wire, and the hash that chooses partitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "log/broker.h"

/* The vectors of Kafka's own UtilsTest.testMurmur2. */
static void murmur2(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int32_t hash;
    } cases[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal((int32_t)broker_murmur2(cases[i].key, strlen(cases[i].key)), cases[i].hash);
}

/* A topic of 5242880 takes a value of 5,242,806 bytes and no more. */
static void record_size(void **state)
{
    (void)state;
    struct broker_record record = {.value = "", .value_len = 5242806};
    assert_int_equal(broker_record_size(&record), 5242880);
    record.value_len++;
    assert_int_equal(broker_record_size(&record), 5242881);
    record = (struct broker_record){0};
    assert_int_equal(broker_record_size(&record), 61 + 1 + 6);
    struct broker_header headers[] = {{"name", "value", 5}, {"", NULL, 0}};
    record = (struct broker_record){.key = "", .key_len = 64, .headers = headers, .header_count = 2};
    assert_int_equal(broker_record_size(&record), 61 + 2 + 3 + (2 + 64) + 1 + 1 + (1 + 4 + 1 + 5) + (1 + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(murmur2), cmocka_unit_test(record_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
