#include "dataset/gather.h"

#include <stdlib.h>
#include <string.h>

#include "json/json.h"

struct gather *gather_new(bool wants_schema)
{
    struct gather *gather = mem_zero(1, sizeof *gather);
    gather->schema = wants_schema ? schema_new() : NULL;
    gather->spill = spill_new();
    pthread_mutex_init(&gather->lock, NULL);
    pthread_mutex_init(&gather->taking, NULL);
    return gather;
}

void gather_free(struct gather *gather)
{
    if (!gather)
        return;
    for (size_t i = 0; i < gather->count; i++) {
        struct gather_group *group = gather->groups[i];
        free(group->name);
        free(group->extents);
        free(group);
    }
    free(gather->groups);
    schema_free(gather->schema);
    index_free(&gather->index);
    spill_free(gather->spill);
    pthread_mutex_destroy(&gather->lock);
    pthread_mutex_destroy(&gather->taking);
    free(gather);
}

static size_t find_group(const struct gather *gather, uint64_t hash, const char *name, size_t len)
{
    const struct index *index = &gather->index;
    for (size_t at = index_first(index, hash); at != INDEX_NONE; at = index_next(index, hash, at)) {
        const struct gather_group *group = gather->groups[index_number(index, at)];
        if (group->name_len == len && (len == 0 || memcmp(group->name, name, len) == 0))
            return index_number(index, at);
    }
    return gather->count;
}

static void add_group(struct gather *gather, uint64_t hash, const char *name, size_t len)
{
    struct gather_group *group = mem_zero(1, sizeof *group);
    group->name = mem_copy(name, len);
    group->name_len = len;
    group->first = group->next = -1;
    if (gather->count == gather->cap) {
        gather->cap = gather->cap ? 2 * gather->cap : 16;
        gather->groups = mem_resize(gather->groups, gather->cap, sizeof(struct gather_group *));
    }
    gather->groups[gather->count] = group;
    index_add(&gather->index, hash, gather->count++);
}

size_t gather_group(struct gather *gather, const char *name, size_t len)
{
    uint64_t hash = index_hash(name, len);
    pthread_mutex_lock(&gather->lock);
    size_t number = find_group(gather, hash, name, len);
    if (number == gather->count && number < GATHER_GROUPS_MAX)
        add_group(gather, hash, name, len);
    pthread_mutex_unlock(&gather->lock);
    return number;
}

static struct gather_part *part_of(struct gather_parcel *parcel, size_t group)
{
    if (group >= parcel->place_cap) {
        size_t cap = 2 * group + 16;
        parcel->places = mem_resize(parcel->places, cap, sizeof *parcel->places);
        memset(parcel->places + parcel->place_cap, 0, (cap - parcel->place_cap) * sizeof *parcel->places);
        parcel->place_cap = cap;
    }
    if (parcel->places[group] == 0) {
        if (parcel->count == parcel->cap) {
            size_t cap = parcel->cap ? 2 * parcel->cap : 4;
            parcel->parts = mem_resize(parcel->parts, cap, sizeof *parcel->parts);
            memset(parcel->parts + parcel->cap, 0, (cap - parcel->cap) * sizeof *parcel->parts);
            parcel->cap = cap;
        }
        struct gather_part *part = &parcel->parts[parcel->count++];
        struct buffer records = part->records;
        *part = (struct gather_part){.group = group, .records = records, .first = -1, .last = -1, .ordered = true};
        part->records.len = 0;
        parcel->places[group] = parcel->count;
    }
    return &parcel->parts[parcel->places[group] - 1];
}

size_t gather_message(struct gather_parcel *parcel, size_t group, int64_t offset)
{
    struct gather_part *part = part_of(parcel, group);
    if (offset >= 0) {
        part->ordered &= offset > part->last;
        if (part->first < 0)
            part->first = offset;
        if (offset > part->last)
            part->last = offset;
    }
    return parcel->places[group] - 1;
}

void gather_record(struct gather_parcel *parcel, size_t number, bool wants_schema, struct span record, int64_t offset,
                   bool begins)
{
    struct gather_part *part = &parcel->parts[number];
    struct gather_head head = {.len = record.len, .offset = offset, .begins = begins};
    size_t at = part->records.len;
    buffer_add(&part->records, &head, sizeof head);
    if (memchr(record.text, '\n', record.len)) {
        json_compact(record.text, record.len, &part->records);
        head.len = part->records.len - at - sizeof head;
        memcpy(part->records.data + at, &head, sizeof head);
    } else {
        buffer_add(&part->records, record.text, record.len);
    }
    buffer_add(&part->records, "\0\0\0\0\0\0\0", GATHER_SLACK);
    part->rows++;
    parcel->bytes += part->records.len - at;
    if (!wants_schema)
        return;
    if (!parcel->schema)
        parcel->schema = schema_new();
    schema_add(parcel->schema, record);
}

static void add_extent(struct gather *gather, struct gather_group *group, const char *records, size_t len)
{
    if (group->extent_count == group->extent_cap) {
        group->extent_cap = group->extent_cap ? 2 * group->extent_cap : 16;
        group->extents = mem_resize(group->extents, group->extent_cap, sizeof *group->extents);
    }
    struct gather_extent *extent = &group->extents[group->extent_count++];
    extent->from = spill_end(gather->spill);
    spill_write(gather->spill, records, len);
    extent->to = spill_end(gather->spill);
}

/* Leaves out the records of messages that the group has taken already, or that come twice in the part. */
static void leave_out(struct gather *gather, const struct gather_group *group, struct gather_part *part)
{
    char *data = part->records.data;
    size_t to = 0;
    int64_t next = group->next;
    bool keeps = false;
    for (size_t from = 0; from < part->records.len;) {
        struct gather_head head;
        memcpy(&head, data + from, sizeof head);
        size_t size = sizeof head + (size_t)head.len + GATHER_SLACK;
        if (head.begins)
            keeps = head.offset >= next;
        if (keeps) {
            memmove(data + to, data + from, size);
            to += size;
            next = head.offset + 1;
        } else {
            part->rows--;
            gather->passed += head.begins;
        }
        from += size;
    }
    part->records.len = to;
}

static void take_part(struct gather *gather, struct gather_part *part)
{
    pthread_mutex_lock(&gather->lock); /* others may add groups */
    struct gather_group *group = gather->groups[part->group];
    pthread_mutex_unlock(&gather->lock);
    if (part->first >= 0 && (!part->ordered || part->first < group->next))
        leave_out(gather, group, part);
    if (part->first >= 0 && group->first < 0)
        group->first = group->next >= 0 ? group->next : part->first;
    if (part->last >= group->next)
        group->next = part->last + 1;
    group->rows += part->rows;
    if (part->records.len > 0)
        add_extent(gather, group, part->records.data, part->records.len);
}

void gather_take(struct gather *gather, struct gather_parcel *parcel)
{
    pthread_mutex_lock(&gather->taking);
    for (size_t i = 0; i < parcel->count; i++) {
        parcel->places[parcel->parts[i].group] = 0;
        take_part(gather, &parcel->parts[i]);
    }
    parcel->count = parcel->bytes = 0;
    if (parcel->schema)
        schema_merge(gather->schema, parcel->schema);
    pthread_mutex_unlock(&gather->taking);
    schema_free(parcel->schema);
    parcel->schema = NULL;
}

struct gather *gather_split(struct gather *gather)
{
    pthread_mutex_lock(&gather->taking);
    struct gather *split = gather_new(gather->schema != NULL);
    if (gather->schema)
        schema_merge(split->schema, gather->schema);
    struct spill *empty = split->spill;
    split->spill = gather->spill;
    gather->spill = empty;
    pthread_mutex_lock(&gather->lock);
    split->groups = mem_zero(gather->count + 1, sizeof(struct gather_group *));
    split->count = split->cap = gather->count;
    for (size_t i = 0; i < gather->count; i++) {
        struct gather_group *group = gather->groups[i];
        split->groups[i] = mem_zero(1, sizeof *group);
        *split->groups[i] = *group;
        split->groups[i]->name = mem_copy(group->name, group->name_len);
        group->rows = 0;
        group->first = -1;
        group->extents = NULL;
        group->extent_count = group->extent_cap = 0;
    }
    pthread_mutex_unlock(&gather->lock);
    pthread_mutex_unlock(&gather->taking);
    return split;
}

void gather_parcel_free(struct gather_parcel *parcel)
{
    for (size_t i = 0; i < parcel->cap; i++)
        buffer_free(&parcel->parts[i].records);
    schema_free(parcel->schema);
    free(parcel->parts);
    free(parcel->places);
    *parcel = (struct gather_parcel){0};
}

uint64_t gather_next(struct spill_reader *reader, uint64_t rows, struct buffer *into)
{
    uint64_t count = 0;
    while (count < rows && !spill_at_end(reader)) {
        struct gather_head head;
        memcpy(&head, spill_read(reader, sizeof head), sizeof head);
        buffer_add(into, &head, sizeof head);
        size_t len = (size_t)head.len + GATHER_SLACK;
        buffer_add(into, spill_read(reader, len), len);
        count++;
    }
    return count;
}
