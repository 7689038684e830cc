/* Programs of the jq language over documents: the input is a program, a NUL byte, and a JSON text (or `null`). Whatever
 * it is, a run ends (by its limits at the latest) and every result is valid JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jq/jq.h"
#include "json/json.h"

enum { MEMORY = 64 << 20, RESULTS = 1000 };

struct fuzz {
    struct jq_machine *machine;
    struct buffer out;
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
    return ++fuzz->results < RESULTS;
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
    struct fuzz fuzz = {
        .machine = jq_machine_new(program, &(struct jq_settings){.memory_limit = MEMORY, .stack_bytes = 4 << 20})};
    const struct jq_input input = {.text = {.text = text, .len = len}, .spaced = true};
    jq_run(fuzz.machine, &input, emit, &fuzz);
    jq_machine_free(fuzz.machine);
    jq_program_free(program);
    buffer_free(&fuzz.out);
    return 0;
}
