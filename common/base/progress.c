#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"

static const double FIRST_SHOWN = 1.0, SHOWN_EVERY = 0.2; /* seconds */

static double now(void)
{
    return (double)clock_steady_us() / 1e6;
}

void progress_start(struct progress *progress, bool wanted)
{
    *progress = (struct progress){.wanted = wanted && isatty(STDERR_FILENO)};
    if (progress->wanted)
        progress->start = now();
}

void progress_text(char *into, unsigned cap, uint64_t done, uint64_t size, uint64_t records, double seconds)
{
    const double mebi = 1024.0 * 1024.0;
    double rate = seconds > 0 ? (double)records / seconds : 0;
    int used = snprintf(into, cap, "%s: %.1f MiB", diag_program(), (double)done / mebi);
    if (size > 0 && done > 0 && done <= size && used > 0 && (unsigned)used < cap)
        used += snprintf(into + used, cap - (unsigned)used, " of %.1f MiB (%.0f%%), %.0f s left", (double)size / mebi,
                         100.0 * (double)done / (double)size, seconds * (double)(size - done) / (double)done);
    if (used > 0 && (unsigned)used < cap)
        snprintf(into + used, cap - (unsigned)used, ", %.0f records/s", rate);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t size, uint64_t records)
{
    if (!progress->wanted)
        return;
    double time = now();
    if (time - progress->start < FIRST_SHOWN || time - progress->last < SHOWN_EVERY)
        return;
    progress->last = time;
    progress->shown = true;
    char line[200] = "\r";
    progress_text(line + 1, sizeof line - 8, done, size, records, time - progress->start);
    strcat(line, "\033[K\r"); /* the cursor waits at the start, so that a last message overwrites the line */
    diag_raw(line, strlen(line));
}

void progress_clear(struct progress *progress)
{
    if (progress->shown)
        diag_raw("\r\033[K", 4);
    progress->shown = false;
}
