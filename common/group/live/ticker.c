#include "group/live/ticker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wake.h"

struct ticker {
    pthread_t thread;
    bool started;
    sigset_t signals;
    int heard, change; /* a signalfd; a wake: the work was set, or it is the end */
    pthread_mutex_t lock; /* the work's, and end */
    struct ticker_work work;
    bool working, end;
    bool hangup; /* was heard, and not answered yet */
    int signal; /* that stopped it, */
    int64_t stopped; /* and when */
    struct problem problem;
};

/* As if nobody had blocked it. */
static void die_of(int number, const sigset_t *signals)
{
    signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    raise(number);
}

static void hear(struct ticker *ticker)
{
    struct signalfd_siginfo info;
    while (read(ticker->heard, &info, sizeof info) == sizeof info) {
        int number = (int)info.ssi_signo;
        if (number == SIGUSR1) {
            if (ticker->working && !ticker->signal)
                ticker->work.show(ticker->work.context, &ticker->problem);
            continue;
        }
        if (number == SIGHUP) {
            ticker->hangup = true;
            continue;
        }
        bool again = ticker->signal && clock_steady_ms() - ticker->stopped >= TICKER_AGAIN_MS;
        if (again || (!ticker->working && !ticker->signal))
            die_of(number, &ticker->signals);
        if (ticker->signal)
            continue;
        ticker->signal = number;
        ticker->stopped = clock_steady_ms();
        ticker->work.stop(ticker->work.context);
    }
}

static struct timespec after(int64_t microseconds)
{
    return (struct timespec){.tv_sec = (time_t)(microseconds / 1000000),
                             .tv_nsec = (long)(microseconds % 1000000) * 1000};
}

static void *tick_on(void *context)
{
    struct ticker *ticker = context;
    int64_t wait = -1;
    int wake = -1;
    for (bool more = true; more;) {
        struct pollfd polls[] = {{.fd = ticker->heard, .events = POLLIN},
                                 {.fd = ticker->change, .events = POLLIN},
                                 {.fd = wake, .events = POLLIN}};
        struct timespec time = after(wait < 0 ? 0 : wait);
        ppoll(polls, sizeof polls / sizeof *polls, wait < 0 ? NULL : &time, NULL);
        pthread_mutex_lock(&ticker->lock);
        wake_clear(ticker->change);
        more = !ticker->end;
        hear(ticker);
        wake = ticker->working ? ticker->work.wake : -1;
        bool failed = ticker->problem.status != STATUS_OK;
        if (more && ticker->hangup && ticker->working && !ticker->signal && !failed) {
            ticker->hangup = false;
            ticker->work.renew(ticker->work.context, &ticker->problem);
        }
        wait = -1;
        if (more && ticker->working && ticker->problem.status == STATUS_OK && ticker->work.tick)
            wait = ticker->work.tick(ticker->work.context, &ticker->problem);
        if (ticker->problem.status != STATUS_OK && !failed)
            ticker->work.stop(ticker->work.context);
        pthread_mutex_unlock(&ticker->lock);
    }
    return NULL;
}

struct ticker *ticker_start(bool hangup)
{
    struct ticker *ticker = mem_zero(1, sizeof *ticker);
    pthread_mutex_init(&ticker->lock, NULL);
    static const int wanted[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
    sigemptyset(&ticker->signals);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted - !hangup; i++) {
        struct sigaction action;
        if (sigaction(wanted[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) /* nohup's and the shell's & */
            sigaddset(&ticker->signals, wanted[i]);
    }
    pthread_sigmask(SIG_BLOCK, &ticker->signals, NULL);
    ticker->heard = signalfd(-1, &ticker->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    ticker->change = wake_new();
    ticker->started = ticker->heard >= 0 && ticker->change >= 0 &&
                      pthread_create(&ticker->thread, NULL, tick_on, ticker) == 0;
    if (!ticker->started) /* signals have their ways, and nothing is done by the clock */
        pthread_sigmask(SIG_UNBLOCK, &ticker->signals, NULL);
    return ticker;
}

void ticker_work(struct ticker *ticker, const struct ticker_work *work)
{
    pthread_mutex_lock(&ticker->lock);
    ticker->work = *work;
    ticker->working = true;
    pthread_mutex_unlock(&ticker->lock);
    wake_set(ticker->change);
}

int ticker_rest(struct ticker *ticker, struct problem *problem)
{
    pthread_mutex_lock(&ticker->lock);
    ticker->working = false;
    if (problem->status == STATUS_OK && ticker->problem.status != STATUS_OK)
        *problem = ticker->problem;
    int number = ticker->signal;
    pthread_mutex_unlock(&ticker->lock);
    wake_set(ticker->change); /* it waits for the work's descriptor no more */
    return number;
}

void ticker_end(struct ticker *ticker)
{
    pthread_mutex_lock(&ticker->lock);
    ticker->end = true;
    pthread_mutex_unlock(&ticker->lock);
    wake_set(ticker->change);
    if (ticker->started)
        pthread_join(ticker->thread, NULL);
    if (ticker->heard >= 0)
        close(ticker->heard);
    if (ticker->change >= 0)
        close(ticker->change);
    pthread_sigmask(SIG_UNBLOCK, &ticker->signals, NULL);
    pthread_mutex_destroy(&ticker->lock);
    free(ticker);
}
