/* Programs of the jq language over documents: the input is a program, a NUL byte, and a JSON text (or `null`). Whatever
 * it is, a run ends (by its limits at the latest), every result is valid JSON, and the results are the same behind
 * `| .` (where no text is edited) and where the walk's tokens are known. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jq/jq.h"
#include "json/json.h"
#include "json/walk/walk.h"

enum { MEMORY = 64 << 20, RESULTS = 1000 };

struct fuzz {
    struct jq_machine *machine;
    struct buffer out, all; /* a result; all of them, and what the run ended in */
    unsigned results;
};

static bool emit(void *context, struct jq_value result)
{
    struct fuzz *fuzz = context;
    size_t at;
    const char *message;
    fuzz->out.len = 0;
    jq_write(fuzz->machine, result, &(struct jq_layout){0}, &fuzz->out);
    if (fuzz->out.len < 1 << 20 && !json_check(fuzz->out.data, fuzz->out.len, &at, &message) &&
        strcmp(message, "nested too deeply") != 0)
        abort();
    if (fuzz->all.len < 1 << 20)
        buffer_add(&fuzz->all, fuzz->out.data, fuzz->out.len);
    return ++fuzz->results < RESULTS;
}

/* All results of a program into fuzz->all; false: it was ended by a limit. */
static bool run(const struct jq_program *program, const struct jq_input *input, struct fuzz *fuzz)
{
    const struct jq_settings settings = {.memory_limit = MEMORY, .stack_bytes = 4 << 20};
    *fuzz = (struct fuzz){.machine = jq_machine_new(program, &settings)};
    enum jq_outcome outcome = jq_run(fuzz->machine, input, emit, fuzz);
    size_t len = 0;
    const char *message = outcome == JQ_FAILED || outcome == JQ_HALTED ? jq_message(fuzz->machine, &len) : "";
    bool ended = strstr(message, "too deep") || strstr(message, "bytes of memory") || fuzz->all.len >= 1 << 20;
    buffer_add(&fuzz->all, message, len);
    jq_machine_free(fuzz->machine);
    buffer_free(&fuzz->out);
    return !ended;
}

static void compare(const struct jq_program *program, const struct jq_input *input, const struct buffer *wanted)
{
    struct fuzz fuzz;
    if (run(program, input, &fuzz) &&
        (fuzz.all.len != wanted->len || (wanted->len > 0 && memcmp(fuzz.all.data, wanted->data, wanted->len) != 0)))
        abort();
    buffer_free(&fuzz.all);
}

/* The same by the tokens of a walk. */
static void compare_walked(const struct jq_program *program, const char *text, size_t len, const struct buffer *wanted)
{
    struct walk_plan *plan = walk_plan_new(jq_program_paths(program));
    struct walk *walk = walk_new(plan, WALK_VALUES);
    struct buffer padded = {0};
    buffer_add(&padded, text, len);
    buffer_reserve(&padded, 64);
    memset(padded.data + padded.len, 0, 64);
    walk_start(walk, padded.data, padded.len, SCAN_BY_VALUE);
    if (walk_next(walk) != WALK_RECORD)
        abort();
    const struct jq_input input = {walk->record, walk->spaced, walk->slots, walk_piece(walk)};
    compare(program, &input, wanted);
    walk_free(walk);
    walk_plan_free(plan);
    buffer_free(&padded);
}

/* The same program where values are built. */
static void compare_built(const uint8_t *data, size_t program_len, const struct jq_input *input,
                          const struct buffer *wanted)
{
    struct buffer text = {0};
    struct problem problem = {0};
    buffer_add_char(&text, '(');
    buffer_add(&text, (const char *)data, program_len);
    buffer_add_text(&text, "\n) | .");
    struct jq_program *program = jq_compile(text.data, text.len, NULL, 0, &problem);
    if (program)
        compare(program, input, wanted);
    jq_program_free(program);
    buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
    size_t program_len = zero ? (size_t)(zero - data) : size, at;
    const char *text = zero ? (const char *)zero + 1 : "null", *message;
    size_t len = zero ? size - program_len - 1 : 4;
    struct problem problem = {0};
    if (!json_check(text, len, &at, &message)) {
        text = "null";
        len = 4;
    }
    struct jq_program *program = jq_compile((const char *)data, program_len, NULL, 0, &problem);
    if (!program)
        return 0;
    const struct jq_input input = {.text = {.text = text, .len = len}, .spaced = true};
    struct fuzz fuzz;
    bool timed = program_len >= 3 && memmem(data, program_len, "now", 3);
    if (run(program, &input, &fuzz) && !timed) {
        compare_walked(program, text, len, &fuzz.all);
        compare_built(data, program_len, &input, &fuzz.all);
    }
    jq_program_free(program);
    buffer_free(&fuzz.all);
    return 0;
}
