#include "serve/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct backlog {
    char *bytes;
    size_t size; /* a power of two: byte p of the stream stands at p % size */
    uint64_t *starts;
    size_t slots; /* a power of two: event e begins at starts[e % slots] */
    uint64_t first, next;
    uint64_t tail, head; /* the bytes that are there: from tail up to head */
};

static size_t power_of_two(size_t least)
{
    size_t power = 1;
    while (power < least && power <= SIZE_MAX / 4)
        power *= 2;
    return power;
}

struct backlog *backlog_new(size_t size, size_t events)
{
    struct backlog *backlog = mem_zero(1, sizeof *backlog);
    backlog->size = power_of_two(size);
    backlog->slots = power_of_two(events);
    backlog->bytes = mem_resize(NULL, backlog->size, 1);
    backlog->starts = mem_resize(NULL, backlog->slots, sizeof *backlog->starts);
    backlog->first = backlog->next = 1;
    return backlog;
}

void backlog_free(struct backlog *backlog)
{
    if (!backlog)
        return;
    free(backlog->bytes);
    free(backlog->starts);
    free(backlog);
}

static void drop_oldest(struct backlog *backlog)
{
    backlog->first++;
    bool empty = backlog->first == backlog->next;
    backlog->tail = empty ? backlog->head : backlog->starts[backlog->first & (backlog->slots - 1)];
}

void backlog_add(struct backlog *backlog, const char *bytes, size_t len)
{
    while (backlog->first < backlog->next &&
           (backlog->next - backlog->first >= backlog->slots || backlog->head - backlog->tail + len > backlog->size))
        drop_oldest(backlog);
    backlog->starts[backlog->next & (backlog->slots - 1)] = backlog->head;
    if (len > backlog->size) { /* its number is used up, its bytes are passed over */
        backlog->head += len;
        backlog->tail = backlog->head;
        backlog->first = ++backlog->next;
        return;
    }
    size_t at = (size_t)(backlog->head & (backlog->size - 1));
    size_t front = len < backlog->size - at ? len : backlog->size - at;
    memcpy(backlog->bytes + at, bytes, front);
    memcpy(backlog->bytes, bytes + front, len - front);
    backlog->head += len;
    backlog->next++;
}

uint64_t backlog_first(const struct backlog *backlog)
{
    return backlog->first;
}

uint64_t backlog_next(const struct backlog *backlog)
{
    return backlog->next;
}

bool backlog_place(const struct backlog *backlog, uint64_t event, uint64_t *place)
{
    if (event < backlog->first || event > backlog->next)
        return false;
    *place = event == backlog->next ? backlog->head : backlog->starts[event & (backlog->slots - 1)];
    return true;
}

bool backlog_holds(const struct backlog *backlog, uint64_t place)
{
    return place >= backlog->tail && place <= backlog->head;
}

size_t backlog_read(const struct backlog *backlog, uint64_t place, char *into, size_t cap)
{
    uint64_t there = backlog->head - place;
    size_t len = there < cap ? (size_t)there : cap;
    size_t at = (size_t)(place & (backlog->size - 1));
    size_t front = len < backlog->size - at ? len : backlog->size - at;
    memcpy(into, backlog->bytes + at, front);
    memcpy(into + front, backlog->bytes, len - front);
    return len;
}
