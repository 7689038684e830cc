#include "log/lag.h"

#include <string.h>

/* The ends of a topic's partitions, and how many there are. */
static bool ends_of(struct broker *broker, const char *topic, struct arena *arena, struct broker_ends **ends,
                    size_t *count, struct broker_error *error)
{
    const struct broker_topic *topics;
    if (!broker_topics(broker, topic, arena, &topics, count, error))
        return false;
    *count = topics[0].partition_count;
    *ends = arena_alloc(arena, (*count + 1) * sizeof **ends);
    return broker_offsets(broker, topic, NULL, NULL, *ends, *count, error);
}

static bool committed_by(struct broker *broker, const char *group, struct arena *arena,
                         const struct broker_position **positions, size_t *count, struct broker_error *error)
{
    if (!broker_committed(broker, group, arena, positions, count, error))
        return false;
    return *count > 0 || broker_fail(error, BROKER_UNKNOWN, "group %s: it has committed nothing", group);
}

static bool is_first_of_topic(const struct broker_position *positions, size_t i)
{
    return i == 0 || strcmp(positions[i].topic, positions[i - 1].topic) != 0;
}

bool lag_of(struct broker *broker, const char *group, struct arena *arena, const struct lag **lags, size_t *count,
            struct broker_error *error)
{
    const struct broker_position *positions;
    struct broker_ends *ends = NULL;
    size_t partitions = 0;
    if (!committed_by(broker, group, arena, &positions, count, error))
        return false;
    struct lag *all = arena_alloc(arena, *count * sizeof *all);
    for (size_t i = 0; i < *count; i++) {
        const struct broker_position *position = &positions[i];
        if (is_first_of_topic(positions, i) && !ends_of(broker, position->topic, arena, &ends, &partitions, error))
            return false;
        bool there = (size_t)position->partition < partitions;
        int64_t end = there ? ends[position->partition].stable : position->offset;
        all[i] = (struct lag){.topic = position->topic,
                              .partition = position->partition,
                              .committed = position->offset,
                              .end = end,
                              .behind = end > position->offset ? end - position->offset : 0,
                              .high = there ? ends[position->partition].high : position->offset};
    }
    *lags = all;
    return true;
}

bool lag_topics(struct broker *broker, const char *group, const struct offsets *offsets, struct arena *arena,
                const char *const **topics, size_t *count, struct broker_error *error)
{
    const struct broker_position *positions;
    size_t position_count;
    if (offsets_topics(offsets, arena, topics, count))
        return true;
    if (!committed_by(broker, group, arena, &positions, &position_count, error))
        return false;
    const char **names = arena_alloc(arena, position_count * sizeof *names);
    *count = 0;
    for (size_t i = 0; i < position_count; i++)
        if (is_first_of_topic(positions, i))
            names[(*count)++] = positions[i].topic;
    *topics = names;
    return true;
}

bool lag_reset(struct broker *broker, const char *group, const char *topic, const struct offsets *offsets,
               struct arena *arena, const struct broker_position **positions, size_t *count, struct broker_error *error)
{
    struct broker_ends *ends;
    size_t partitions;
    if (!ends_of(broker, topic, arena, &ends, &partitions, error))
        return false;
    int64_t *at = arena_alloc(arena, (partitions + 1) * sizeof *at);
    struct broker_position *all = arena_alloc(arena, (partitions + 1) * sizeof *all);
    if (!offsets_resolve(offsets, broker, topic, NULL, ends, partitions, OFFSETS_NONE, at, error))
        return false;
    *count = 0;
    for (size_t i = 0; i < partitions; i++) {
        if (at[i] == OFFSETS_NOT_NAMED)
            continue;
        int64_t offset = at[i] < ends[i].low ? ends[i].low : at[i] > ends[i].high ? ends[i].high : at[i];
        all[(*count)++] = (struct broker_position){topic, (int32_t)i, offset};
    }
    *positions = all;
    return *count == 0 || broker_commit_group(broker, group, all, *count, error);
}
