/* libFuzzer: an input gives the same records and the same complaint however it is cut into batches, in each framing,
 * with and without streaming; reading it ends; and all scan_depth kernels agree on it. The first byte chooses. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "json/scan/depth.h"
#include "json/walk/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void add_place(struct buffer *into, const struct batch *batch, const char *at)
{
    uint64_t line = batch->start.line, byte = batch->start.byte;
    for (const char *text = batch->text; text < at; text++) {
        byte++;
        if (*text == '\n') {
            line++;
            byte = 1;
        }
    }
    buffer_add_format(into, "%llu:%llu", (unsigned long long)line, (unsigned long long)byte);
}

/* The records of a batch; false: one was malformed and no more follow. */
static bool add_records(struct walk *walk, const struct batch *batch, struct buffer *into)
{
    walk_start(walk, batch->text, batch->len, batch_by(batch));
    for (enum walk_verdict verdict; (verdict = walk_next(walk)) != WALK_END;) {
        if (verdict == WALK_BAD) {
            add_place(into, batch, batch->text + walk->bad_at);
            buffer_add_text(into, " is bad\n");
            if (batch->kind != BATCH_LINES)
                return false;
        } else if (!batch->skipped) {
            add_place(into, batch, walk->record.text);
            buffer_add_char(into, ' ');
            buffer_add(into, walk->record.text, walk->record.len);
            buffer_add_char(into, '\n');
        }
    }
    return true;
}

static void drain(char *path, size_t size, const struct frame_options *options, struct buffer *into)
{
    char *files[] = {path};
    struct path_set none = {0};
    struct walk_plan *plan = walk_plan_new(&none);
    struct walk *walk = walk_new(plan, WALK_VALUES);
    struct frame *frame = frame_open(files, 1, options);
    struct batch batch = {0};
    bool good = true;
    size_t batches = 0;
    while (good && source_next(frame_source(frame), &batch)) {
        must(batches++ <= 2 * size + 2);
        if (batch.kind < BATCH_EVENT)
            good = add_records(walk, &batch, into);
        else if (batch.kind == BATCH_EVENT)
            buffer_add_format(into, "event %d at step %zu, type %d: %.*s\n", batch.event, batch.event_step,
                              batch.event_type, (int)batch.len, batch.text);
    }
    const char *byte = good && batch.status ? strstr(batch.error, ": byte ") : NULL;
    if (byte) { /* FILE:LINE: byte N: what */
        const char *line = byte;
        while (line[-1] != ':')
            line--;
        buffer_add_format(into, "%d:%d is bad\n", atoi(line), atoi(byte + 7));
    }
    source_release(&batch);
    frame_close(frame);
    walk_free(walk);
    walk_plan_free(plan);
}

static void check_kernels(const char *text, size_t len, uint64_t max)
{
    for (enum scan_cuts cuts = SCAN_ELEMENTS; cuts <= SCAN_VALUES; cuts++) {
        struct scan_depth first = {0};
        scan_depth_kernel(0)->depth(&first, cuts, text, 0, len, max);
        for (size_t i = 1; scan_depth_kernel(i); i++) {
            struct scan_depth state = {0};
            scan_depth_kernel(i)->depth(&state, cuts, text, 0, len, max);
            must(state.count == first.count && state.closed == first.closed &&
                 (state.count == 0 || state.cut == first.cut));
            must(!state.closed || state.end == first.end);
            must(scan_depth_kernel(i)->newlines(text, len) == scan_depth_kernel(0)->newlines(text, len));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct frame_step paths[][2] = {
        {{.kind = STEP_EACH}},
        {{.kind = STEP_KEY, .key = "a", .key_len = 1}, {.kind = STEP_EACH}},
        {{.kind = STEP_SLICE, .has_from = true, .from = -2}, {.kind = STEP_EACH}},
        {{.kind = STEP_INDEX, .from = 1}},
    };
    static const size_t counts[] = {1, 2, 2, 1};
    if (size == 0)
        return 0;
    unsigned choice = data[0];
    struct frame_options options = {.raw = true, .framing = (enum framing)(choice % 3), .ends = choice & 64};
    if (choice & 16) {
        options.steps = paths[choice >> 2 & 3];
        options.step_count = counts[choice >> 2 & 3];
        options.whole_max = choice & 32 ? 1 : 100;
    } else if (choice & 32) {
        options.elements = true;
        options.whole_max = 1;
    }
    size--;
    char *text = malloc(size ? size : 1); /* so that a read behind it is noticed */
    memcpy(text, data + 1, size);
    check_kernels(text, size, choice & 128 ? 3 : UINT64_MAX);
    char path[32];
    int fd = memfd_create("input", MFD_CLOEXEC);
    must(fd >= 0 && pwrite(fd, text, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    struct buffer first = {0}, again = {0};
    drain(path, size, &options, &first);
    static const size_t batch_sizes[] = {1, 13, 200};
    for (size_t i = 0; i < 3; i++) {
        options.batch_size = batch_sizes[i];
        options.single = i == 2;
        again.len = 0;
        drain(path, size, &options, &again);
        if (again.len != first.len || (first.len > 0 && memcmp(again.data, first.data, first.len) != 0)) {
            fprintf(stderr, "in one batch:\n%.*s\nbatch size %zu:\n%.*s\n", (int)first.len, first.data,
                    options.batch_size, (int)again.len, again.data);
            abort();
        }
    }
    close(fd);
    buffer_free(&first);
    buffer_free(&again);
    free(text);
    return 0;
}
