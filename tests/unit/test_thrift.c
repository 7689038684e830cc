/* thrift: what is written is read again; what is truncated, nested too deeply or of another type is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parquet/thrift.h"

static struct thrift_reader reader_of(const struct buffer *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes->data;
    return (struct thrift_reader){.at = at, .end = at + len};
}

/* One field of each kind, the last one far behind the others. */
static void write_all(struct buffer *into)
{
    struct thrift_writer writer = {.into = into};
    thrift_write_boolean(&writer, 1, true);
    thrift_write_boolean(&writer, 2, false);
    thrift_write_byte(&writer, 3, -5);
    thrift_write_i32(&writer, 4, INT32_MIN);
    thrift_write_i64(&writer, 5, INT64_MAX);
    thrift_write_binary(&writer, 6, "bytes", 5);
    struct thrift_writer inner = thrift_write_struct(&writer, 7);
    thrift_write_i64(&inner, 20, -1);
    thrift_end(&inner);
    thrift_write_list(&writer, 8, THRIFT_I32, 20);
    for (int i = 0; i < 20; i++)
        thrift_element_integer(into, -i);
    thrift_write_list(&writer, 9, THRIFT_TRUE, 2);
    thrift_element_boolean(into, true);
    thrift_element_boolean(into, false);
    thrift_write_list(&writer, 10, THRIFT_BINARY, 1);
    thrift_element_binary(into, "x", 1);
    thrift_write_i32(&writer, 300, 7);
    thrift_end(&writer);
}

/* How many fields were right; all: 11. */
static int read_all(struct thrift_reader *reader)
{
    struct thrift_field field = {0}, inner = {0}, element;
    int right = 0;
    while (thrift_next(reader, &field)) {
        struct thrift_bytes bytes;
        size_t count;
        bool good = true;
        switch (field.id) {
        case 1:
            right += thrift_boolean(reader, field);
            break;
        case 2:
            right += !thrift_boolean(reader, field);
            break;
        case 3:
            right += thrift_integer(reader, field) == -5;
            break;
        case 4:
            right += thrift_int32(reader, field) == INT32_MIN;
            break;
        case 5:
            right += thrift_integer(reader, field) == INT64_MAX;
            break;
        case 6:
            bytes = thrift_binary(reader, field);
            right += bytes.len == 5 && memcmp(bytes.data, "bytes", 5) == 0;
            break;
        case 7:
            good = thrift_struct(reader, field);
            while (thrift_next(reader, &inner))
                good = inner.id == 20 && thrift_integer(reader, inner) == -1;
            right += good;
            break;
        case 8:
            count = thrift_list(reader, field, &element);
            for (size_t i = 0; i < count; i++)
                good &= thrift_integer(reader, element) == -(int64_t)i;
            right += good && count == 20;
            break;
        case 9:
            count = thrift_list(reader, field, &element);
            good = thrift_boolean(reader, element);
            right += good && count == 2 && !thrift_boolean(reader, element);
            break;
        case 10:
            count = thrift_list(reader, field, &element);
            right += count == 1 && thrift_binary(reader, element).len == 1;
            break;
        default:
            right += field.id == 300 && thrift_int32(reader, field) == 7;
            break;
        }
    }
    return right;
}

static void test_written_is_read(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    write_all(&bytes);
    struct thrift_reader reader = reader_of(&bytes, bytes.len);
    assert_int_equal(read_all(&reader), 11);
    assert_false(thrift_failed(&reader));
    assert_ptr_equal(reader.at, reader.end);
    reader = reader_of(&bytes, bytes.len);
    struct thrift_field field = {0};
    while (thrift_next(&reader, &field))
        thrift_skip(&reader, field);
    assert_false(thrift_failed(&reader));
    assert_ptr_equal(reader.at, reader.end);
    buffer_free(&bytes);
}

static void test_truncated(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    write_all(&bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        struct thrift_reader reader = reader_of(&bytes, len);
        read_all(&reader);
        assert_true(reader.ended);
        reader = reader_of(&bytes, len);
        struct thrift_field field = {0};
        while (thrift_next(&reader, &field))
            thrift_skip(&reader, field);
        assert_true(reader.ended);
    }
    buffer_free(&bytes);
}

/* Structs in structs, `depth` of them below the first field. */
static bool skips(size_t depth)
{
    struct buffer bytes = {0};
    for (size_t i = 0; i < depth; i++)
        buffer_add_char(&bytes, 0x1C);
    for (size_t i = 0; i <= depth; i++)
        buffer_add_char(&bytes, 0);
    struct thrift_reader reader = reader_of(&bytes, bytes.len);
    struct thrift_field field = {0};
    while (thrift_next(&reader, &field))
        thrift_skip(&reader, field);
    bool good = !thrift_failed(&reader);
    buffer_free(&bytes);
    return good;
}

static void test_depth(void **state)
{
    (void)state;
    assert_true(skips(THRIFT_DEPTH_MAX + 1));
    assert_false(skips(THRIFT_DEPTH_MAX + 2));
}

static bool refused(const char *bytes, size_t len)
{
    struct buffer memory = {.data = (char *)(uintptr_t)bytes, .len = len};
    struct thrift_reader reader = reader_of(&memory, len);
    struct thrift_field field = {0};
    while (thrift_next(&reader, &field))
        thrift_skip(&reader, field);
    return reader.bad || reader.ended;
}

static void test_damaged(void **state)
{
    (void)state;
    assert_true(refused("\x1D\x00", 2));                                             /* no such type */
    assert_true(refused("\x19\x1D\x00\x00", 4));                                     /* a list of no such type */
    /* a number of more than 64 bits */
    assert_true(refused("\x16\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00", 13));
    assert_true(refused("\x18\xFF\xFF\xFF\xFF\x0F\x61", 7));                         /* bytes that are not there */
    assert_true(refused("\x19\xFC\xFF\xFF\xFF\xFF\x0F\x00", 8));                     /* elements that are not there */
    assert_false(refused("\x19\x00\x00", 3));                                        /* an empty list of nothing */
    assert_false(refused("\x1B\x00\x00", 3));                                        /* an empty map */
    assert_false(refused("\x1B\x01\x85\x01\x78\x02\x00", 7));                        /* a map of a string to a number */
    struct buffer bytes = {.data = (char[]){0x15, 0x02, 0x00}, .len = 3};
    struct thrift_reader reader = reader_of(&bytes, 3);
    struct thrift_field field = {0};
    assert_true(thrift_next(&reader, &field));
    thrift_binary(&reader, field); /* but it is a number */
    assert_true(reader.bad);
    assert_int_equal(thrift_integer(&reader, field), 0);
    assert_false(thrift_next(&reader, &field));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
