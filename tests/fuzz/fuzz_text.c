/* libFuzzer: text that is written comes back, any UTF-8 as a TSV cell (but NUL, which a cell can't hold) or a JSON
 * string; other bytes are written as UTF-8. A path that parses is the same when its text is parsed again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/json.h"
#include "json/path.h"
#include "json/scan/scan.h"
#include "value/tsv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void cell(const char *text, size_t len)
{
    struct buffer line = { 0 }, back = { 0 };
    tsv_encode(text, len, &line);
    must(!memchr(line.data ? line.data : "", '\n', line.len) && !memchr(line.data ? line.data : "", '\t', line.len));
    struct span found[2] = { 0 };
    must(tsv_split(line.data ? line.data : "", line.len, found, 2) == 1);
    must(found[0].type == SPAN_CELL);
    tsv_decode(found[0], &back);
    size_t at;
    if (scan_utf8(text, len, &at))
        must(back.len == len && (len == 0 || memcmp(back.data, text, len) == 0));
    else
        must(scan_utf8(back.data, back.len, &at));
    buffer_free(&line);
    buffer_free(&back);
}

static void string(const char *text, size_t len)
{
    struct buffer json = { 0 }, back = { 0 };
    size_t at;
    const char *message;
    json_encode(text, len, &json);
    must(json_check(json.data, json.len, &at, &message));
    struct span span = {
        .text = json.data, .len = json.len, .type = SPAN_STRING, .escaped = memchr(json.data, '\\', json.len)};
    json_decode(span, &back);
    if (scan_utf8(text, len, &at))
        must(back.len == len && (len == 0 || memcmp(back.data, text, len) == 0));
    buffer_free(&json);
    buffer_free(&back);
}

static void path(const char *text)
{
    struct arena arena = { 0 };
    size_t offset = 0;
    const char *message = NULL;
    const struct path *once = path_parse(&arena, text, NULL, &offset, &message);
    if (once) {
        const struct path *twice = path_parse(&arena, once->text, NULL, &offset, &message);
        must(twice && path_equal(once, twice));
    } else {
        must(message && offset <= strlen(text));
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    must(text);
    memcpy(text, data, size);
    text[size] = '\0';
    if (!memchr(text, '\0', size)) {
        cell(text, size);
        path(text);
    }
    string(text, size);
    free(text);
    return 0;
}
