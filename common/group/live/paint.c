/* A table on a terminal, painted anew in its place: as many rows as the window has room for, behind a line with the
 * rate and the age of the newest event. */
#include "group/live/live_inner.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/terminal.h"

enum { FRAME_LINES = 6, /* the line above, the table's own four, the cursor's */ WINDOW_LINES = 24, MICRO = 1000000 };

static size_t window_lines(const struct live *live)
{
    size_t lines = terminal_lines(output_descriptor(live->options->out));
    return lines > 0 ? lines : WINDOW_LINES;
}

static void add_status(struct live *live, struct buffer *into)
{
    int64_t now = clock_steady_us(), since = now - live->painted_us;
    double rate = since > 0 ? (double)(live->total - live->painted_total) * MICRO / (double)since : 0;
    buffer_add_format(into, "%llu records, %.0f/s", (unsigned long long)live->total, rate);
    if (live->newest_ms != LIVE_NO_TIME)
        buffer_add_format(into, ", newest %.1f s ago", (double)(clock_wall_ms() - live->newest_ms) / 1000);
    if (live->late > 0)
        buffer_add_format(into, ", %llu late", (unsigned long long)live->late);
    live->painted_us = now;
    live->painted_total = live->total;
}

bool live_paint(struct live *live, const struct group_cell *cells, size_t count, struct problem *problem)
{
    static const char home[] = "\033[?7l\033[H", rest[] = "\033[K\n", end[] = "\033[J\033[?7h";
    struct group_report report = *live->report;
    struct output *out = live->options->out;
    struct buffer status = {0};
    size_t lines = window_lines(live);
    uint64_t rows;
    if (lines > FRAME_LINES && report.project.form_options.table.rows > lines - FRAME_LINES)
        report.project.form_options.table.rows = lines - FRAME_LINES;
    add_status(live, &status);
    output_write(out, home, sizeof home - 1);
    output_write(out, status.data, status.len);
    output_write(out, rest, sizeof rest - 1);
    bool good = group_report_cells(&report, cells, count, NULL, true, out, &rows, problem);
    output_write(out, end, sizeof end - 1);
    output_flush(out);
    buffer_free(&status);
    return good;
}
