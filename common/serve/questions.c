/* Queries that wait for their turn: one thread takes them in order, copies the rows, and lets them run apart; their
 * connections are suspended meanwhile. */
#include "serve/server_inner.h"

#include <string.h>

#include "frame/source.h"

/* Rows that were copied for a query are kept for the next one up to so many bytes. */
enum { KEPT_MAX = 8 << 20 };

static struct question *next_question(struct questions *questions)
{
    pthread_mutex_lock(&questions->lock);
    while (!questions->first && !questions->stopped)
        pthread_cond_wait(&questions->come, &questions->lock);
    struct question *question = questions->first;
    if (question) {
        questions->first = question->next;
        if (!questions->first)
            questions->last = &questions->first;
        questions->count--;
    }
    pthread_mutex_unlock(&questions->lock);
    return question;
}

static bool is_stopped(struct questions *questions)
{
    pthread_mutex_lock(&questions->lock);
    bool stopped = questions->stopped;
    pthread_mutex_unlock(&questions->lock);
    return stopped;
}

/* A query without expressions is no stranger's program, and answered here. */
static enum apart_outcome answer_plain(struct question *question, struct buffer *rows)
{
    buffer_reserve(rows, BATCH_PADDING);
    memset(rows->data + rows->len, 0, BATCH_PADDING);
    return query_run(&question->query, rows->data, rows->len, &question->answer, &question->problem) ? APART_DONE
                                                                                                      : APART_WRONG;
}

static void answer(struct server *server, struct question *question, struct buffer *rows)
{
    const bool plain = !question->query.where && !question->query.order;
    rows->len = 0;
    live_copy(server->live, rows, &question->event);
    question->outcome = plain ? answer_plain(question, rows)
                              : apart_run(server->apart, &question->query, rows, server->options.query_ms,
                                          &question->answer, &question->problem, &question->in_order);
    if (rows->cap > KEPT_MAX)
        buffer_free(rows);
}

/* When the server stops, those that wait are let go without an answer. */
static void *answer_all(void *context)
{
    struct server *server = context;
    struct questions *questions = &server->questions;
    struct buffer rows = {0};
    struct question *question;
    while ((question = next_question(questions))) {
        question->outcome = APART_LOST;
        if (!is_stopped(questions))
            answer(server, question, &rows);
        pthread_mutex_lock(&questions->lock);
        questions->late += question->outcome == APART_LATE;
        pthread_mutex_unlock(&questions->lock);
        MHD_resume_connection(question->connection);
    }
    buffer_free(&rows);
    return NULL;
}

bool questions_start(struct server *server)
{
    struct questions *questions = &server->questions;
    questions->last = &questions->first;
    pthread_mutex_init(&questions->lock, NULL);
    pthread_cond_init(&questions->come, NULL);
    questions->started = pthread_create(&questions->thread, NULL, answer_all, server) == 0;
    return questions->started;
}

bool questions_ask(struct server *server, struct question *question)
{
    struct questions *questions = &server->questions;
    pthread_mutex_lock(&questions->lock);
    bool room = questions->count < SERVER_QUESTIONS && !questions->stopped;
    if (room) {
        question->asked = true;
        question->next = NULL;
        *questions->last = question;
        questions->last = &question->next;
        questions->count++;
        MHD_suspend_connection(question->connection);
        pthread_cond_signal(&questions->come);
    }
    pthread_mutex_unlock(&questions->lock);
    return room;
}

void questions_stop(struct server *server)
{
    struct questions *questions = &server->questions;
    pthread_mutex_lock(&questions->lock);
    questions->stopped = true;
    pthread_cond_broadcast(&questions->come);
    pthread_mutex_unlock(&questions->lock);
    if (questions->started)
        pthread_join(questions->thread, NULL);
    pthread_cond_destroy(&questions->come);
    pthread_mutex_destroy(&questions->lock);
}
