/* Connections, each in its phase, so that the slow ones can be dropped: who has not sent his request, or taken his
 * answer, in time; and when there are many, those first who have been asked for a request the longest. */
#include "serve/server_inner.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wake.h"

void visits_start(struct visits *visits, unsigned count_max)
{
    pthread_mutex_init(&visits->lock, NULL);
    visits->count_max = count_max;
    visits->event = wake_new();
}

void visits_end(struct visits *visits)
{
    if (visits->event >= 0)
        close(visits->event);
    pthread_mutex_destroy(&visits->lock);
}

static void unlink_visit(struct visits *visits, struct visit *visit)
{
    *(visit->before ? &visit->before->next : &visits->phases[visit->phase].first) = visit->next;
    *(visit->next ? &visit->next->before : &visits->phases[visit->phase].last) = visit->before;
}

static void link_visit(struct visits *visits, struct visit *visit, enum visit_phase phase)
{
    struct visit *last = visits->phases[phase].last;
    visit->phase = phase;
    visit->since_ms = clock_steady_ms();
    visit->before = last;
    visit->next = NULL;
    *(last ? &last->next : &visits->phases[phase].first) = visit;
    visits->phases[phase].last = visit;
}

/* With the lock. The descriptor is closed by its owner, who sees its end now. */
static void drop(struct visits *visits, struct visit *visit)
{
    if (visit->dropped)
        return;
    visit->dropped = true;
    visits->dropped++;
    shutdown(visit->fd, SHUT_RDWR);
}

/* Makes room before there is none: of those who are to send a request, the one who has had the most time for it. */
static void make_room(struct visits *visits)
{
    struct visit *visit = visits->phases[VISIT_REQUEST].first;
    while (visit && visit->dropped)
        visit = visit->next;
    if (visit && visits->count >= visits->count_max - visits->count_max / 4)
        drop(visits, visit);
}

struct visit *visits_come(struct visits *visits, int fd)
{
    struct visit *visit = mem_zero(1, sizeof *visit);
    visit->fd = fd;
    pthread_mutex_lock(&visits->lock);
    make_room(visits);
    link_visit(visits, visit, VISIT_REQUEST);
    visits->total++;
    bool first = visits->count++ == 0;
    pthread_mutex_unlock(&visits->lock);
    if (first)
        wake_set(visits->event);
    return visit;
}

void visits_go(struct visits *visits, struct visit *visit)
{
    pthread_mutex_lock(&visits->lock);
    unlink_visit(visits, visit);
    visits->count--;
    pthread_mutex_unlock(&visits->lock);
    free(visit);
}

void visits_enter(struct visits *visits, struct visit *visit, enum visit_phase phase)
{
    pthread_mutex_lock(&visits->lock);
    unlink_visit(visits, visit);
    link_visit(visits, visit, phase);
    pthread_mutex_unlock(&visits->lock);
}

void visits_drop(struct visits *visits, struct visit *visit)
{
    pthread_mutex_lock(&visits->lock);
    drop(visits, visit);
    pthread_mutex_unlock(&visits->lock);
}

static void drop_late(struct visits *visits, enum visit_phase phase, int64_t time_ms)
{
    int64_t now = clock_steady_ms();
    for (struct visit *visit = visits->phases[phase].first; visit && now - visit->since_ms > time_ms;
         visit = visit->next)
        drop(visits, visit);
}

unsigned visits_tick(struct visits *visits)
{
    wake_clear(visits->event);
    pthread_mutex_lock(&visits->lock);
    drop_late(visits, VISIT_REQUEST, SERVER_REQUEST_MS);
    drop_late(visits, VISIT_ANSWER, SERVER_ANSWER_MS);
    unsigned left = visits->count;
    pthread_mutex_unlock(&visits->lock);
    return left;
}
