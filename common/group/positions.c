#include "group/positions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/cursor.h"
#include "json/json.h"

static struct position_of *add(struct positions *positions, const char *topic, size_t len, int32_t partition)
{
    if (positions->count == positions->cap) {
        positions->cap = positions->cap ? positions->cap * 2 : 8;
        positions->list = mem_resize(positions->list, positions->cap, sizeof *positions->list);
    }
    struct position_of *position = &positions->list[positions->count++];
    *position = (struct position_of){
        .topic = mem_copy(topic, len), .topic_len = len, .partition = partition, .time = POSITION_NO_TIME};
    return position;
}

static struct position_of *find(struct positions *positions, const char *topic, size_t len, int32_t partition)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position_of *position = &positions->list[i];
        if (position->partition == partition && position->topic_len == len && memcmp(position->topic, topic, len) == 0)
            return position;
    }
    return add(positions, topic, len, partition);
}

struct position_of *positions_find(struct positions *positions, const struct rows_origin *origin)
{
    size_t len = origin->topic.len - 2;
    if (positions->last < positions->count) { /* as it stands in nearly every envelope: without escapes */
        struct position_of *last = &positions->list[positions->last];
        if (last->partition == origin->partition && last->topic_len == len &&
            memcmp(last->topic, origin->topic.text + 1, len) == 0)
            return last;
    }
    struct buffer topic = {0};
    json_decode(origin->topic, &topic);
    struct position_of *position = find(positions, topic.data, topic.len, origin->partition);
    positions->last = (size_t)(position - positions->list);
    buffer_free(&topic);
    return position;
}

void positions_merge(struct positions *positions, const struct positions *other)
{
    for (size_t i = 0; i < other->count; i++) {
        const struct position_of *from = &other->list[i];
        struct position_of *into = find(positions, from->topic, from->topic_len, from->partition);
        into->next = from->next > into->next ? from->next : into->next;
    }
}

static int compare(const void *left, const void *right)
{
    const struct position_of *a = left, *b = right;
    int order = strcmp(a->topic, b->topic);
    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

void positions_write(struct positions *positions, struct buffer *into)
{
    if (positions->count > 1)
        qsort(positions->list, positions->count, sizeof *positions->list, compare);
    positions->last = 0;
    for (size_t i = 0; i < positions->count; i++) {
        const struct position_of *position = &positions->list[i];
        bool same = i > 0 && strcmp(position->topic, position[-1].topic) == 0;
        if (!same) {
            buffer_add_text(into, i > 0 ? "}," : "{");
            json_encode(position->topic, position->topic_len, into);
            buffer_add_char(into, ':');
        }
        buffer_add_format(into, "%s\"%d\":%lld", same ? "," : "{", (int)position->partition, (long long)position->next);
    }
    buffer_add_text(into, positions->count > 0 ? "}}" : "{}");
}

static bool read_number(const char *text, size_t len, long long *number)
{
    char digits[24], *end;
    if (len == 0 || len >= sizeof digits || text[0] < '0' || text[0] > '9')
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    errno = 0;
    *number = strtoll(digits, &end, 10);
    return errno == 0 && *end == '\0';
}

/* The partitions of one topic. */
static bool read_topic(struct positions *positions, struct span name, struct span object)
{
    struct buffer topic = {0};
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    bool good = object.type == SPAN_OBJECT;
    json_decode(name, &topic);
    while (good && json_cursor_member(&cursor, &key, &value)) {
        long long partition = 0, next = 0;
        good = read_number(key.text + 1, key.len - 2, &partition) && partition <= INT32_MAX &&
               value.type == SPAN_NUMBER && read_number(value.text, value.len, &next);
        if (!good)
            break;
        struct position_of *position = find(positions, topic.data, topic.len, (int32_t)partition);
        position->next = next > position->next ? next : position->next;
    }
    buffer_free(&topic);
    return good;
}

bool positions_read(struct positions *positions, struct span object)
{
    if (object.type != SPAN_OBJECT)
        return false;
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    while (json_cursor_member(&cursor, &key, &value))
        if (!read_topic(positions, key, value))
            return false;
    return true;
}

bool positions_within(const struct positions *positions, struct positions *other)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position_of *here = &positions->list[i];
        if (here->next > find(other, here->topic, here->topic_len, here->partition)->next)
            return false;
    }
    return true;
}

void positions_free(struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++)
        free(positions->list[i].topic);
    free(positions->list);
    *positions = (struct positions){0};
}
