#include "log/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

/* The partitions of one topic. */
struct part {
    const char *topic;
    size_t count;
    bool *wanted, *leaderless;
    struct broker_ends *ends;
    int64_t *from, *until;
};

static struct part make_part(struct arena *arena, const char *topic, size_t count)
{
    struct part part = {.topic = topic, .count = count};
    part.wanted = arena_alloc(arena, (count + 1) * sizeof *part.wanted);
    part.leaderless = arena_alloc(arena, (count + 1) * sizeof *part.leaderless);
    part.ends = arena_alloc(arena, (count + 1) * sizeof *part.ends);
    part.from = arena_alloc(arena, (count + 1) * sizeof *part.from);
    part.until = arena_alloc(arena, (count + 1) * sizeof *part.until);
    memset(part.leaderless, 0, (count + 1) * sizeof *part.leaderless);
    return part;
}

/* What -o asks for must be there. */
static bool check_from(const struct part *part, size_t i, struct broker_error *error)
{
    const struct broker_ends *ends = &part->ends[i];
    if (part->from[i] < ends->low)
        return broker_fail(error, BROKER_FAILED, "%s [%zu]: offset %lld is deleted, the first there is %lld",
                           part->topic, i, (long long)part->from[i], (long long)ends->low);
    if (part->from[i] > ends->high)
        return broker_fail(error, BROKER_FAILED, "%s [%zu]: offset %lld is beyond the end, which is %lld", part->topic,
                           i, (long long)part->from[i], (long long)ends->high);
    return true;
}

static struct broker_range make_range(const struct part *part, size_t i, const struct ranges_options *options)
{
    struct broker_range range = {
        .topic = part->topic, .partition = (int32_t)i, .from = part->from[i], .until = BROKER_NO_END};
    if (options->until)
        range.until = part->until[i];
    if (!options->follow && range.until > part->ends[i].stable)
        range.until = part->ends[i].stable;
    return range;
}

/* Whether a partition without a leader can begin by itself once it has one: where, the reader finds out. */
static bool begins_by_itself(const struct ranges_options *options)
{
    const struct offsets *from = options->from;
    return !options->until && (from->kind == OFFSETS_EARLIEST || from->kind == OFFSETS_LATEST ||
                               from->kind == OFFSETS_JSON || (from->kind == OFFSETS_NUMBER && from->number >= 0));
}

static void remark(const struct part *part, bool follow)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->leaderless[i])
            diag_notice("topic %s [%zu]: there is no leader: %s", part->topic, i,
                        follow ? "read as soon as there is one" : "read behind the others");
}

/* Asks for the ends of all that is wanted; of what has no leader only where it would have to begin. */
static bool ask(struct part *part, struct broker *broker, const struct ranges_options *options, bool waits,
                struct broker_error *error)
{
    bool *leaderless = waits ? NULL : part->leaderless;
    if (!broker_offsets(broker, part->topic, part->wanted, leaderless, part->ends, part->count, error))
        return false;
    for (size_t i = 0; i < part->count; i++) {
        if (!part->leaderless[i])
            continue;
        part->ends[i] = (struct broker_ends){BROKER_OFFSET_EARLIEST, INT64_MAX, BROKER_OFFSET_LATEST};
        part->wanted[i] = options->follow;
    }
    return offsets_resolve(options->from, broker, part->topic, part->wanted, part->ends, part->count, OFFSETS_EARLIEST,
                           part->from, error) &&
           (!options->until || offsets_resolve(options->until, broker, part->topic, part->wanted, part->ends,
                                               part->count, OFFSETS_LATEST, part->until, error));
}

static bool add(struct ranges *ranges, struct broker *broker, struct part *part, const struct ranges_options *options,
                bool waits, struct broker_error *error)
{
    if (!ask(part, broker, options, waits, error))
        return false;
    remark(part, options->follow);
    ranges->list = mem_resize(ranges->list, ranges->count + part->count, sizeof *ranges->list);
    for (size_t i = 0; i < part->count; i++) {
        if (!part->wanted[i])
            continue;
        if (!check_from(part, i, error))
            return false;
        struct broker_range range = make_range(part, i, options);
        ranges->list[ranges->count++] = range;
        if (range.until != BROKER_NO_END && range.until > range.from)
            ranges->total += (uint64_t)(range.until - range.from);
    }
    return true;
}

static void keep_late(struct ranges *ranges, const struct part *part)
{
    bool any = false;
    for (size_t i = 0; i < part->count; i++)
        any = any || part->leaderless[i];
    if (!any)
        return;
    ranges->late = mem_resize(ranges->late, ranges->late_count + 1, sizeof *ranges->late);
    ranges->late[ranges->late_count++] = (struct ranges_late){part->topic, part->leaderless, part->count};
}

bool ranges_add(struct ranges *ranges, struct broker *broker, const char *topic, const struct ranges_options *options,
                struct broker_error *error)
{
    const struct broker_topic *topics;
    size_t count;
    if (!broker_topics(broker, topic, &ranges->arena, &topics, &count, error))
        return false;
    count = topics[0].partition_count;
    for (size_t i = count; i < options->partitions->cap; i++)
        if (options->partitions->wanted[i])
            return broker_fail(error, BROKER_INVALID, "-p %zu: topic %s has partitions 0 to %zu only", i, topic,
                               count - 1);
    struct part part = make_part(&ranges->arena, topic, count);
    for (size_t i = 0; i < count; i++)
        part.wanted[i] = partitions_has(options->partitions, i);
    bool waits = options->shared || (options->follow && !begins_by_itself(options));
    if (!add(ranges, broker, &part, options, waits, error))
        return false;
    if (!options->follow)
        keep_late(ranges, &part);
    return true;
}

bool ranges_take_late(struct ranges *ranges, struct broker *broker, const struct ranges_options *options,
                      struct broker_error *error)
{
    bool good = true;
    size_t count = ranges->late_count;
    ranges->count = ranges->late_count = 0;
    for (size_t i = 0; good && i < count; i++) {
        const struct ranges_late *late = &ranges->late[i];
        struct part part = make_part(&ranges->arena, late->topic, late->count);
        memcpy(part.wanted, late->wanted, late->count * sizeof *part.wanted);
        good = add(ranges, broker, &part, options, true, error);
    }
    return good;
}

void ranges_free(struct ranges *ranges)
{
    free(ranges->list);
    free(ranges->late);
    arena_free(&ranges->arena);
}
