/* threads: how many cores there are, and work shared out over threads. A machine that gives fewer threads than were
 * asked for (a limit on processes, no memory for stacks) makes work slower, never wrong: what has no thread of its own
 * is done by the one that asked. */
#ifndef ATOOLS_THREADS_H
#define ATOOLS_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* More threads than this are of no use to anybody here: memory bandwidth ends before. The most that -j takes. */
enum { THREADS_MAX = 256 };

/* The cores this process may run on (its affinity), at least 1, on machines of any size. */
unsigned threads_cores(void);

/* From now on one thread does all: what is computed counts rows as they come. Before others are started. */
void threads_in_order(void);

/* What -j says: `wanted` threads, or, for 0, one a core; 1 to THREADS_MAX; one after threads_in_order. */
unsigned threads_wanted(unsigned wanted);

/* Bytes of stack that the calling thread has, and each that is begun here; THREADS_STACK_MIN where nobody knows. */
enum { THREADS_STACK_MIN = 256 * 1024 };
size_t threads_stack(void);

/* Calls work(context, share) once for each share from 0 to count - 1, at the same time as far as there are threads, and
 * returns when all have ended. The calling thread does share 0, and at the end those that no thread could be had for;
 * so no share may wait for another one. */
void threads_share(unsigned count, void (*work)(void *context, unsigned share), void *context);

/* Threads that are begun one by one. Zero-initialised: none. Belongs to one thread. */
struct threads {
    pthread_t *list;
    unsigned count, cap;
};

/* Begins one with work(context); false if none can be had: go on with those there are. */
bool threads_add(struct threads *threads, void *(*work)(void *context), void *context);

/* Waits for all of them to end; none is left. */
void threads_join(struct threads *threads);

#endif
