#include "parquet/partition.h"

#include <string.h>

#include "base/text.h"

/* ExternalCatalogUtils.charToEscape of Spark. */
static bool is_escaped(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f || strchr("\"#%'*/:=?\\{[]^", byte) != NULL;
}

static void add_escaped(const char *bytes, size_t len, struct buffer *into)
{
    for (size_t i = 0; i < len; i++)
        if (is_escaped((unsigned char)bytes[i]))
            buffer_add_format(into, "%%%02X", (unsigned)(unsigned char)bytes[i]);
        else
            buffer_add_char(into, bytes[i]);
}

void parquet_partition_add(const char *name, size_t name_len, const char *value, size_t value_len, struct buffer *into)
{
    add_escaped(name, name_len, into);
    buffer_add_char(into, '=');
    if (value && value_len > 0)
        add_escaped(value, value_len, into);
    else
        buffer_add_text(into, PARQUET_PARTITION_NULL);
}

static void add_decoded(const char *text, size_t len, struct buffer *into)
{
    into->len = 0;
    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '%' && i + 2 < len && text_is_hex(text[i + 1]) && text_is_hex(text[i + 2]);
        buffer_add_char(into, escape ? (char)(text_digit(text[i + 1]) << 4 | text_digit(text[i + 2])) : text[i]);
        i += escape ? 2 : 0;
    }
}

bool parquet_partition_next(const char **path, struct buffer *name, struct buffer *value, bool *is_null)
{
    const char *slash;
    while ((slash = strchr(*path, '/')) != NULL) {
        const char *folder = *path, *equals = memchr(folder, '=', (size_t)(slash - folder));
        *path = slash + 1;
        if (!equals || equals == folder)
            continue;
        add_decoded(folder, (size_t)(equals - folder), name);
        add_decoded(equals + 1, (size_t)(slash - equals) - 1, value);
        *is_null = value->len == sizeof PARQUET_PARTITION_NULL - 1 &&
                   memcmp(value->data, PARQUET_PARTITION_NULL, value->len) == 0;
        return true;
    }
    return false;
}
