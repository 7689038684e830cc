/* libFuzzer: the walk over a batch of lines and json_check on each line agree: which lines are records,
 * which are bad, and at which byte. The kernel is chosen by ATOOLS_KERNEL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "json/json.h"
#include "json/walk/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static bool blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r' && line[i] != 0x1e)
            return false;
    return true;
}

static struct walk_plan *make_plan(void)
{
    static struct arena arena;
    static struct path_set paths;
    static const char *const wanted[] = { "a", "b.c", "b.d[1]", "e.f.g" };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        size_t offset;
        const char *message;
        path_set_add(&paths, path_parse(&arena, wanted[i], NULL, &offset, &message));
    }
    return walk_plan_new(&paths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct walk_plan *plan;
    if (!plan)
        plan = make_plan();
    /* RS before a record is the frame's business */
    for (size_t i = 0; i < size; i++)
        if (data[i] == 0x1e)
            return 0;
    char *text = calloc(size + BATCH_PADDING, 1);
    must(text);
    memcpy(text, data, size);
    struct batch batch = { .text = text, .len = size, .kind = BATCH_LINES, .file = "fuzz", .first = true };
    batch.start = (struct position){ .line = 1, .byte = 1 };

    struct walk *walk = walk_new(plan, WALK_VALUES);
    walk_start(walk, batch.text, batch.len, batch_by(&batch));
    for (size_t start = 0; start < size;) {
        const char *newline = memchr(text + start, '\n', size - start);
        size_t len = newline ? (size_t)(newline - text) - start : size - start;
        if (!blank(text + start, len)) {
            size_t at = 0;
            const char *message = NULL;
            bool good = json_check(text + start, len, &at, &message);
            enum walk_verdict verdict = walk_next(walk);
            must(verdict == (good ? WALK_RECORD : WALK_BAD));
            if (good) {
                const char *record = walk->record.text;
                must(record >= text + start && record + walk->record.len <= text + start + len);
                must(json_check(record, walk->record.len, &at, &message));
            } else {
                must(walk->bad_at == start + at);
                must(strcmp(walk->message, message) == 0);
            }
        }
        start += len + 1;
    }
    must(walk_next(walk) == WALK_END);
    walk_free(walk);
    free(text);
    return 0;
}
