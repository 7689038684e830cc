/* libFuzzer: hostile envelopes (-J) are messages or complaints within the text; a message that was read is written as
 * an envelope that reads as the same message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "log/broker.h"
#include "log/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return (!a && !b) || (a && b && a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0));
}

static void write_again(const struct broker_record *record, struct buffer *into)
{
    struct broker_message message = {.topic = "t", .partition = record->partition < 0 ? 0 : record->partition,
                                     .timestamp = record->timestamp, .key = record->key, .key_len = record->key_len,
                                     .value = record->value, .value_len = record->value_len,
                                     .timestamp_type = record->timestamp == BROKER_TIMESTAMP_NOW ? -1 : 0};
    envelope_write(&message, record->headers, record->header_count, false, into);
    buffer_reserve(into, 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 64);
    struct json_tree tree = {0}, other = {0};
    struct arena arena = {0};
    struct broker_record record, back;
    struct buffer again = {0};
    size_t at = 0;
    const char *message = NULL;
    must(text != NULL);
    memcpy(text, data, size);
    (void)envelope_read(text, size, true, &other, &arena, &record, &at, &message);
    if (envelope_read(text, size, false, &tree, &arena, &record, &at, &message)) {
        write_again(&record, &again);
        must(envelope_read(again.data, again.len, false, &other, &arena, &back, &at, &message));
        must(same(record.key, record.key_len, back.key, back.key_len));
        must(same(record.value, record.value_len, back.value, back.value_len));
        must(record.header_count == back.header_count && record.timestamp == back.timestamp);
        for (size_t i = 0; i < record.header_count; i++)
            must(strcmp(record.headers[i].name, back.headers[i].name) == 0 &&
                 same(record.headers[i].value, record.headers[i].value_len, back.headers[i].value,
                      back.headers[i].value_len));
    } else {
        must(message && at <= size);
    }
    json_tree_free(&tree);
    json_tree_free(&other);
    buffer_free(&again);
    arena_free(&arena);
    free(text);
    return 0;
}
