#include "load/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/input.h"
#include "load/ahead.h"

enum {
    BLOCK_SIZE = 1024 * 1024,
    READ_MIN = 64 * 1024, /* a block with less room than this is not read into again */
    FRONT = 64 * 1024,    /* of a block that is read ahead: what is left of the block before goes there */
    SPARE_MAX = 4,        /* blocks kept for use again */
};

/* Records lie in the block that holds their first byte; a record never spans two. */
struct block {
    char *bytes;
    size_t len, cap;
    size_t cut;           /* records are cut up to here */
    uint64_t first;       /* number of the first record */
    size_t *starts;       /* where each record begins; one more: where the next would */
    size_t count, starts_cap;
    size_t done;          /* records done with */
    unsigned file;
    uint64_t first_line;
    struct arena arena;
    struct block *next;
};

struct feed {
    struct feed_options options;
    char *const *files;
    size_t file_count;
    unsigned file; /* the present one */
    struct input *input;
    struct ahead *ahead; /* reads the present file, if it is large */
    bool failed;   /* nothing more can be read of it */
    bool ended;    /* the present input has no more bytes */
    struct block *oldest, *newest; /* with records not done with, or being filled */
    struct block *last_done;       /* where feed_done looked last */
    struct block *spare;
    size_t spare_count;
    uint64_t next_number, next_line;
    uint64_t done_bytes, size;
    int status;
    char error[512];
};

static char *const stdin_only[] = {"-"};

struct feed *feed_open(char *const *files, size_t count, const struct feed_options *options)
{
    struct feed *feed = mem_zero(1, sizeof *feed);
    feed->options = *options;
    feed->files = count ? files : stdin_only;
    feed->file_count = count ? count : 1;
    return feed;
}

static struct block *new_block(struct feed *feed)
{
    struct block *block = feed->spare;
    if (block) {
        feed->spare = block->next;
        feed->spare_count--;
        arena_reset(&block->arena);
        struct block kept = *block;
        *block = (struct block){.bytes = kept.bytes,
                                .cap = kept.cap,
                                .starts = kept.starts,
                                .starts_cap = kept.starts_cap,
                                .arena = kept.arena};
    } else {
        block = mem_zero(1, sizeof *block);
        block->bytes = mem_resize(NULL, BLOCK_SIZE, 1);
        block->cap = BLOCK_SIZE;
    }
    block->first = feed->next_number;
    block->first_line = feed->next_line;
    block->file = feed->file;
    if (feed->newest)
        feed->newest->next = block;
    else
        feed->oldest = block;
    feed->newest = block;
    return block;
}

static void free_block(struct block *block)
{
    free(block->bytes);
    free(block->starts);
    arena_free(&block->arena);
    free(block);
}

/* Blocks of ordinary size are used again. */
static void retire(struct feed *feed, struct block *block)
{
    if (feed->last_done == block)
        feed->last_done = NULL;
    if (block->cap == BLOCK_SIZE && feed->spare_count < SPARE_MAX) {
        block->next = feed->spare;
        feed->spare = block;
        feed->spare_count++;
    } else {
        free_block(block);
    }
}

static bool is_free(const struct feed *feed, const struct block *block)
{
    return block != feed->newest && block->done == block->count;
}

/* Gives back what nobody needs any more, wherever it stands in the queue. */
static void collect(struct feed *feed)
{
    struct block *before = NULL;
    for (struct block *block = feed->oldest, *next; block; block = next) {
        next = block->next;
        if (!is_free(feed, block)) {
            before = block;
            continue;
        }
        if (before)
            before->next = next;
        else
            feed->oldest = next;
        retire(feed, block);
    }
}

static enum feed_state fail(struct feed *feed, int status, const char *name, const char *what)
{
    feed->status = status;
    snprintf(feed->error, sizeof feed->error, "%s: %s", name, what);
    return FEED_FAILED;
}

/* Opens the present file, if there is one. */
static enum feed_state open_input(struct feed *feed)
{
    if (feed->file == feed->file_count)
        return FEED_END;
    const char *name = feed->files[feed->file];
    feed->input = input_open(name, feed->options.raw);
    if (!feed->input)
        return fail(feed, STATUS_IO, name, strerror(errno));
    feed->size = input_size(feed->input);
    feed->ended = feed->failed = false;
    feed->next_line = 1;
    new_block(feed);
    collect(feed);
    if (feed->size > BLOCK_SIZE && !feed->options.whole) /* a regular file: reading it waits for nobody */
        feed->ahead = ahead_start(feed->input, FRONT, BLOCK_SIZE);
    return FEED_RECORD;
}

static void close_input(struct feed *feed)
{
    ahead_stop(feed->ahead);
    feed->ahead = NULL;
    input_close(feed->input);
    feed->input = NULL;
}

/* At least so much room behind the newest block's bytes: a new block takes over what is not cut yet. NULL: no memory
 * is that large. */
static struct block *make_room(struct feed *feed, size_t least)
{
    struct block *block = feed->newest;
    if (block->cap - block->len >= least)
        return block;
    size_t rest = block->len - block->cut;
    if (block->count == 0) { /* one record fills it: nobody looks into it yet */
        if (block->cap > SIZE_MAX / 4)
            return NULL;
        block->cap = block->cap * 2 + least;
        block->bytes = mem_resize(block->bytes, block->cap, 1);
        return block;
    }
    struct block *next = new_block(feed);
    while (next->cap < rest || next->cap - rest < least)
        next->bytes = mem_resize(next->bytes, next->cap *= 2, 1);
    memcpy(next->bytes, block->bytes + block->cut, rest);
    next->len = rest;
    block->len = block->cut;
    collect(feed); /* the block before is not the newest any more */
    return next;
}

/* Where the record that begins at block->cut ends: true and its length, if its delimiter is there. `from`
 * is how much of it was looked at before. */
static bool find_end(const struct feed *feed, const struct block *block, size_t from, size_t *len)
{
    const char *start = block->bytes + block->cut;
    size_t there = block->len - block->cut;
    if (feed->options.whole)
        return false;
    const char *end = feed->options.delimiter_len == 1
                          ? memchr(start + from, feed->options.delimiter[0], there - from)
                          : memmem(start + from, there - from, feed->options.delimiter, feed->options.delimiter_len);
    *len = end ? (size_t)(end - start) : there;
    return end != NULL;
}

static void hand_out(struct feed *feed, struct block *block, size_t len, size_t delimiter_len,
                     struct feed_record *record)
{
    if (block->count == block->starts_cap) {
        block->starts_cap += block->starts_cap / 2 + 512;
        block->starts = mem_resize(block->starts, block->starts_cap + 1, sizeof *block->starts);
    }
    *record = (struct feed_record){.number = feed->next_number++,
                                   .bytes = block->bytes + block->cut,
                                   .len = len,
                                   .file = input_name(feed->input),
                                   .line = feed->next_line++,
                                   .arena = &block->arena};
    block->starts[block->count++] = block->cut;
    block->cut += len + delimiter_len;
    block->starts[block->count] = block->cut;
}

static enum feed_state reading_failed(struct feed *feed)
{
    int status;
    const char *what = input_error(feed->input, &status);
    return fail(feed, status, input_name(feed->input), what);
}

static enum feed_state too_large(struct feed *feed)
{
    return fail(feed, STATUS_IO, input_name(feed->input), "a record is too large for memory");
}

/* Takes the block that was read ahead as the newest one. What is left of the one before mostly fits in front of it. */
static enum feed_state take_ahead(struct feed *feed)
{
    if (feed->failed)
        return reading_failed(feed);
    struct block *last = feed->newest;
    size_t rest = last->len - last->cut;
    struct ahead_block read;
    if (rest <= FRONT) {
        struct block *next = new_block(feed);
        ahead_take(feed->ahead, next->bytes, &read);
        next->bytes = read.bytes;
        next->cut = FRONT - rest;
        next->len = FRONT + read.len;
        memcpy(next->bytes + next->cut, last->bytes + last->cut, rest);
        last->len = last->cut;
        collect(feed);
    } else {
        ahead_take(feed->ahead, NULL, &read);
        struct block *block = make_room(feed, read.len);
        if (!block) {
            free(read.bytes);
            return too_large(feed);
        }
        memcpy(block->bytes + block->len, read.bytes + FRONT, read.len);
        block->len += read.len;
        free(read.bytes);
    }
    feed->done_bytes = read.done;
    feed->failed = read.failed;
    feed->ended = read.ended && !read.failed;
    return FEED_RECORD;
}

/* Reads on; FEED_RECORD when something has changed. */
static enum feed_state read_more(struct feed *feed)
{
    if (feed->ahead)
        return take_ahead(feed);
    if (!input_ready(feed->input))
        return FEED_WAIT;
    struct block *block = make_room(feed, READ_MIN);
    if (!block)
        return too_large(feed);
    ssize_t got = input_read(feed->input, block->bytes + block->len, block->cap - block->len);
    if (got < 0)
        return reading_failed(feed);
    feed->done_bytes = input_done(feed->input);
    block->len += (size_t)got;
    feed->ended = got == 0;
    return FEED_RECORD;
}

enum feed_state feed_next(struct feed *feed, struct feed_record *record)
{
    size_t looked = 0;
    for (;;) {
        enum feed_state state;
        if (!feed->input && (state = open_input(feed)) != FEED_RECORD)
            return state;
        struct block *block = feed->newest;
        size_t len, there = block->len - block->cut;
        if (find_end(feed, block, looked, &len)) {
            hand_out(feed, block, len, feed->options.delimiter_len, record);
            return FEED_RECORD;
        }
        if (feed->ended) {
            if (there > 0 || (feed->options.whole && block->count == 0)) {
                hand_out(feed, block, there, 0, record);
                return FEED_RECORD;
            }
            close_input(feed);
            feed->file++;
            continue;
        }
        /* what was looked at need not be again, but for a delimiter begun */
        size_t begun = feed->options.delimiter_len - 1;
        looked = there > begun ? there - begun : 0;
        if ((state = read_more(feed)) != FEED_RECORD)
            return state;
    }
}

const char *feed_error(const struct feed *feed, int *status)
{
    *status = feed->status;
    return feed->error;
}

static struct block *find_block(struct feed *feed, uint64_t number)
{
    struct block *block = feed->last_done;
    if (block && number >= block->first && number < block->first + block->count)
        return block;
    for (block = feed->oldest; block; block = block->next)
        if (number >= block->first && number < block->first + block->count)
            break;
    return feed->last_done = block;
}

void feed_done(struct feed *feed, uint64_t number)
{
    struct block *block = find_block(feed, number);
    if (block && ++block->done == block->count && is_free(feed, block))
        collect(feed);
}

void feed_done_before(struct feed *feed, uint64_t number)
{
    for (struct block *block = feed->oldest; block && block->first < number; block = block->next) {
        uint64_t before = number - block->first;
        block->done = before < block->count ? (size_t)before : block->count;
    }
    collect(feed);
}

void feed_find(struct feed *feed, uint64_t number, struct feed_record *record)
{
    struct block *block = find_block(feed, number);
    *record = (struct feed_record){.number = number};
    if (!block)
        return;
    size_t index = (size_t)(number - block->first), start = block->starts[index], end = block->starts[index + 1];
    size_t delimiter_len = feed->options.delimiter_len;
    bool delimited = !feed->options.whole && end - start >= delimiter_len &&
                     memcmp(block->bytes + end - delimiter_len, feed->options.delimiter, delimiter_len) == 0;
    record->bytes = block->bytes + start;
    record->len = end - start - (delimited ? delimiter_len : 0);
    const char *name = feed->files[block->file];
    record->file = strcmp(name, "-") == 0 ? "stdin" : name;
    record->line = block->first_line + index;
    record->arena = &block->arena;
}

int feed_descriptor(const struct feed *feed)
{
    return feed->input ? input_descriptor(feed->input) : -1;
}

void feed_progress(const struct feed *feed, uint64_t *done, uint64_t *size)
{
    *done = feed->done_bytes;
    *size = feed->file_count == 1 ? feed->size : 0;
}

void feed_close(struct feed *feed)
{
    if (feed->input)
        close_input(feed);
    for (struct block *block = feed->oldest, *next; block; block = next) {
        next = block->next;
        free_block(block);
    }
    for (struct block *block = feed->spare, *next; block; block = next) {
        next = block->next;
        free_block(block);
    }
    free(feed);
}
