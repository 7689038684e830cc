/* lenient: lists of names; no text makes it read beyond its end, or gives what is no JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/json.h"
#include "json/lenient.h"

enum { ALL = 63, LENGTH = 12, TEXTS = 300000 };

static void lists(void **state)
{
    (void)state;
    unsigned allowed = 0;
    struct problem problem = {0};
    assert_true(lenient_parse("--allow", "nan,comments", &allowed, &problem));
    assert_int_equal(allowed, LENIENT_NAN | LENIENT_COMMENTS);
    static const char *const wrong[] = {"", ",", "nan,", "nans", "na", "nan comments"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problem said = {0};
        assert_false(lenient_parse("--allow", wrong[i], &allowed, &said));
        assert_int_equal(said.status, STATUS_USAGE);
    }
}

/* Texts of the characters that mean something; each in a piece of memory of its own, that a checker watches. */
static void random_texts(void **state)
{
    (void)state;
    static const char letters[] = "{}[]:,'\"\\/*-+0a N1u\n$";
    uint64_t seed = 6;
    size_t read = 0;
    for (int i = 0; i < TEXTS; i++) {
        size_t len = (seed >> 40) % LENGTH, at;
        const char *message;
        char *text = malloc(len ? len : 1);
        struct buffer into = {0};
        for (size_t k = 0; k < len; k++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[k] = letters[(seed >> 33) % (sizeof letters - 1)];
        }
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        unsigned allowed = (unsigned)(seed >> 33) & ALL;
        buffer_add_text(&into, "kept");
        if (lenient_read(text, len, allowed, &into)) {
            assert_true(json_check(into.data + 4, into.len - 4, &at, &message));
            read++;
        } else {
            assert_int_equal(into.len, 4);
            assert_false(json_check(text, len, &at, &message)); /* what is JSON is read with anything allowed */
        }
        buffer_free(&into);
        free(text);
    }
    assert_true(read > TEXTS / 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists), cmocka_unit_test(random_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
