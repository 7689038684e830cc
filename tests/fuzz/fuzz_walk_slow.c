/* libFuzzer: the walk over an index and the walk byte by byte agree on everything: records, slots, strangers, what is
 * bad and where; in each framing, in pieces of several sizes. The first byte of the input chooses among these. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "json/walk/walk.h"
#include "json/walk/walk_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATHS = 6 };

static void must(bool condition)
{
    if (!condition)
        abort();
}

static struct walk_plan *make_plan(void)
{
    static struct arena arena;
    static struct path_set paths;
    static const char *const wanted[PATHS] = {"a", "b.c", "b.d[1]", "b.d.e", "b.d.e[0].a", "long_name_of_17_by"};
    for (size_t i = 0; i < PATHS; i++) {
        size_t offset;
        const char *message;
        path_set_add(&paths, path_parse(&arena, wanted[i], NULL, &offset, &message));
    }
    struct walk_plan *plan = walk_plan_new(&paths);
    walk_plan_watch(plan, NULL, true);
    return plan;
}

static bool same_span(struct span a, struct span b)
{
    return a.type == b.type &&
           (a.type == SPAN_ABSENT || (a.len == b.len && a.escaped == b.escaped && memcmp(a.text, b.text, a.len) == 0));
}

static enum walk_verdict next_slow(struct walker *walker)
{
    for (;;) {
        if (walker->ended)
            return WALK_END;
        enum walk_verdict verdict = walker->in_array ? walker_next_element(walker) : walker_next_slow(walker);
        if (verdict != WALK_END || (!walker->in_array && walker->at >= walker->len))
            return verdict;
    }
}

static void compare(const struct walk *fast, const struct walk *slow, enum walk_verdict verdict)
{
    must(fast->index == slow->index);
    must(fast->record.text == slow->record.text && fast->record.len == slow->record.len);
    if (verdict == WALK_BAD) {
        must(fast->bad_at == slow->bad_at && fast->malformed == slow->malformed &&
             strcmp(fast->message, slow->message) == 0);
        return;
    }
    must(same_span(fast->record, slow->record));
    must(same_span(fast->stranger, slow->stranger));
    for (size_t i = 0; i < PATHS; i++)
        must(same_span(fast->slots[i], slow->slots[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct walk_plan *plan;
    if (!plan)
        plan = make_plan();
    if (size == 0)
        return 0;
    static const enum batch_kind kinds[] = {BATCH_LINES, BATCH_VALUES, BATCH_ELEMENTS};
    unsigned choice = data[0];
    size--;
    char *text = calloc(size + BATCH_PADDING, 1);
    must(text);
    memcpy(text, data + 1, size);
    struct batch batch = {.text = text, .len = size, .kind = kinds[choice % 3], .file = "fuzz"};
    enum walk_records records = choice & 64 ? WALK_VALUES : WALK_OBJECTS;
    struct walk *fast = walk_new(plan, records), *slow = walk_new(plan, records);
    ((struct walker *)fast)->piece_size = (size_t)64 << choice / 3 % 8;
    walk_start(fast, batch.text, batch.len, batch_by(&batch));
    walk_start(slow, batch.text, batch.len, batch_by(&batch));
    for (enum walk_verdict verdict = WALK_RECORD; verdict != WALK_END;) {
        verdict = walk_next(fast);
        must(next_slow((struct walker *)slow) == verdict);
        if (verdict != WALK_END)
            compare(fast, slow, verdict);
    }
    walk_free(fast);
    walk_free(slow);
    free(text);
    return 0;
}
