/* libFuzzer: a filter (the input up to its first newline) over a document (the rest). Whatever it is: the
 * parser returns; results are valid JSON; over the compacted document they are the same, compacted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/json.h"
#include "slice/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* filter_emit: results one a line, compact. */
static bool gather(void *context, struct span result, bool spaced)
{
    struct buffer *into = context;
    size_t start = into->len, at;
    const char *message;
    must(json_check(result.text, result.len, &at, &message));
    json_compact(result.text, result.len, into);
    must(spaced || into->len - start == result.len);
    buffer_add_char(into, '\n');
    return into->len < 1 << 14; /* commas and pipes make 10^12 of them */
}

static enum filter_outcome run(const struct filter *filter, const char *text, size_t len, struct buffer *results)
{
    struct filter_machine *machine = filter_machine_new();
    struct span value = {.text = text, .len = len};
    const char *message = NULL, *where = NULL;
    enum filter_outcome outcome = filter_run(machine, filter->stages, value, true, gather, results, &message, &where);
    must(outcome != FILTER_ERROR || (message && where >= text && where <= text + len));
    filter_machine_free(machine);
    return outcome;
}

static void run_both(struct filter *filter, const char *text, size_t len)
{
    struct buffer compact = {0}, results = {0}, again = {0};
    json_compact(text, len, &compact);
    enum filter_outcome outcome = run(filter, text, len, &results);
    must(run(filter, compact.data, compact.len, &again) == outcome);
    must(results.len == again.len && (results.len == 0 || memcmp(results.data, again.data, results.len) == 0));
    buffer_free(&compact);
    buffer_free(&results);
    buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    size_t filter_len = newline ? (size_t)(newline - data) : size;
    char *text = mem_copy((const char *)data, filter_len);
    struct filter *filter = filter_parse(text);
    if (filter && newline) {
        const char *message;
        size_t len = size - filter_len - 1, at;
        char *document = malloc(len ? len : 1); /* a copy without padding: a read behind it is noticed */
        must(document);
        memcpy(document, newline + 1, len);
        if (json_check(document, len, &at, &message))
            run_both(filter, document, len);
        free(document);
    }
    if (filter) {
        filter_plan(filter);
        filter_free(filter);
    }
    free(text);
    return 0;
}
