/* How rows are packed, and which of two comes first. A row is read where it lies: key by key, as far as two differ. */
#include "table/sort_inner.h"

static void note_kind(struct sort *sort, size_t i, const struct value *key)
{
    int64_t number;
    if (i == 0)
        sort->classes |= 1u << sort_class_of(&(struct sort_key){.type = key->type & 0x7f});
    if (key->type != VALUE_CELL)
        return;
    sort->cells |= sort_bit(i);
    if (!(sort->words & sort_bit(i)) && !value_plain_number(key->text, key->len, &number) && !value_is_number(key))
        sort->words |= sort_bit(i);
}

static void pack_key(const struct value *value, struct buffer *into)
{
    buffer_add_char(into, (char)(((int)value->type & 0x7f) | (value->spaced ? 0x80 : 0)));
    struct value plain = *value;
    int64_t truth = value->type == VALUE_BOOLEAN && value->boolean;
    switch (value->type) {
    case VALUE_NULL:
        break;
    case VALUE_BOOLEAN:
        buffer_add(into, &truth, sizeof truth);
        break;
    case VALUE_LONG:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        buffer_add(into, &value->integer, sizeof value->integer);
        break;
    case VALUE_DOUBLE:
        buffer_add(into, &value->real, sizeof value->real);
        break;
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        pack_bytes(into, value->text, value->len);
        break;
    case VALUE_DECIMAL:
    case VALUE_INTERVAL:
        plain.as_written = false;
        size_t head = into->len;
        buffer_add_char(into, 0);
        pack_value(into, &plain);
        into->data[head] = (char)(into->len - head - 1); /* a few words: less than 128 bytes */
        break;
    }
}

void sort_pack(struct sort *sort, const struct value *keys, uint64_t place, uint64_t part, const void *bytes,
               size_t len, struct buffer *into)
{
    pack_number(into, place);
    pack_number(into, part);
    for (size_t i = 0; i < sort->key_count; i++) {
        note_kind(sort, i, &keys[i]);
        pack_key(&keys[i], into);
    }
    buffer_add(into, bytes, len);
}

const char *sort_row_bytes(const struct sort *sort, struct sort_row row, size_t *len)
{
    struct sort_key key;
    const char *at = sort_row_keys(row);
    for (size_t i = 0; i < sort->key_count; i++)
        at = sort_take_key(at, &key);
    *len = row.len - (size_t)(at - row.at);
    return at;
}

struct value sort_key_value(const struct sort_key *key)
{
    struct value value = {.type = (enum value_type)key->type};
    switch (value.type) {
    case VALUE_NULL:
        break;
    case VALUE_BOOLEAN:
        value.boolean = key->integer != 0;
        break;
    case VALUE_LONG:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        value.integer = key->integer;
        break;
    case VALUE_DOUBLE:
        value.real = key->real;
        break;
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        value.text = key->text;
        value.len = key->len;
        value.spaced = key->spaced;
        break;
    case VALUE_DECIMAL:
    case VALUE_INTERVAL: {
        struct unpack from = {.at = key->text, .end = key->text + key->len};
        value = unpack_value(&from);
        break;
    }
    }
    return value;
}

bool sort_key_number(const struct sort_key *key, double *real)
{
    int64_t whole;
    struct value number;
    if (key->type == VALUE_LONG) {
        *real = (double)key->integer;
        return true;
    }
    if (key->type == VALUE_CELL && value_plain_number(key->text, key->len, &whole)) {
        *real = (double)whole;
        return true;
    }
    struct value value = sort_key_value(key);
    bool is_number = value_to_number(&value, &number);
    *real = is_number ? value_to_double(&number) : 0;
    return is_number;
}

static int compare_bytes(const struct sort_key *a, const struct sort_key *b)
{
    size_t least = a->len < b->len ? a->len : b->len;
    int order = least > 0 ? memcmp(a->text, b->text, least) : 0;
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

int sort_compare_key(const struct sort_key *a, const struct sort_key *b, bool numeric)
{
    if (a->type == b->type) {
        int64_t x, y;
        if (a->type == VALUE_LONG || a->type == VALUE_DATE || a->type == VALUE_TIMESTAMP || a->type == VALUE_BOOLEAN)
            return (a->integer > b->integer) - (a->integer < b->integer);
        if (a->type == VALUE_STRING || (a->type == VALUE_CELL && !numeric))
            return compare_bytes(a, b);
        if (a->type == VALUE_CELL && value_plain_number(a->text, a->len, &x) && value_plain_number(b->text, b->len, &y))
            return (x > y) - (x < y);
    }
    struct value left = sort_key_value(a), right = sort_key_value(b);
    return value_compare(&left, &right, numeric);
}

static uint64_t part_of(struct sort_row row)
{
    uint64_t part;
    sort_take_number(sort_skip_number(row.at), &part);
    return part;
}

int sort_compare_from(const struct sort *sort, struct sort_row a, struct sort_row b, sort_mode mode, size_t key)
{
    const char *at = sort_row_keys(a), *other = sort_row_keys(b);
    for (size_t i = 0; i < sort->key_count; i++) {
        struct sort_key left, right;
        at = sort_take_key(at, &left);
        other = sort_take_key(other, &right);
        if (i < key)
            continue;
        const struct order_key *how = &sort->options.order->keys[i];
        if (left.type == VALUE_NULL || right.type == VALUE_NULL) {
            if (left.type == right.type)
                continue;
            return (left.type == VALUE_NULL) == how->nulls_last ? 1 : -1;
        }
        int order = sort_compare_key(&left, &right, mode & sort_bit(i));
        if (order != 0)
            return (order > 0) != how->descending ? 1 : -1;
    }
    uint64_t place = sort_row_place(a), other_place = sort_row_place(b);
    if (place != other_place)
        return place > other_place ? 1 : -1;
    uint64_t part = part_of(a), other_part = part_of(b);
    return (part > other_part) - (part < other_part);
}

int sort_compare(const struct sort *sort, struct sort_row a, struct sort_row b, sort_mode mode)
{
    return sort_compare_from(sort, a, b, mode, 0);
}

size_t sort_same_keys(const struct sort *sort, struct sort_row a, struct sort_row b)
{
    sort_mode mode = sort_final_mode(sort);
    const char *at = sort_row_keys(a), *other = sort_row_keys(b);
    for (size_t i = 0; i < sort->key_count; i++) {
        struct sort_key left, right;
        at = sort_take_key(at, &left);
        other = sort_take_key(other, &right);
        bool nulls = left.type == VALUE_NULL || right.type == VALUE_NULL;
        if (nulls ? left.type != right.type : sort_compare_key(&left, &right, mode & sort_bit(i)) != 0)
            return i;
    }
    return sort->key_count;
}
