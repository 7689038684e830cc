/* Items in the order of their keys, grouped, or each key once: what does not fit into JQ_SORT_BYTES goes, sorted, into
 * a temporary file, and is merged from there. */
#include <stdlib.h>

#include "base/spill.h"
#include "jq/run_inner.h"

/* Text of items that is held before a sorted run of it is written; bytes that are read at a time of all runs together;
 * and of one block of the text that items stand on when they are handed on. */
enum { JQ_SORT_BYTES = 8 * 1024 * 1024, WINDOW_MIN = 4096, BLOCK_BYTES = 256 * 1024 };

/* What stands before a key's and an item's text. */
struct entry {
    size_t key_len, item_len;
};

struct run {
    struct spill_reader reader;
    uint64_t from, to;
    struct jq_value key; /* of the entry at hand: on the reader's memory */
    const char *text;    /* the key's, and behind it the item's */
    struct entry entry;
};

/* Where results of the order go. */
struct emitted {
    struct jq_sink *to;
    enum jq_sorting sorting;
    struct jq_value last;  /* the key before; JQ_NONE: there was none */
    struct jq_value group; /* of that key */
    char *block;           /* text of the last items that were handed on */
    size_t used, size;
    unsigned owner;
};

struct sorter {
    struct jq_sink sink;
    const struct jq_node *node;
    struct jq_frame *env;
    struct jq_value key, best; /* min, max */
    struct buffer text;        /* entries */
    struct buffer places;      /* size_t: where each begins */
    struct spill *spill;
    struct run *runs;
    size_t run_count;
};

static bool take_extreme(struct jq_machine *jq, struct sorter *sorter, struct jq_value key, struct jq_value item)
{
    bool better = sorter->best.type == JQ_NONE;
    if (!better) {
        int order = jq_compare(jq, &key, &sorter->key);
        better = sorter->node->operation == JQ_MIN ? order < 0 : order >= 0;
    }
    jq_drop(jq, better ? sorter->key : key);
    jq_drop(jq, better ? sorter->best : item);
    if (better) {
        sorter->key = key;
        sorter->best = item;
    }
    return !jq_ends(jq);
}

static struct entry entry_at(const struct sorter *sorter, size_t place)
{
    struct entry entry;
    memcpy(&entry, sorter->text.data + place, sizeof entry);
    return entry;
}

/* The entries in their order: keys with their place; free() the list. The keys stand on the sorter's text. */
static struct jq_keyed *order_entries(struct jq_machine *jq, struct sorter *sorter, size_t *count)
{
    const size_t *places = (const size_t *)(const void *)sorter->places.data;
    *count = sorter->places.len / sizeof *places;
    struct jq_keyed *list = mem_resize(NULL, *count + 1, sizeof *list);
    for (size_t i = 0; i < *count; i++)
        list[i] = (struct jq_keyed){
            .key = jq_text_value(jq, sorter->text.data + places[i] + sizeof(struct entry),
                                 entry_at(sorter, places[i]).key_len, 0),
            .item = jq_null(),
            .place = places[i]};
    jq_sort(jq, list, *count);
    return list;
}

static void write_run(struct jq_machine *jq, struct sorter *sorter)
{
    size_t count;
    struct jq_keyed *list = order_entries(jq, sorter, &count);
    if (!sorter->spill)
        sorter->spill = spill_new();
    sorter->runs = mem_resize(sorter->runs, sorter->run_count + 1, sizeof *sorter->runs);
    struct run *run = &sorter->runs[sorter->run_count++];
    *run = (struct run){.from = spill_end(sorter->spill)};
    for (size_t i = 0; i < count; i++) {
        struct entry entry = entry_at(sorter, list[i].place);
        spill_write(sorter->spill, sorter->text.data + list[i].place, sizeof entry + entry.key_len + entry.item_len);
        jq_drop(jq, list[i].key);
    }
    run->to = spill_end(sorter->spill);
    free(list);
    sorter->text.len = sorter->places.len = 0;
}

static bool take_item(struct jq_machine *jq, struct jq_sink *sink, struct jq_value item, struct jq_value path)
{
    struct sorter *sorter = (struct sorter *)sink;
    struct jq_value key = jq_none();
    (void)path;
    if (sorter->node->b) {
        if (jq_eval(jq, sorter->node->b, sorter->env, jq_keep(jq, item), NULL, &key) != JQ_GOT) {
            jq_drop(jq, item);
            return false;
        }
    } else {
        key = jq_keep(jq, item);
    }
    if (sorter->node->operation == JQ_MIN || sorter->node->operation == JQ_MAX)
        return take_extreme(jq, sorter, key, item);
    struct buffer *text = &sorter->text;
    size_t place = text->len;
    struct entry entry = {0};
    buffer_add(&sorter->places, &place, sizeof place);
    buffer_add(text, &entry, sizeof entry);
    jq_write_compact(jq, key, text);
    entry.key_len = text->len - place - sizeof entry;
    jq_write_compact(jq, item, text);
    entry.item_len = text->len - place - sizeof entry - entry.key_len;
    memcpy(text->data + place, &entry, sizeof entry);
    jq_drop(jq, key);
    jq_drop(jq, item);
    if (text->len >= JQ_SORT_BYTES)
        write_run(jq, sorter);
    return !jq_ends(jq);
}

/* The item on text that lives as long as it does: one of a block. */
static struct jq_value item_of(struct jq_machine *jq, struct emitted *emitted, const char *text, size_t len)
{
    if (len > emitted->size - emitted->used || emitted->owner == 0) {
        if (emitted->owner)
            jq_owner_drop(jq, emitted->owner);
        emitted->size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
        emitted->used = 0;
        emitted->block = mem_resize(NULL, emitted->size, 1);
        emitted->owner = len < UINT32_MAX ? jq_owner_new(jq, emitted->block, false) : 0;
        if (emitted->owner == 0) {
            free(emitted->block);
            emitted->size = 0;
            return jq_text_parse(jq, text, len);
        }
    }
    char *at = emitted->block + emitted->used;
    memcpy(at, text, len);
    emitted->used += len;
    return jq_text_whole(jq, at, len, emitted->owner);
}

static bool emit_group(struct jq_machine *jq, struct emitted *emitted)
{
    struct jq_value group = emitted->group;
    emitted->group = jq_none();
    return group.type == JQ_NONE || emitted->to->take(jq, emitted->to, group, jq_none());
}

/* The next item in the order; its key is looked at. */
static bool emit(struct jq_machine *jq, struct emitted *emitted, struct jq_value *key, struct entry entry,
                 const char *text)
{
    bool again = emitted->sorting != JQ_SORT && emitted->last.type != JQ_NONE && jq_equal(jq, &emitted->last, key);
    if (emitted->sorting != JQ_SORT && !again) {
        jq_drop(jq, emitted->last);
        emitted->last = jq_text_copy(jq, text, entry.key_len, false);
    }
    if (again && emitted->sorting == JQ_UNIQUE)
        return true;
    struct jq_value item = item_of(jq, emitted, text + entry.key_len, entry.item_len);
    if (emitted->sorting != JQ_GROUP)
        return emitted->to->take(jq, emitted->to, item, jq_none()) && !jq_ends(jq);
    if (!again && !emit_group(jq, emitted)) {
        jq_drop(jq, item);
        return false;
    }
    if (!again)
        emitted->group = jq_array(jq, 4);
    emitted->group = jq_array_add(jq, emitted->group, item);
    return !jq_ends(jq);
}

static bool emit_held(struct jq_machine *jq, struct sorter *sorter, struct emitted *emitted)
{
    size_t count, done = 0;
    struct jq_keyed *list = order_entries(jq, sorter, &count);
    bool good = true;
    for (; good && done < count; done++) {
        good = emit(jq, emitted, &list[done].key, entry_at(sorter, list[done].place),
                    sorter->text.data + list[done].place + sizeof(struct entry));
        jq_drop(jq, list[done].key);
    }
    for (; done < count; done++)
        jq_drop(jq, list[done].key);
    free(list);
    return good;
}

/* The run's next entry; false at its end. */
static bool advance(struct jq_machine *jq, struct run *run)
{
    jq_drop(jq, run->key);
    run->key = jq_none();
    const char *head = spill_read(&run->reader, sizeof run->entry);
    if (!head)
        return false;
    memcpy(&run->entry, head, sizeof run->entry);
    run->text = spill_read(&run->reader, run->entry.key_len + run->entry.item_len);
    run->key = jq_text_value(jq, run->text, run->entry.key_len, 0);
    return true;
}

/* Of two runs the one whose entry comes first; an earlier run has the earlier items. */
static bool comes_before(struct jq_machine *jq, struct run *a, struct run *b)
{
    int order = jq_compare(jq, &a->key, &b->key);
    return order != 0 ? order < 0 : a < b;
}

static void sift_down(struct jq_machine *jq, struct run **heap, size_t count, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_before(jq, heap[child + 1], heap[child]))
            child++;
        if (!comes_before(jq, heap[child], heap[at]))
            return;
        struct run *moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static bool emit_merged(struct jq_machine *jq, struct sorter *sorter, struct emitted *emitted)
{
    if (sorter->places.len > 0)
        write_run(jq, sorter);
    buffer_free(&sorter->text);
    spill_flush(sorter->spill);
    spill_settle(sorter->spill);
    struct run **heap = mem_resize(NULL, sorter->run_count, sizeof *heap);
    size_t count = 0, window = JQ_SORT_BYTES / sorter->run_count;
    for (size_t i = 0; i < sorter->run_count; i++) {
        struct run *run = &sorter->runs[i];
        spill_reader_start(&run->reader, sorter->spill, run->from, run->to, window < WINDOW_MIN ? WINDOW_MIN : window);
        if (advance(jq, run))
            heap[count++] = run;
    }
    for (size_t i = count; i-- > 0;)
        sift_down(jq, heap, count, i);
    bool good = true;
    while (good && count > 0) {
        good = emit(jq, emitted, &heap[0]->key, heap[0]->entry, heap[0]->text);
        if (!advance(jq, heap[0]))
            heap[0] = heap[--count];
        sift_down(jq, heap, count, 0);
    }
    for (size_t i = 0; i < sorter->run_count; i++) {
        jq_drop(jq, sorter->runs[i].key);
        spill_reader_free(&sorter->runs[i].reader);
    }
    free(heap);
    return good;
}

/* All items have come: they go out in their order. */
static bool emit_all(struct jq_machine *jq, struct sorter *sorter, struct jq_sink *to)
{
    struct emitted emitted = {.to = to, .sorting = (enum jq_sorting)sorter->node->operation};
    bool good = sorter->run_count > 0 ? emit_merged(jq, sorter, &emitted) : emit_held(jq, sorter, &emitted);
    good = good && emit_group(jq, &emitted);
    jq_drop(jq, emitted.last);
    jq_drop(jq, emitted.group);
    if (emitted.owner)
        jq_owner_drop(jq, emitted.owner);
    return good;
}

bool jq_run_sorted(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                   struct jq_sink *to)
{
    struct sorter sorter = {.sink.take = take_item, .node = node, .env = env};
    bool good = jq_run_node(jq, node->a, env, in, jq_none(), &sorter.sink);
    if (node->operation == JQ_MIN || node->operation == JQ_MAX) {
        jq_drop(jq, sorter.key);
        if (good)
            return to->take(jq, to, sorter.best.type == JQ_NONE ? jq_null() : sorter.best, jq_none());
        jq_drop(jq, sorter.best);
        return false;
    }
    good = good && emit_all(jq, &sorter, to);
    buffer_free(&sorter.text);
    buffer_free(&sorter.places);
    free(sorter.runs);
    if (sorter.spill)
        spill_free(sorter.spill);
    return good;
}
