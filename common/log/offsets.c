#include "log/offsets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/moment.h"
#include "json/checkpoint.h"

static bool parse_integer(const char *text, size_t len, int64_t *number)
{
    char copy[32];
    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    char *end;
    errno = 0;
    *number = strtoll(copy, &end, 10);
    return errno == 0 && *end == '\0' && (copy[0] == '-' || (copy[0] >= '0' && copy[0] <= '9'));
}

/* {"topic":{"partition":offset, …}, …} */
static bool check_json(const struct json_tree *tree, const char *option, const char *text, struct problem *problem)
{
    const struct json_node *nodes = tree->nodes;
    bool good = nodes[0].span.type == SPAN_OBJECT;
    uint32_t key = good && nodes[0].size > 0 ? 1 : 0;
    for (; good && key; key = nodes[key].next) {
        uint32_t value = key + 1;
        good = nodes[value].span.type == SPAN_OBJECT;
        uint32_t partition = good && nodes[value].size > 0 ? value + 1 : 0;
        for (; good && partition; partition = nodes[partition].next) {
            const struct span *name = &nodes[partition].span, *number = &nodes[partition + 1].span;
            int64_t n;
            good = parse_integer(name->text + 1, name->len - 2, &n) && n >= 0 && n <= INT32_MAX &&
                   number->type == SPAN_NUMBER && parse_integer(number->text, number->len, &n) &&
                   n >= BROKER_OFFSET_EARLIEST;
        }
    }
    return good ||
           problem_usage(problem,
                         "%s %s: expected {\"topic\":{\"partition\":offset}}, offset -2 for earliest, -1 for latest",
                         option, text);
}

/* What a state or view of aagg says of how far it goes: {"offsets":{…}} becomes the JSON that the offsets stand for. An
 * empty file says nothing: all from the earliest on. */
static bool read_view(const char *option, const char *path, struct offsets *offsets, struct problem *problem)
{
    static const char nothing[] = "{}";
    struct buffer line = {0};
    uint64_t steps;
    size_t at;
    const char *message;
    bool good = checkpoint_head(path, &line, &steps);
    if (!good)
        problem_usage(problem, "%s @%s: neither a time (@ and ISO 8601, epoch milliseconds, or ago such as -10m) nor a "
                      "file: %s", option, path, strerror(errno));
    struct span object = {.text = nothing, .len = sizeof nothing - 1, .type = SPAN_OBJECT};
    if (good && line.len > 0) {
        struct json_tree tree = {0};
        good = json_tree_build(&tree, line.data, line.len, &at, &message) && tree.nodes[0].span.type == SPAN_OBJECT;
        uint32_t node = good ? json_tree_member(&tree, 0, "offsets", strlen("offsets")) : 0;
        good = node != 0;
        if (good)
            object = tree.nodes[node].span;
        else
            problem_usage(problem, "%s @%s: no state or view with offsets (aagg --state, aagg --partial --envelope)",
                          option, path);
        json_tree_free(&tree);
    }
    if (good) {
        offsets->kind = OFFSETS_JSON;
        offsets->text = offsets->owned = mem_copy(object.text, object.len);
        good = json_tree_build(&offsets->tree, offsets->text, object.len, &at, &message) &&
               check_json(&offsets->tree, option, offsets->text, problem);
    }
    buffer_free(&line);
    return good;
}

bool offsets_parse(const char *option, const char *text, struct offsets *offsets, struct problem *problem)
{
    *offsets = (struct offsets){.text = text};
    size_t len = strlen(text);
    if (strcmp(text, "earliest") == 0 || strcmp(text, "beginning") == 0) {
        offsets->kind = OFFSETS_EARLIEST;
    } else if (strcmp(text, "latest") == 0 || strcmp(text, "end") == 0) {
        offsets->kind = OFFSETS_LATEST;
    } else if (text[0] == '@') {
        offsets->kind = OFFSETS_TIME;
        if (!moment_parse(text + 1, len - 1, clock_wall_ms(), &offsets->number))
            return read_view(option, text + 1, offsets, problem);
    } else if (text[0] == '{') {
        offsets->kind = OFFSETS_JSON;
        size_t at;
        const char *message;
        if (!json_tree_build(&offsets->tree, text, len, &at, &message))
            return problem_caret(problem, option, text, at, message);
        return check_json(&offsets->tree, option, text, problem);
    } else if (parse_integer(text, len, &offsets->number)) {
        offsets->kind = OFFSETS_NUMBER;
    } else {
        return problem_usage(problem, "%s %s: expected earliest, latest, an offset, -N, @TIME or JSON", option, text);
    }
    return true;
}

bool offsets_check_topics(const struct offsets *offsets, const char *option, const char *const *topics, size_t count,
                          struct problem *problem)
{
    if (offsets->kind != OFFSETS_JSON)
        return true;
    const struct json_node *nodes = offsets->tree.nodes;
    for (uint32_t key = nodes[0].size > 0 ? 1 : 0; key; key = nodes[key].next) {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = json_string_equal(nodes[key].span, topics[i], strlen(topics[i]));
        if (!known)
            return problem_usage(problem, "%s %s: topic %.*s is not read (-t)", option, offsets->text,
                                 (int)nodes[key].span.len, nodes[key].span.text);
    }
    return true;
}

static int64_t of_kind(enum offsets_kind kind, const struct broker_ends *ends)
{
    return kind == OFFSETS_NONE ? OFFSETS_NOT_NAMED : kind == OFFSETS_LATEST ? ends->stable : ends->low;
}

/* Offsets the JSON names for the topic; the others are filled already. */
static bool resolve_json(const struct offsets *offsets, const char *topic, const struct broker_ends *ends, size_t count,
                         int64_t *result, struct broker_error *error)
{
    const struct json_node *nodes = offsets->tree.nodes;
    uint32_t object = json_tree_member(&offsets->tree, 0, topic, strlen(topic));
    if (!object || nodes[object].size == 0)
        return true;
    for (uint32_t key = object + 1; key; key = nodes[key].next) {
        const struct span *name = &nodes[key].span, *number = &nodes[key + 1].span;
        int64_t partition = 0, offset = 0;
        parse_integer(name->text + 1, name->len - 2, &partition); /* checked by check_json */
        parse_integer(number->text, number->len, &offset);
        if ((uint64_t)partition >= count)
            return broker_fail(error, BROKER_INVALID, "%s: topic %s has no partition %lld, only 0 to %zu",
                               offsets->text, topic, (long long)partition, count - 1);
        result[partition] = offset == BROKER_OFFSET_EARLIEST ? ends[partition].low
                            : offset == BROKER_OFFSET_LATEST ? ends[partition].stable
                                                             : offset;
    }
    return true;
}

bool offsets_resolve(const struct offsets *offsets, struct broker *broker, const char *topic, const bool *wanted,
                     const struct broker_ends *ends, size_t count, enum offsets_kind missing, int64_t *result,
                     struct broker_error *error)
{
    switch (offsets->kind) {
    case OFFSETS_TIME:
        if (!broker_offsets_at(broker, topic, wanted, offsets->number, result, count, error))
            return false;
        for (size_t i = 0; i < count; i++)
            if (result[i] == BROKER_OFFSET_LATEST)
                result[i] = ends[i].stable;
        return true;
    case OFFSETS_NUMBER:
        for (size_t i = 0; i < count; i++) {
            int64_t before = ends[i].stable + offsets->number; /* -N */
            result[i] = offsets->number >= 0 ? offsets->number : before > ends[i].low ? before : ends[i].low;
        }
        return true;
    case OFFSETS_JSON:
        for (size_t i = 0; i < count; i++)
            result[i] = of_kind(missing, &ends[i]);
        return resolve_json(offsets, topic, ends, count, result, error);
    default:
        for (size_t i = 0; i < count; i++)
            result[i] = of_kind(offsets->kind, &ends[i]);
        return true;
    }
}

bool offsets_topics(const struct offsets *offsets, struct arena *arena, const char *const **topics, size_t *count)
{
    if (offsets->kind != OFFSETS_JSON)
        return false;
    const struct json_node *nodes = offsets->tree.nodes;
    const char **names = arena_alloc(arena, (nodes[0].size + 1) * sizeof *names);
    struct buffer name = {0};
    *count = 0;
    for (uint32_t key = nodes[0].size > 0 ? 1 : 0; key; key = nodes[key].next) {
        name.len = 0;
        json_decode(nodes[key].span, &name);
        names[(*count)++] = arena_copy(arena, name.data, name.len);
    }
    buffer_free(&name);
    *topics = names;
    return true;
}
