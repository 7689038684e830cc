/* partial: bytes come back through base64 and checksum, every changed letter is found, fronts and names are as
 * documented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/partial.h"
#include "value/sealed.h"

static void hashes_are_fnv(void **state)
{
    (void)state;
    assert_true(sealed_hash("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(sealed_hash("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(sealed_hash("foobar", 6) == UINT64_C(0x85944171f73967e8));
    char name[PARTIAL_NAME_LEN + 1], other[PARTIAL_NAME_LEN + 1];
    partial_name(NULL, "count(*)", name);
    partial_name("", "count(*)", other);
    assert_string_equal(name, other);
    partial_name("a", "count(*)", other);
    assert_string_not_equal(name, other);
    char wanted[PARTIAL_NAME_LEN + 1];
    snprintf(wanted, sizeof wanted, "%016llx", (unsigned long long)sealed_hash("2\na\ncount(*)", 12));
    assert_string_equal(other, wanted);
}

static void states_come_back_and_damage_is_found(void **state)
{
    (void)state;
    for (size_t len = 0; len < 40; len++) {
        char bytes[40];
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(i * 37 + len);
        struct buffer text = {0}, back = {0};
        buffer_add_char(&text, '"');
        sealed_add(bytes, len, &text);
        buffer_add_char(&text, '"');
        struct span span = {.text = text.data, .len = text.len, .type = SPAN_STRING};
        buffer_add_char(&back, 'x'); /* what is there stays */
        assert_true(sealed_open(span, &back));
        assert_int_equal(back.len, len + 1);
        assert_memory_equal(back.data + 1, bytes, len);
        for (size_t i = 1; i + 1 < text.len; i++) {
            char was = text.data[i];
            if (was == '=' || text.data[i + 1] == '=') /* bits that stand for nothing */
                continue;
            text.data[i] = was == 'A' ? 'B' : 'A';
            back.len = 0;
            assert_false(sealed_open(span, &back));
            text.data[i] = was;
        }
        buffer_free(&text);
        buffer_free(&back);
    }
    static const char *const wrong[] = {"\"\"", "\"AAAA\"", "\"AAAAA\"", "\"AAAA????\"", "\"AAAAAA=A\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buffer back = {0};
        assert_false(
            sealed_open((struct span){.text = wrong[i], .len = strlen(wrong[i]), .type = SPAN_STRING}, &back));
        buffer_free(&back);
    }
}

static void fronts(void **state)
{
    (void)state;
    static const char key[] = "\x03""ab\0\x01\x04x\ty"; /* ab, null, empty, x tab y */
    const size_t len = sizeof key - 1;
    struct buffer text = {0};
    partial_add_front(PARTIAL_PLAIN, key, len, &text);
    assert_int_equal(text.len, 0);
    partial_add_front(PARTIAL_TEXT, key, len, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, "ab,\\N,,x\\ty\t");
    text.len = 0;
    partial_add_front(PARTIAL_HASH, key, len, &text);
    char wanted[24];
    snprintf(wanted, sizeof wanted, "%016llx\t", (unsigned long long)sealed_hash(key, len));
    assert_int_equal(text.len, 17);
    assert_memory_equal(text.data, wanted, 17);
    buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hashes_are_fnv),
                                       cmocka_unit_test(states_come_back_and_damage_is_found),
                                       cmocka_unit_test(fronts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
