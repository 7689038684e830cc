#include "log/local/syncer_inner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

static void *sync_parts(void *argument)
{
    struct partition_syncer *syncer = argument;
    for (size_t i = 0; i < syncer->count; i++)
        if (!partition_sync_wait(&syncer->parts[i].sync) && syncer->failure == 0)
            syncer->failure = errno;
    return NULL;
}

static void end_parts(struct partition_syncer *syncer, bool good)
{
    for (size_t i = 0; i < syncer->count; i++)
        partition_sync_end(syncer->parts[i].appender, &syncer->parts[i].sync, good);
    syncer->count = 0;
}

bool partition_syncer_add(struct partition_syncer *syncer, struct partition_appender *appender)
{
    if (syncer->count == syncer->cap) {
        syncer->cap = 2 * syncer->cap + 4;
        syncer->parts = mem_resize(syncer->parts, syncer->cap, sizeof *syncer->parts);
    }
    struct partition_syncer_part *part = &syncer->parts[syncer->count];
    part->appender = appender;
    if (!partition_sync_begin(appender, &part->sync))
        return false;
    syncer->count++;
    return true;
}

void partition_syncer_drop(struct partition_syncer *syncer)
{
    end_parts(syncer, false);
}

bool partition_syncer_start(struct partition_syncer *syncer)
{
    sigset_t all, before;
    sigfillset(&all);
    syncer->failure = 0;
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the thread that reads */
    syncer->running = pthread_create(&syncer->thread, NULL, sync_parts, syncer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return syncer->running;
}

int partition_syncer_finish(struct partition_syncer *syncer)
{
    if (!syncer->running)
        return 0;
    pthread_join(syncer->thread, NULL);
    syncer->running = false;
    end_parts(syncer, syncer->failure == 0);
    return syncer->failure;
}

void partition_syncer_free(struct partition_syncer *syncer)
{
    free(syncer->parts);
    *syncer = (struct partition_syncer){0};
}
