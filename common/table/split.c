#include "table/split.h"

#include <stdint.h>
#include <stdlib.h>

/* Before each row: */
struct head {
    uint64_t name_len; /* with its NUL; the name is behind this, then */
    uint64_t len;      /* bytes of text */
};

struct split {
    struct scatter *scatter;
    struct buffer rest; /* the beginning of a row */
};

size_t split_begin(const struct file_name *name, struct row *row, struct buffer *into)
{
    size_t begun = into->len;
    struct head head = {0};
    buffer_add(into, &head, sizeof head);
    file_name_write(name, row, into);
    buffer_add_char(into, '\0');
    head.name_len = into->len - begun - sizeof head;
    memcpy(into->data + begun, &head, sizeof head);
    return begun;
}

void split_end(size_t begun, struct buffer *into)
{
    struct head head;
    memcpy(&head, into->data + begun, sizeof head);
    head.len = into->len - begun - sizeof head - (size_t)head.name_len;
    memcpy(into->data + begun, &head, sizeof head);
}

/* The bytes of whole rows at the beginning of these. */
static size_t write_rows(struct split *split, const char *bytes, size_t len, struct problem *problem)
{
    size_t at = 0;
    struct head head;
    while (len - at >= sizeof head) {
        memcpy(&head, bytes + at, sizeof head);
        size_t size = sizeof head + (size_t)head.name_len + (size_t)head.len;
        if (len - at < size)
            break;
        const char *name = bytes + at + sizeof head;
        if (!scatter_write(split->scatter, name, name + head.name_len, (size_t)head.len, problem))
            break;
        at += size;
    }
    return at;
}

static bool take(void *context, const char *bytes, size_t len, struct problem *problem)
{
    struct split *split = context;
    if (split->rest.len > 0) {
        buffer_add(&split->rest, bytes, len);
        bytes = split->rest.data;
        len = split->rest.len;
    }
    size_t used = write_rows(split, bytes, len, problem);
    struct buffer rest = {0};
    buffer_add(&rest, bytes + used, len - used);
    buffer_free(&split->rest);
    split->rest = rest;
    return problem->status == STATUS_OK;
}

static void end(void *context)
{
    struct split *split = context;
    buffer_free(&split->rest);
    free(split);
}

struct output *split_output(struct scatter *scatter)
{
    struct split *split = mem_zero(1, sizeof *split);
    split->scatter = scatter;
    return output_to(take, end, split);
}
