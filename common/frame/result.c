#include "frame/result.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"

/* A bad record was put aside behind so many rows; its bytes end there in result->bad. */
struct bad_end {
    uint64_t rows;
    size_t end;
};

void result_empty(struct result *result, bool limited, bool skip_bad)
{
    result->text_len = 0;
    result->out.len = result->bad.len = result->row_ends.len = result->bad_ends.len = 0;
    result->records = result->rows = result->bad_count = 0;
    result->status = STATUS_OK;
    result->error[0] = '\0';
    result->limited = limited;
    result->skip_bad = skip_bad;
}

/* What helps with a line that is no whole value: perhaps values have several. Whether there is a next line is not
 * asked: it may be in another batch, and that depends on how the input was delivered. */
static const char *hint(const struct batch *batch, size_t at, bool malformed, const char *reason)
{
    static const char within[] = "ends within an ";
    bool by_line = batch->kind == BATCH_LINES && !batch->reads_on;
    bool broken_off = malformed && by_line && strncmp(reason, within, sizeof within - 1) == 0;
    bool ended = broken_off && memchr(batch->text + at, '\n', batch->len - at);
    return ended ? " (--framing nest reads values of several lines)" : "";
}

bool result_bad(struct result *result, const struct batch *batch, size_t at, uint64_t element, const char *text,
                size_t len, bool malformed, const char *reason)
{
    if (result->skip_bad && !(malformed && batch->kind != BATCH_LINES)) {
        result->bad_count++;
        buffer_add(&result->bad, text, len);
        if (len == 0 || text[len - 1] != '\n')
            buffer_add_char(&result->bad, '\n');
        struct bad_end mark = {.rows = result->rows, .end = result->bad.len};
        if (result->limited)
            buffer_add(&result->bad_ends, &mark, sizeof mark);
        return true;
    }
    result->status = STATUS_DATA;
    source_place(batch, at, element, result->error, sizeof result->error);
    size_t place_len = strlen(result->error);
    snprintf(result->error + place_len, sizeof result->error - place_len, ": %s%s", reason,
             hint(batch, at, malformed, reason));
    return false;
}

void result_cut(struct result *result, uint64_t rows)
{
    const size_t *ends = (const size_t *)(const void *)result->row_ends.data;
    const struct bad_end *bad = (const struct bad_end *)(const void *)result->bad_ends.data;
    result->out.len = rows > 0 ? ends[rows - 1] : 0;
    result->rows = rows;
    while (result->bad_count > 0 && bad[result->bad_count - 1].rows >= rows)
        result->bad_count--;
    result->bad.len = result->bad_count > 0 ? bad[result->bad_count - 1].end : 0;
    result->status = STATUS_OK;
}

uint64_t result_skip(struct result *result, uint64_t rows)
{
    size_t *ends = (size_t *)(void *)result->row_ends.data, there = result->row_ends.len / sizeof *ends;
    size_t gone = rows < there ? (size_t)rows : there, bytes = gone > 0 ? ends[gone - 1] : 0;
    if (gone == 0)
        return 0;
    result->out.len -= bytes;
    memmove(result->out.data, result->out.data + bytes, result->out.len);
    for (size_t i = gone; i < there; i++)
        ends[i - gone] = ends[i] - bytes;
    result->row_ends.len -= gone * sizeof *ends;
    return gone;
}

void result_free(struct result *result)
{
    buffer_free(&result->out);
    buffer_free(&result->bad);
    buffer_free(&result->row_ends);
    buffer_free(&result->bad_ends);
}
