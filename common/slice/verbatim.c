#include "slice/verbatim.h"

static const char **ends_of(const struct verbatim *verbatim, size_t *count)
{
    *count = verbatim->ends.len / sizeof(const char *);
    return (const char **)(void *)verbatim->ends.data;
}

void verbatim_start(struct verbatim *verbatim)
{
    verbatim->begin = NULL;
    verbatim->ends.len = 0;
}

bool verbatim_add(struct verbatim *verbatim, struct span value)
{
    size_t count;
    const char **ends = ends_of(verbatim, &count);
    if (count > 0 && ends[count - 1] + 1 != value.text)
        return false;
    if (count == 0)
        verbatim->begin = value.text;
    const char *end = value.text + value.len;
    buffer_add(&verbatim->ends, &end, sizeof end);
    return true;
}

void verbatim_finish(struct verbatim *verbatim, struct batch *batch, char end, struct result *result)
{
    size_t count;
    const char **ends = ends_of(verbatim, &count);
    if (count == 0)
        return;
    char *memory = batch->memory.data;
    for (size_t i = 0; i < count; i++) /* behind the last one there is padding at least */
        if (*ends[i] != end)
            memory[ends[i] - memory] = end;
    result->text = verbatim->begin;
    result->text_len = (size_t)(ends[count - 1] + 1 - verbatim->begin);
}

void verbatim_copy(struct verbatim *verbatim, char end, struct buffer *out)
{
    size_t count;
    const char **ends = ends_of(verbatim, &count);
    const char *begin = verbatim->begin;
    for (size_t i = 0; i < count; i++) {
        buffer_add(out, begin, (size_t)(ends[i] - begin));
        buffer_add_char(out, end);
        begin = ends[i] + 1;
    }
    verbatim_start(verbatim);
}
