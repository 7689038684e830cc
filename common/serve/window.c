#include "serve/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct window {
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

struct window *window_new(size_t size, size_t events)
{
    struct window *window = mem_zero(1, sizeof *window);
    window->size = power_of_two(size);
    window->slots = power_of_two(events);
    window->bytes = mem_resize(NULL, window->size, 1);
    window->starts = mem_resize(NULL, window->slots, sizeof *window->starts);
    window->first = window->next = 1;
    return window;
}

void window_free(struct window *window)
{
    if (!window)
        return;
    free(window->bytes);
    free(window->starts);
    free(window);
}

static void drop_oldest(struct window *window)
{
    window->first++;
    window->tail = window->first == window->next ? window->head : window->starts[window->first & (window->slots - 1)];
}

void window_add(struct window *window, const char *bytes, size_t len)
{
    while (window->first < window->next &&
           (window->next - window->first >= window->slots || window->head - window->tail + len > window->size))
        drop_oldest(window);
    window->starts[window->next & (window->slots - 1)] = window->head;
    if (len > window->size) { /* its number is used up, its bytes are passed over */
        window->head += len;
        window->tail = window->head;
        window->first = ++window->next;
        return;
    }
    size_t at = (size_t)(window->head & (window->size - 1));
    size_t front = len < window->size - at ? len : window->size - at;
    memcpy(window->bytes + at, bytes, front);
    memcpy(window->bytes, bytes + front, len - front);
    window->head += len;
    window->next++;
}

uint64_t window_first(const struct window *window)
{
    return window->first;
}

uint64_t window_next(const struct window *window)
{
    return window->next;
}

bool window_place(const struct window *window, uint64_t event, uint64_t *place)
{
    if (event < window->first || event > window->next)
        return false;
    *place = event == window->next ? window->head : window->starts[event & (window->slots - 1)];
    return true;
}

bool window_holds(const struct window *window, uint64_t place)
{
    return place >= window->tail && place <= window->head;
}

size_t window_read(const struct window *window, uint64_t place, char *into, size_t cap)
{
    uint64_t there = window->head - place;
    size_t len = there < cap ? (size_t)there : cap;
    size_t at = (size_t)(place & (window->size - 1));
    size_t front = len < window->size - at ? len : window->size - at;
    memcpy(into, window->bytes + at, front);
    memcpy(into + front, window->bytes, len - front);
    return len;
}
