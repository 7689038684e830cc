#include "base/threads.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

/* The kernel refuses a set that is smaller than its own: sets of so many cores are tried. */
enum { CORES_FIRST = 1024, CORES_LAST = 1 << 20 };

/* Cores in the affinity as told by a set of `room`; 0: that set is too small, or none is to be had. */
static unsigned count_cores(unsigned room, bool *larger)
{
    size_t size = CPU_ALLOC_SIZE(room);
    cpu_set_t *set = CPU_ALLOC(room);
    if (!set)
        return 0;
    bool good = sched_getaffinity(0, size, set) == 0;
    *larger = !good && errno == EINVAL;
    int count = good ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    return (unsigned)count;
}

unsigned threads_cores(void)
{
    unsigned count = 0;
    bool larger = true;
    for (unsigned room = CORES_FIRST; larger && room <= CORES_LAST; room *= 2) {
        larger = false;
        count = count_cores(room, &larger);
    }
    return count > 0 ? count : 1;
}

/* Set while the one program that a run computes is compiled, and true of all of the run. */
static atomic_bool in_order;

void threads_in_order(void)
{
    in_order = true;
}

unsigned threads_wanted(unsigned wanted)
{
    if (in_order)
        return 1;
    unsigned count = wanted > 0 ? wanted : threads_cores();
    return count < THREADS_MAX ? count : THREADS_MAX;
}

static size_t stack_of(const pthread_attr_t *attributes)
{
    size_t size;
    return pthread_attr_getstacksize(attributes, &size) == 0 ? size : 0;
}

size_t threads_stack(void)
{
    pthread_attr_t attributes;
    size_t own = 0, others = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        own = stack_of(&attributes);
        pthread_attr_destroy(&attributes);
    }
    if (pthread_getattr_default_np(&attributes) == 0) {
        others = stack_of(&attributes);
        pthread_attr_destroy(&attributes);
    }
    size_t least = own < others ? own : others;
    return least > THREADS_STACK_MIN ? least : THREADS_STACK_MIN;
}

bool threads_add(struct threads *threads, void *(*work)(void *context), void *context)
{
    if (threads->count == threads->cap) {
        threads->cap = threads->cap > 0 ? 2 * threads->cap : 8;
        threads->list = mem_resize(threads->list, threads->cap, sizeof *threads->list);
    }
    bool good = pthread_create(&threads->list[threads->count], NULL, work, context) == 0;
    threads->count += good;
    return good;
}

void threads_join(struct threads *threads)
{
    for (unsigned i = 0; i < threads->count; i++)
        pthread_join(threads->list[i], NULL);
    free(threads->list);
    *threads = (struct threads){0};
}

struct share {
    void (*work)(void *context, unsigned share);
    void *context;
    unsigned number;
};

static void *do_share(void *context)
{
    const struct share *share = context;
    share->work(share->context, share->number);
    return NULL;
}

void threads_share(unsigned count, void (*work)(void *context, unsigned share), void *context)
{
    struct threads threads = {0};
    struct share *shares = mem_zero(count, sizeof *shares);
    unsigned begun = 1;
    for (; begun < count; begun++) {
        shares[begun] = (struct share){work, context, begun};
        if (!threads_add(&threads, do_share, &shares[begun]))
            break;
    }
    if (count > 0)
        work(context, 0);
    for (unsigned i = begun; i < count; i++)
        work(context, i);
    threads_join(&threads);
    free(shares);
}
