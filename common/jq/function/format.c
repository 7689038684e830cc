/* Formats of strings: @csv and the others. */
#include "jq/function/function_inner.h"

enum jq_format jq_format_named(const char *name, size_t len)
{
    static const char *const names[] = {"text", "json", "csv",    "tsv",     "html",   "uri",
                                        "urid", "sh",   "base64", "base64d", "base32", "base32d"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return (enum jq_format)(JQ_FORMAT_TEXT + i);
    return JQ_FORMAT_NONE;
}

/* Bytes with some of them replaced. */
static void add_replaced(struct buffer *into, struct jq_bytes bytes, const char *from, const char *const *to)
{
    for (size_t i = 0; i < bytes.len; i++) {
        const char *found = bytes.at[i] ? strchr(from, bytes.at[i]) : NULL;
        if (found)
            buffer_add_text(into, to[found - from]);
        else
            buffer_add_char(into, bytes.at[i]);
    }
}

static bool add_cell(struct jq_machine *jq, enum jq_format format, struct jq_value *cell, struct buffer *into)
{
    static const char *const tsv[] = {"\\t", "\\n", "\\r", "\\\\"};
    static const char *const quote[] = {"\"\""};
    static const char *const shell[] = {"'\\''"};
    if (cell->type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, cell);
        if (format == JQ_FORMAT_TSV) {
            add_replaced(into, bytes, "\t\n\r\\", tsv);
            return true;
        }
        const char *around = format == JQ_FORMAT_CSV ? "\"" : "'";
        buffer_add_text(into, around);
        add_replaced(into, bytes, around, format == JQ_FORMAT_CSV ? quote : shell);
        buffer_add_text(into, around);
        return true;
    }
    if (cell->type >= JQ_ARRAY) {
        jq_fail_value(jq, jq_keep(jq, *cell),
                      format == JQ_FORMAT_SH ? "can not be escaped for shell" : "is not valid in a csv row");
        return false;
    }
    if (cell->type != JQ_NULL || format == JQ_FORMAT_SH)
        jq_write_again(jq, *cell, into);
    return true;
}

/* @csv, @tsv, @sh: cells of an array with something between. */
static bool add_row(struct jq_machine *jq, enum jq_format format, struct jq_value *value, struct buffer *into)
{
    if (value->type != JQ_ARRAY) {
        if (format == JQ_FORMAT_SH)
            return add_cell(jq, format, value, into);
        jq_fail_value(jq, jq_keep(jq, *value),
                      format == JQ_FORMAT_CSV ? "cannot be csv-formatted, only an array can be"
                                              : "cannot be tsv-formatted, only an array can be");
        return false;
    }
    size_t len = jq_array_length(jq, value);
    for (size_t i = 0; i < len; i++) {
        if (i > 0)
            buffer_add_char(into, format == JQ_FORMAT_CSV ? ',' : format == JQ_FORMAT_TSV ? '\t' : ' ');
        if (!add_cell(jq, format, &value->array->items[i], into))
            return false;
    }
    return true;
}

static void add_html(struct jq_bytes bytes, struct buffer *into)
{
    static const char *const to[] = {"&lt;", "&gt;", "&amp;", "&apos;", "&quot;"};
    add_replaced(into, bytes, "<>&'\"", to);
}

static void add_uri(struct jq_bytes bytes, struct buffer *into)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.at[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-_.~", c))) {
            buffer_add_char(into, (char)c);
        } else {
            char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
            buffer_add(into, escape, sizeof escape);
        }
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static bool add_unescaped_uri(struct jq_machine *jq, struct jq_value value, struct jq_bytes bytes, struct buffer *into)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] != '%') {
            buffer_add_char(into, bytes.at[i]);
            continue;
        }
        int high = i + 2 < bytes.len ? hex_digit(bytes.at[i + 1]) : -1;
        int low = i + 2 < bytes.len ? hex_digit(bytes.at[i + 2]) : -1;
        if (high < 0 || low < 0) {
            jq_fail_value(jq, jq_keep(jq, value), "is not a valid uri encoding");
            return false;
        }
        buffer_add_char(into, (char)(high << 4 | low));
        i += 2;
    }
    return true;
}

static const char alphabet64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Groups of `bits` bits as letters; filled up with '=' to whole groups of bytes. */
static void add_based(struct jq_bytes bytes, const char *alphabet, unsigned bits, struct buffer *into)
{
    unsigned group = bits == 6 ? 4 : 8, have = 0;
    uint32_t pending = 0;
    size_t start = into->len;
    for (size_t i = 0; i < bytes.len; i++) {
        pending = pending << 8 | (unsigned char)bytes.at[i];
        for (have += 8; have >= bits; have -= bits)
            buffer_add_char(into, alphabet[pending >> (have - bits) & ((1u << bits) - 1)]);
    }
    if (have > 0)
        buffer_add_char(into, alphabet[pending << (bits - have) & ((1u << bits) - 1)]);
    while ((into->len - start) % group != 0)
        buffer_add_char(into, '=');
}

static bool add_unbased(struct jq_machine *jq, struct jq_value value, struct jq_bytes bytes, const char *alphabet,
                        unsigned bits, struct buffer *into)
{
    uint32_t pending = 0;
    unsigned have = 0, letters = 0;
    for (size_t i = 0; i < bytes.len && bytes.at[i] != '='; i++) {
        const char *found = bytes.at[i] ? strchr(alphabet, bytes.at[i]) : NULL;
        if (!found) {
            jq_fail_value(jq, jq_keep(jq, value), bits == 6 ? "is not valid base64 data" : "is not valid base32 data");
            return false;
        }
        pending = pending << bits | (uint32_t)(found - alphabet);
        letters++;
        have += bits;
        if (have >= 8) {
            have -= 8;
            buffer_add_char(into, (char)(pending >> have));
        }
    }
    if (bits == 6 && letters % 4 == 1) {
        jq_fail_value(jq, jq_keep(jq, value), "trailing base64 byte found");
        return false;
    }
    return true;
}

/* Other formats are of the value as a string. */
static bool add_string(struct jq_machine *jq, enum jq_format format, struct jq_value *value, struct buffer *into)
{
    struct jq_bytes bytes = jq_string_bytes(jq, value);
    switch (format) {
    case JQ_FORMAT_HTML:
        add_html(bytes, into);
        return true;
    case JQ_FORMAT_URI:
        add_uri(bytes, into);
        return true;
    case JQ_FORMAT_URID:
        return add_unescaped_uri(jq, *value, bytes, into);
    case JQ_FORMAT_BASE64:
        add_based(bytes, alphabet64, 6, into);
        return true;
    case JQ_FORMAT_BASE64D:
        return add_unbased(jq, *value, bytes, alphabet64, 6, into);
    case JQ_FORMAT_BASE32:
        add_based(bytes, alphabet32, 5, into);
        return true;
    default:
        return add_unbased(jq, *value, bytes, alphabet32, 5, into);
    }
}

struct jq_value jq_format(struct jq_machine *jq, enum jq_format format, struct jq_value value)
{
    if (format == JQ_FORMAT_TEXT)
        return jq_to_string(jq, value);
    struct buffer made = {0};
    bool good = true;
    if (format == JQ_FORMAT_JSON) {
        jq_write_again(jq, value, &made);
    } else if (format == JQ_FORMAT_CSV || format == JQ_FORMAT_TSV || format == JQ_FORMAT_SH) {
        good = add_row(jq, format, &value, &made);
    } else {
        value = jq_to_string(jq, value);
        good = add_string(jq, format, &value, &made);
    }
    jq_drop(jq, value);
    struct jq_value result = good ? jq_string_buffer(jq, &made) : jq_none();
    buffer_free(&made);
    return result;
}
