#include "log/handover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    SETTLE_MS = 60 * 1000, /* how long who commits is waited for */
    STEP_US = 20 * 1000,   /* between two questions whether it has */
};

static void begin(struct handover *handover)
{
    handover->line.len = 0;
    buffer_add_text(&handover->line, "{\"group\":\"");
    buffer_add(&handover->line, handover->member.data, handover->member.len);
    buffer_add_char(&handover->line, '"');
}

bool handover_member(struct handover *handover, struct broker_reader *reader)
{
    struct buffer member = {0};
    if (!broker_reader_member(reader, &member))
        return false;
    buffer_free(&handover->member);
    handover->member = member;
    begin(handover);
    buffer_add_text(&handover->line, "}\n");
    return true;
}

/* As {"topic":{"0":42}}. */
static void write_positions(const struct broker_position *positions, size_t count, struct buffer *into)
{
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && strcmp(positions[i].topic, positions[i - 1].topic) == 0;
        if (!same) {
            buffer_add_text(into, i > 0 ? "}," : "{");
            json_encode(positions[i].topic, strlen(positions[i].topic), into);
            buffer_add_char(into, ':');
        }
        buffer_add_format(into, "%s\"%d\":%lld", same ? "," : "{", (int)positions[i].partition,
                          (long long)positions[i].offset);
    }
    buffer_add_text(into, count > 0 ? "}}" : "{}");
}

/* Whether messages were read that are to be committed, or are already: line. */
static bool ask(struct handover *handover, struct broker_reader *reader)
{
    const struct broker_position *positions;
    if (handover->arena.blocks)
        arena_reset(&handover->arena);
    size_t count = broker_reader_positions(reader, &handover->arena, &positions);
    begin(handover);
    buffer_add_text(&handover->line, ",\"offsets\":");
    write_positions(positions, count, &handover->line);
    buffer_add_text(&handover->line, "}\n");
    return count > 0;
}

bool handover_settle(struct handover *handover, struct broker_reader *reader, struct output *output,
                     struct broker_error *error)
{
    if (!ask(handover, reader) || broker_reader_settled(reader, error))
        return true;
    output_write(output, handover->line.data, handover->line.len);
    output_flush(output);
    for (int64_t until = clock_steady_ms() + SETTLE_MS; !broker_reader_settled(reader, error); usleep(STEP_US)) {
        output_look(output);
        if (error->class != BROKER_RETRIABLE || clock_steady_ms() > until)
            return false;
    }
    return true;
}

bool handover_fits(const struct connect *connect, struct problem *problem)
{
    const char *strategy = connect_value(connect, "partition.assignment.strategy");
    return !strategy || !strstr(strategy, "cooperative") ||
           problem_usage(problem, "--leave-commit: all partitions are given up when they are shared out anew, which is "
                                  "not so with partition.assignment.strategy=%s", strategy);
}

bool handover_is_end(const char *text, size_t len)
{
    static const char version[] = "{\"aagg\":", of[] = ",\"of\":\"", offsets[] = "\",\"offsets\":";
    const char *end = text + len, *at = text + sizeof version - 1;
    if (len < sizeof version || memcmp(text, version, sizeof version - 1) != 0)
        return false;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    if ((size_t)(end - at) < sizeof of || memcmp(at, of, sizeof of - 1) != 0)
        return false;
    at = memchr(at + sizeof of - 1, '"', (size_t)(end - at) - (sizeof of - 1));
    return at && (size_t)(end - at) >= sizeof offsets - 1 && memcmp(at, offsets, sizeof offsets - 1) == 0;
}

static bool read_number(struct span span, size_t skip, int64_t *number)
{
    char digits[24], *end;
    size_t len = span.len - 2 * skip;
    if (span.len < 2 * skip || len == 0 || len >= sizeof digits || span.text[skip] < '0' || span.text[skip] > '9')
        return false;
    memcpy(digits, span.text + skip, len);
    digits[len] = '\0';
    errno = 0;
    *number = strtoll(digits, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_topic(const struct json_node *nodes, uint32_t key, struct arena *arena,
                       struct broker_position *list, size_t *count)
{
    struct buffer name = {0};
    json_decode(nodes[key].span, &name);
    const char *topic = arena_copy(arena, name.data, name.len);
    buffer_free(&name);
    uint32_t partitions = key + 1;
    bool good = nodes[partitions].span.type == SPAN_OBJECT;
    for (uint32_t at = good && nodes[partitions].size > 0 ? partitions + 1 : 0; good && at; at = nodes[at].next) {
        struct broker_position *position = &list[(*count)++];
        int64_t partition = 0;
        good = read_number(nodes[at].span, 1, &partition) && partition <= INT32_MAX &&
               nodes[at + 1].span.type == SPAN_NUMBER && read_number(nodes[at + 1].span, 0, &position->offset);
        position->topic = topic;
        position->partition = (int32_t)partition;
    }
    return good;
}

bool handover_read(const char *text, size_t len, struct json_tree *tree, struct arena *arena, const char **member,
                   const struct broker_position **positions, size_t *count)
{
    size_t at;
    const char *message;
    if (!json_tree_build(tree, text, len, &at, &message))
        return false;
    uint32_t group = json_tree_member(tree, 0, "group", 5), offsets = json_tree_member(tree, 0, "offsets", 7);
    const struct json_node *nodes = tree->nodes;
    if (!group || nodes[group].span.type != SPAN_STRING || !offsets || nodes[offsets].span.type != SPAN_OBJECT)
        return false;
    *member = arena_copy(arena, nodes[group].span.text + 1, nodes[group].span.len - 2);
    struct broker_position *list = arena_alloc(arena, (tree->count + 1) * sizeof *list);
    *positions = list;
    *count = 0;
    for (uint32_t key = nodes[offsets].size > 0 ? offsets + 1 : 0; key; key = nodes[key].next)
        if (!read_topic(nodes, key, arena, list, count))
            return false;
    return true;
}
