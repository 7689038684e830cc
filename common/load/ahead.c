#include "load/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

enum { DEPTH = 3 }; /* blocks read before somebody has to wait: that threads change places less often */

struct ahead {
    struct input *input;
    size_t front, size;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *spare;                      /* for the next block */
    struct ahead_block blocks[DEPTH]; /* read, but not taken: */
    size_t read, taken;               /* so many in all */
    bool stopped;
};

/* Fills a block, to the last byte but one: input_read wants room for two. */
static void fill(struct ahead *ahead, struct ahead_block *block)
{
    size_t cap = ahead->size - ahead->front;
    while (cap - block->len > 1 && !block->ended) {
        ssize_t got = input_read(ahead->input, block->bytes + ahead->front + block->len, cap - block->len);
        block->failed = got < 0;
        block->ended = got <= 0;
        block->len += got > 0 ? (size_t)got : 0;
    }
    block->done = input_done(ahead->input);
}

static void *read_on(void *argument)
{
    struct ahead *ahead = argument;
    bool ended = false;
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->stopped && !ended) {
        if (ahead->read - ahead->taken == DEPTH) {
            pthread_cond_wait(&ahead->changed, &ahead->lock);
            continue;
        }
        struct ahead_block block = {.bytes = ahead->spare};
        ahead->spare = NULL;
        pthread_mutex_unlock(&ahead->lock);
        if (!block.bytes)
            block.bytes = mem_resize(NULL, ahead->size, 1);
        fill(ahead, &block);
        ended = block.ended;
        pthread_mutex_lock(&ahead->lock);
        ahead->blocks[ahead->read++ % DEPTH] = block;
        pthread_cond_signal(&ahead->changed);
    }
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

struct ahead *ahead_start(struct input *input, size_t front, size_t size)
{
    struct ahead *ahead = mem_zero(1, sizeof *ahead);
    ahead->input = input;
    ahead->front = front;
    ahead->size = size;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the user's thread */
    bool started = pthread_create(&ahead->thread, NULL, read_on, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        return ahead;
    free(ahead);
    return NULL;
}

void ahead_take(struct ahead *ahead, char *spare, struct ahead_block *block)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->read == ahead->taken)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    *block = ahead->blocks[ahead->taken++ % DEPTH];
    if (spare) {
        free(ahead->spare);
        ahead->spare = spare;
    }
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
}

void ahead_stop(struct ahead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    pthread_mutex_destroy(&ahead->lock);
    pthread_cond_destroy(&ahead->changed);
    free(ahead->spare);
    while (ahead->taken < ahead->read)
        free(ahead->blocks[ahead->taken++ % DEPTH].bytes);
    free(ahead);
}
