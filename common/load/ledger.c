#include "load/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/diag.h"
#include "base/index.h"
#include "json/json.h"

enum { READ_MS = 1000, READ_MAX = 256, WAIT_MS = 20 };

bool ledger_prepare(struct broker *broker, const char *ledger, struct broker_error *error)
{
    /* small segments, so that compaction keeps it short */
    static const struct broker_property configs[] = {
        {"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}, {"min.cleanable.dirty.ratio", "0.1"}};
    struct arena arena = {0};
    const struct broker_topic *topics;
    size_t count;
    bool good = broker_topics(broker, ledger, &arena, &topics, &count, error);
    if (!good && error->class == BROKER_UNKNOWN)
        good = broker_create(broker, ledger, 1, 0, configs, sizeof configs / sizeof *configs, error) ||
               error->class == BROKER_EXISTS;
    arena_free(&arena);
    return good;
}

void ledger_id(const char *name, char id[LEDGER_ID_MAX])
{
    snprintf(id, LEDGER_ID_MAX, "atools.%s", name);
}

uint32_t ledger_mark(const char *key, size_t key_len, const char *value, size_t value_len)
{
    uint32_t crc = (uint32_t)crc32_z(0, NULL, 0);
    crc = key ? (uint32_t)crc32_z(crc, (const unsigned char *)key, key_len) : crc;
    return value ? (uint32_t)crc32_z(crc, (const unsigned char *)value, value_len) : crc;
}

void ledger_write(const struct ledger_entry *entry, struct buffer *into)
{
    buffer_add_text(into, "{\"topic\":");
    json_encode(entry->topic, strlen(entry->topic), into);
    buffer_add_format(into, ",\"records\":%llu,\"crc32\":\"%08x\"", (unsigned long long)entry->records,
                      (unsigned)entry->crc);
    if (entry->marked == LEDGER_MARKED)
        buffer_add_format(into, ",\"mark\":{\"partition\":%d,\"offset\":%lld,\"crc32\":\"%08x\"}",
                          (int)entry->partition, (long long)entry->offset, (unsigned)entry->mark);
    else if (entry->marked == LEDGER_NONE)
        buffer_add_text(into, ",\"mark\":null");
    buffer_add_char(into, '}');
}

static bool is_type(const struct json_tree *tree, uint32_t node, enum span_type type)
{
    return node && tree->nodes[node].span.type == type;
}

static uint32_t hexadecimal(const struct json_tree *tree, uint32_t node)
{
    return (uint32_t)strtoul(tree->nodes[node].span.text + 1, NULL, 16);
}

static bool parse_mark(const struct json_tree *tree, struct ledger_entry *entry)
{
    uint32_t mark = json_tree_member(tree, 0, "mark", 4);
    entry->marked = !mark ? LEDGER_UNMARKED : is_type(tree, mark, SPAN_NULL) ? LEDGER_NONE : LEDGER_MARKED;
    if (entry->marked != LEDGER_MARKED)
        return true;
    if (!is_type(tree, mark, SPAN_OBJECT))
        return false;
    uint32_t partition = json_tree_member(tree, mark, "partition", 9),
             offset = json_tree_member(tree, mark, "offset", 6);
    uint32_t crc = json_tree_member(tree, mark, "crc32", 5);
    if (!is_type(tree, partition, SPAN_NUMBER) || !is_type(tree, offset, SPAN_NUMBER) ||
        !is_type(tree, crc, SPAN_STRING))
        return false;
    entry->partition = (int32_t)strtol(tree->nodes[partition].span.text, NULL, 10);
    entry->offset = strtoll(tree->nodes[offset].span.text, NULL, 10);
    entry->mark = hexadecimal(tree, crc);
    return entry->partition >= 0 && entry->offset >= 0;
}

static bool parse_entry(const struct broker_message *message, struct ledger_entry *entry)
{
    struct json_tree tree = {0};
    struct buffer text = {0};
    size_t at;
    const char *reason;
    bool good = json_tree_build(&tree, message->value, message->value_len, &at, &reason);
    uint32_t topic = good ? json_tree_member(&tree, 0, "topic", 5) : 0,
             records = good ? json_tree_member(&tree, 0, "records", 7) : 0;
    uint32_t crc = good ? json_tree_member(&tree, 0, "crc32", 5) : 0;
    good = is_type(&tree, topic, SPAN_STRING) && is_type(&tree, records, SPAN_NUMBER) &&
           is_type(&tree, crc, SPAN_STRING) && parse_mark(&tree, entry);
    if (good) {
        json_decode(tree.nodes[topic].span, &text);
        snprintf(entry->topic, sizeof entry->topic, "%.*s", (int)text.len, text.data ? text.data : "");
        entry->records = strtoull(tree.nodes[records].span.text, NULL, 10);
        entry->crc = hexadecimal(&tree, crc);
    }
    buffer_free(&text);
    json_tree_free(&tree);
    return good;
}

static bool take(const char *ledger, const struct broker_message *message, ledger_found *found, void *context,
                 struct broker_error *error)
{
    struct ledger_entry entry = {0};
    if (message->key && !message->value)
        return found(context, message->key, message->key_len, NULL, error);
    if (!message->key || !parse_entry(message, &entry))
        return broker_fail(error, BROKER_FAILED, "%s [0] offset %lld: not an entry of a ledger", ledger,
                           (long long)message->offset);
    return found(context, message->key, message->key_len, &entry, error);
}

bool ledger_read(struct broker *broker, const char *ledger, const volatile sig_atomic_t *stop, ledger_found *found,
                 void *context, struct broker_error *error)
{
    static struct broker_message messages[READ_MAX]; /* too much for a stack; a ledger is read by one thread */
    struct broker_ends ends;
    if (!broker_offsets(broker, ledger, NULL, NULL, &ends, 1, error))
        return false;
    struct broker_range range = {ledger, 0, ends.low, ends.high};
    struct broker_reader_options options = {.ranges = &range, .range_count = 1};
    struct broker_reader *reader = broker_reader_open(broker, &options, error);
    enum broker_read result = BROKER_READ_IDLE;
    bool good = reader != NULL, told = false;
    while (good && result != BROKER_READ_DONE) {
        size_t count;
        result = broker_read(reader, messages, READ_MAX, READ_MS, &count, error);
        good = result != BROKER_READ_FAILED;
        if (good && stop && *stop)
            good = broker_fail(error, BROKER_FAILED, "ended while waiting for the ledger %s", ledger);
        if (result == BROKER_READ_IDLE && ends.stable < ends.high && !told) {
            diag_notice("waiting for a transaction in %s that another run has left open", ledger);
            told = true;
        }
        for (size_t i = 0; i < count && good; i++)
            good = take(ledger, &messages[i], found, context, error);
    }
    broker_reader_close(reader);
    return good;
}

/* The names met so far. */
struct names {
    struct arena *arena;
    struct index index;
    struct ledger_name *all;
    bool *held; /* not forgotten since */
    size_t count, cap;
};

static size_t find_name(const struct names *names, uint64_t hash, const char *name, size_t len)
{
    size_t first = names->all ? index_first(&names->index, hash) : INDEX_NONE;
    for (size_t at = first; at != INDEX_NONE; at = index_next(&names->index, hash, at)) {
        size_t number = index_number(&names->index, at);
        if (strlen(names->all[number].name) == len && memcmp(names->all[number].name, name, len) == 0)
            return number;
    }
    return names->count;
}

static bool note_name(void *context, const char *name, size_t len, const struct ledger_entry *entry,
                      struct broker_error *error)
{
    struct names *names = context;
    uint64_t hash = index_hash(name, len);
    size_t number = find_name(names, hash, name, len);
    (void)error;
    if (!names->held || number == names->cap) {
        names->cap += names->cap / 2 + 16;
        names->all = mem_resize(names->all, names->cap, sizeof *names->all);
        names->held = mem_resize(names->held, names->cap, sizeof *names->held);
    }
    if (number == names->count) {
        index_add(&names->index, hash, names->count++);
        names->all[number].name = arena_copy(names->arena, name, len);
    }
    names->held[number] = entry != NULL;
    if (entry)
        names->all[number].entry = *entry;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct ledger_name *)a)->name, ((const struct ledger_name *)b)->name);
}

bool ledger_list(struct broker *broker, const char *ledger, struct arena *arena, const struct ledger_name **list,
                 size_t *count, struct broker_error *error)
{
    struct names names = {.arena = arena};
    const struct broker_topic *topics;
    size_t topic_count;
    *count = 0;
    *list = NULL;
    if (!broker_topics(broker, ledger, arena, &topics, &topic_count, error))
        return error->class == BROKER_UNKNOWN;
    bool good = ledger_read(broker, ledger, NULL, note_name, &names, error);
    struct ledger_name *held = arena_alloc(arena, (names.count + 1) * sizeof *held);
    for (size_t i = 0; i < names.count && good; i++)
        if (names.held[i])
            held[(*count)++] = names.all[i];
    qsort(held, *count, sizeof *held, compare_names);
    *list = held;
    index_free(&names.index);
    free(names.all);
    free(names.held);
    return good;
}

const struct ledger_name *ledger_find(const struct ledger_name *names, size_t count, const char *name)
{
    const struct ledger_name wanted = {.name = name};
    return count > 0 ? bsearch(&wanted, names, count, sizeof *names, compare_names) : NULL;
}

/* The message at the mark, or what is left of it. */
static bool look_at_mark(struct broker *broker, const struct ledger_entry *entry, enum ledger_sight *sight,
                         struct broker_error *error)
{
    struct broker_range range = {entry->topic, entry->partition, entry->offset, entry->offset + 1};
    struct broker_reader_options options = {.ranges = &range, .range_count = 1, .read_uncommitted = true};
    struct broker_reader *reader = broker_reader_open(broker, &options, error);
    bool good = reader != NULL;
    for (enum broker_read result = BROKER_READ_IDLE; good && result == BROKER_READ_IDLE;) {
        struct broker_message message;
        size_t count;
        result = broker_read(reader, &message, 1, READ_MS, &count, error);
        good = result != BROKER_READ_FAILED;
        if (good && count > 0 &&
            ledger_mark(message.key, message.key_len, message.value, message.value_len) != entry->mark)
            *sight = LEDGER_OTHER;
    }
    broker_reader_close(reader);
    return good;
}

bool ledger_look(struct broker *broker, const struct ledger_entry *entry, enum ledger_sight *sight,
                 struct broker_error *error)
{
    struct arena arena = {0};
    const struct broker_topic *topics;
    size_t count;
    *sight = LEDGER_HELD;
    bool good = broker_topics(broker, entry->topic, &arena, &topics, &count, error);
    if (good && entry->marked != LEDGER_NONE) {
        size_t partitions = topics[0].partition_count;
        struct broker_ends *ends = arena_alloc(&arena, (partitions + 1) * sizeof *ends);
        good = broker_offsets(broker, entry->topic, NULL, NULL, ends, partitions, error);
        bool empty = good, marked = good && entry->marked == LEDGER_MARKED;
        for (size_t i = 0; i < partitions && empty; i++)
            empty = ends[i].high == 0;
        if (empty)
            *sight = LEDGER_EMPTY;
        else if (marked && ((size_t)entry->partition >= partitions || ends[entry->partition].high <= entry->offset))
            *sight = LEDGER_OTHER;
        else if (marked && ends[entry->partition].low <= entry->offset)
            good = look_at_mark(broker, entry, sight, error);
    }
    arena_free(&arena);
    return good;
}

/* The outcome of the one record. */
struct verdict {
    struct broker_outcome outcome;
    char text[256];
};

static void note(void *context, const struct broker_outcome *outcomes, size_t count)
{
    struct verdict *verdict = context;
    if (count == 0)
        return;
    verdict->outcome = outcomes[0];
    snprintf(verdict->text, sizeof verdict->text, "%s", outcomes[0].text ? outcomes[0].text : "");
}

static bool insist(struct broker_writer *writer, bool (*call)(struct broker_writer *, struct broker_error *),
                   struct broker_error *error)
{
    while (!call(writer, error))
        if (error->class != BROKER_RETRIABLE)
            return false;
    return true;
}

bool ledger_forget(struct broker *broker, const char *ledger, const char *name, struct broker_error *error)
{
    char id[LEDGER_ID_MAX];
    struct verdict verdict = {0};
    ledger_id(name, id);
    struct broker_writer_options options = {.topics = &ledger, .topic_count = 1, .transactional_id = id, .linger_ms = 0,
                                            .outcome = note, .context = &verdict};
    struct broker_record record = {.key = name, .key_len = strlen(name), .timestamp = BROKER_TIMESTAMP_NOW};
    struct broker_writer *writer = broker_writer_open(broker, &options, error);
    bool good = writer && insist(writer, broker_init_transactions, error) && broker_begin(writer, error);
    ssize_t accepted = 0;
    while (good && accepted == 0) {
        accepted = broker_append(writer, 0, &record, 1, error);
        good = accepted > 0 || (accepted == 0 && broker_poll(writer, -1, WAIT_MS, error));
    }
    good = good && broker_flush(writer, -1, error);
    if (good && verdict.outcome.class != BROKER_OK)
        good = broker_fail(error, verdict.outcome.class, "topic %s: %s", ledger, verdict.text);
    good = good && insist(writer, broker_commit, error);
    broker_writer_close(writer);
    return good;
}
