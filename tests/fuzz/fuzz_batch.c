/* A record batch of hostile bytes, whose checksum is right: reading it is an error or records within it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log/local/crc32c.h"
#include "log/local/record_batch.h"

enum { HEADERS_MAX = 64, SIZE_MAX_HERE = 1 << 20 };

static void put_big_endian(char *at, uint32_t number)
{
    for (int i = 3; i >= 0; i--, number >>= 8)
        at[i] = (char)number;
}

/* Looks at each byte that a record claims as its own. */
static size_t touch(const char *bytes, size_t len)
{
    size_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += (unsigned char)bytes[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t seen = 0;
    if (size < RECORD_BATCH_FRONT || size > SIZE_MAX_HERE)
        return 0;
    char *batch = malloc(size); /* its end is where the sanitizer looks */
    memcpy(batch, data, size);
    put_big_endian(batch + 8, (uint32_t)(size - RECORD_BATCH_UNCOUNTED));
    batch[16] = 2;
    put_big_endian(batch + 17, crc32c(0, batch + 21, size - 21));
    struct record_batch front = record_batch_front(batch);
    struct record_batch_reader reader = {0};
    struct log_record record;
    if (!record_batch_valid(&front, batch))
        abort();
    if (record_batch_reader_start(&reader, batch))
        while (record_batch_reader_next(&reader, &record) > 0) {
            struct log_header headers[HEADERS_MAX];
            seen += touch(record.key, record.key_len) + touch(record.value, record.value_len);
            if (record.header_count <= HEADERS_MAX && record_batch_headers(&record, headers))
                for (size_t i = 0; i < record.header_count; i++)
                    seen += touch(headers[i].key, headers[i].key_len) + touch(headers[i].value, headers[i].value_len);
        }
    record_batch_reader_free(&reader);
    free(batch);
    return seen == (size_t)-1 ? -1 : 0; /* what was seen is used */
}
