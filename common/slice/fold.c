#include "slice/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/threads.h"

/* So many bytes of items wait, or of results behind the last item, before those who bring more wait too; so many of
 * results are handed over together. */
enum { AHEAD = 2 * 1024 * 1024, HANDFUL = 64 * 1024 };

struct fold {
    void (*work)(void *context, struct fold *fold);
    void *context;
    struct threads threads;
    bool alone; /* there is no thread */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buffer put; /* items nobody has read, */
    struct buffer at_hand; /* and those being read: the worker's */
    size_t read;
    struct buffer results, lengths;
    struct buffer given, given_lengths; /* results that are to be handed over: the worker's */
    bool ended, over, done; /* no more items; nobody waits for results; the work is done */
};

/* With the lock: what was given goes to the results. */
static void hand_over(struct fold *fold)
{
    if (!fold->over && fold->given_lengths.len > 0) {
        buffer_add(&fold->results, fold->given.data, fold->given.len);
        buffer_add(&fold->lengths, fold->given_lengths.data, fold->given_lengths.len);
        pthread_cond_broadcast(&fold->changed);
    }
    fold->given.len = fold->given_lengths.len = 0;
}

static void *run(void *argument)
{
    struct fold *fold = argument;
    fold->work(fold->context, fold);
    pthread_mutex_lock(&fold->lock);
    hand_over(fold);
    fold->done = true;
    pthread_cond_broadcast(&fold->changed);
    pthread_mutex_unlock(&fold->lock);
    return NULL;
}

struct fold *fold_begin(void (*work)(void *context, struct fold *fold), void *context)
{
    struct fold *fold = mem_zero(1, sizeof *fold);
    fold->work = work;
    fold->context = context;
    pthread_mutex_init(&fold->lock, NULL);
    pthread_cond_init(&fold->changed, NULL);
    fold->alone = !threads_add(&fold->threads, run, fold);
    return fold;
}

size_t fold_item_begin(struct buffer *piece)
{
    size_t place = piece->len, len = 0;
    buffer_add(piece, &len, sizeof len);
    return place;
}

void fold_item_end(struct buffer *piece, size_t place)
{
    size_t len = piece->len - place - sizeof len;
    memcpy(piece->data + place, &len, sizeof len);
}

void fold_put(struct fold *fold, struct buffer *piece)
{
    pthread_mutex_lock(&fold->lock);
    while (fold->put.len >= AHEAD && !fold->alone && !fold->done)
        pthread_cond_wait(&fold->changed, &fold->lock);
    if (fold->done) {
        piece->len = 0;
    } else if (fold->put.len == 0) {
        struct buffer empty = fold->put;
        fold->put = *piece;
        *piece = empty;
    } else {
        buffer_add(&fold->put, piece->data, piece->len);
        piece->len = 0;
    }
    pthread_cond_broadcast(&fold->changed);
    pthread_mutex_unlock(&fold->lock);
}

/* With the lock. */
static void move_results(struct fold *fold, struct buffer *results, struct buffer *lengths)
{
    buffer_add(results, fold->results.data, fold->results.len);
    buffer_add(lengths, fold->lengths.data, fold->lengths.len);
    fold->results.len = fold->lengths.len = 0;
    pthread_cond_broadcast(&fold->changed);
}

void fold_take(struct fold *fold, struct buffer *results, struct buffer *lengths)
{
    pthread_mutex_lock(&fold->lock);
    if (fold->lengths.len > 0)
        move_results(fold, results, lengths);
    pthread_mutex_unlock(&fold->lock);
}

void fold_end(struct fold *fold)
{
    pthread_mutex_lock(&fold->lock);
    fold->ended = true;
    pthread_cond_broadcast(&fold->changed);
    pthread_mutex_unlock(&fold->lock);
    if (fold->alone)
        run(fold);
}

bool fold_rest(struct fold *fold, struct buffer *results, struct buffer *lengths)
{
    pthread_mutex_lock(&fold->lock);
    while (fold->lengths.len == 0 && !fold->done)
        pthread_cond_wait(&fold->changed, &fold->lock);
    bool some = fold->lengths.len > 0;
    if (some)
        move_results(fold, results, lengths);
    pthread_mutex_unlock(&fold->lock);
    return some;
}

void fold_free(struct fold *fold)
{
    if (!fold)
        return;
    pthread_mutex_lock(&fold->lock);
    fold->ended = fold->over = true;
    fold->put.len = 0;
    pthread_cond_broadcast(&fold->changed);
    pthread_mutex_unlock(&fold->lock);
    threads_join(&fold->threads);
    pthread_cond_destroy(&fold->changed);
    pthread_mutex_destroy(&fold->lock);
    buffer_free(&fold->put);
    buffer_free(&fold->at_hand);
    buffer_free(&fold->results);
    buffer_free(&fold->lengths);
    buffer_free(&fold->given);
    buffer_free(&fold->given_lengths);
    free(fold);
}

/* The items that were put in meanwhile; false: none, and none will come. */
static bool fetch(struct fold *fold)
{
    fold->at_hand.len = fold->read = 0;
    pthread_mutex_lock(&fold->lock);
    hand_over(fold);
    while (fold->put.len == 0 && !fold->ended)
        pthread_cond_wait(&fold->changed, &fold->lock);
    struct buffer empty = fold->at_hand;
    fold->at_hand = fold->put;
    fold->put = empty;
    pthread_cond_broadcast(&fold->changed);
    pthread_mutex_unlock(&fold->lock);
    return fold->at_hand.len > 0;
}

bool fold_read(struct fold *fold, struct span *item)
{
    size_t len;
    if (fold->read == fold->at_hand.len && !fetch(fold))
        return false;
    memcpy(&len, fold->at_hand.data + fold->read, sizeof len);
    *item = (struct span){.text = fold->at_hand.data + fold->read + sizeof len, .len = len};
    fold->read += sizeof len + len;
    return true;
}

bool fold_give(struct fold *fold, const char *text, size_t len)
{
    buffer_add(&fold->given, text, len);
    buffer_add(&fold->given_lengths, &len, sizeof len);
    if (fold->given.len < HANDFUL)
        return true;
    pthread_mutex_lock(&fold->lock);
    while (fold->ended && !fold->over && !fold->alone && fold->results.len >= AHEAD)
        pthread_cond_wait(&fold->changed, &fold->lock);
    hand_over(fold);
    bool wanted = !fold->over;
    pthread_mutex_unlock(&fold->lock);
    return wanted;
}
