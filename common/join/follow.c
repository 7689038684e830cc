#include "join/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/wake.h"
#include "join/spill_inner.h"
#include "table/form/row_form.h"

enum { EVENTS_SIZE = 16 * 1024, LOOK_MS = 20, NS = 1000000 };

struct join_follow {
    struct join *join;
    const struct inputs *inputs;
    struct rows_options rows_options;
    struct chunks_options chunks;
    size_t gone; /* the slot that says so */
    bool file;
    const char *name; /* of the file, in its folder */
    int watch, end;   /* an inotify; a wake */
    pthread_t thread;
    bool started;
    pthread_rwlock_t table; /* of join->table, once it is followed */
    pthread_mutex_t lock;   /* all below */
    bool came, ended;
    int64_t changed_ms;
    int status;
    struct span *slots; /* of a row, the thread's own */
};

static const char too_large[] = "the right side outgrows --memory: with --follow it is kept there";

bool join_follow_is_file(const char *name, bool *file, struct problem *problem)
{
    struct stat info;
    if ((strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(name, &info)) != 0)
        return problem_set(problem, STATUS_IO, "%s: %s", name, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return problem_usage(problem, "--follow: the right side is a file or a pipe, not a folder: %s", name);
    *file = S_ISREG(info.st_mode) && strcmp(name, "-") != 0;
    return true;
}

size_t join_follow_paths(struct join_names *names)
{
    size_t offset;
    const char *message;
    return path_set_add(&names->sides[JOIN_SIDE_RIGHT].paths,
                        path_parse(&names->arena, "_deleted", NULL, &offset, &message));
}

void join_follow_hold(struct join_follow *follow)
{
    pthread_rwlock_rdlock(&follow->table);
}

void join_follow_let_go(struct join_follow *follow)
{
    pthread_rwlock_unlock(&follow->table);
}

static bool is_true(struct span span)
{
    return span.type == SPAN_TRUE || (span.type == SPAN_CELL && span.len == 4 && memcmp(span.text, "true", 4) == 0);
}

bool join_follow_take(struct join_follow *follow, const struct buffer *packed)
{
    struct join *join = follow->join;
    pthread_rwlock_wrlock(&follow->table);
    for (size_t at = 0; at < packed->len;) {
        const struct join_row *row = (const struct join_row *)(const void *)(packed->data + at);
        join_row_unpack(row, follow->slots, join->names->sides[JOIN_SIDE_RIGHT].paths.count);
        (is_true(follow->slots[follow->gone]) ? join_table_remove : join_table_put)(&join->table, row);
        at += row->size;
    }
    bool fits = join->table.bytes <= join->memory && join->table.rows < JOIN_TABLE_ROWS_MAX;
    pthread_rwlock_unlock(&follow->table);
    pthread_mutex_lock(&follow->lock);
    follow->came = true;
    follow->changed_ms = clock_steady_ms();
    if (!fits)
        problem_set(&join->problem, STATUS_IO, "%s", too_large);
    pthread_mutex_unlock(&follow->lock);
    return fits;
}

/* A table of the file as it is now; false: a message has been printed, or stands in the problem. */
static bool read_file(struct join_follow *follow, struct join_table *into, struct problem *problem)
{
    struct join fresh = *follow->join;
    fresh.follow = NULL;
    fresh.table = (struct join_table){0};
    int status = join_read(&fresh, JOIN_SIDE_RIGHT, &follow->chunks);
    if (status == STATUS_OK && fresh.spill) {
        problem_set(problem, STATUS_IO, "%s", too_large);
        status = STATUS_IO;
    }
    if (status == STATUS_OK)
        join_table_index(&fresh.table, fresh.threads);
    else
        join_table_clear(&fresh.table);
    join_spill_free(fresh.spill);
    *into = fresh.table;
    if (status != STATUS_OK && problem->status == STATUS_OK)
        problem_set(problem, (enum status)status, "it cannot be read");
    return status == STATUS_OK;
}

/* The file was written: its table takes the old one's place, if it can be read. */
static void reload(struct join_follow *follow)
{
    struct join *join = follow->join;
    struct join_side *side = &join->names->sides[JOIN_SIDE_RIGHT];
    struct join_table new;
    struct problem problem = {0};
    rows_close(side->rows);
    side->rows = rows_open(follow->inputs, &follow->rows_options);
    if (!join_names_bind_side(join->names, JOIN_SIDE_RIGHT, &problem) || !read_file(follow, &new, &problem)) {
        diag_warn("%s is not taken, the table stays as it was: %s", follow->inputs->files[0], problem.text);
        return;
    }
    pthread_rwlock_wrlock(&follow->table);
    struct join_table old = join->table;
    join->table = new;
    pthread_rwlock_unlock(&follow->table);
    join_table_clear(&old);
}

/* Whether what happened in the folder is about our file. */
static bool is_ours(const struct join_follow *follow)
{
    _Alignas(struct inotify_event) char events[EVENTS_SIZE];
    bool ours = false;
    for (ssize_t len; (len = read(follow->watch, events, sizeof events)) > 0;)
        for (ssize_t at = 0; at < len;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)(events + at);
            ours |= (event->mask & IN_Q_OVERFLOW) || (event->len > 0 && strcmp(event->name, follow->name) == 0);
            at += (ssize_t)(sizeof *event + event->len);
        }
    return ours;
}

static void *follow_file(void *context)
{
    struct join_follow *follow = context;
    struct pollfd polls[] = {{.fd = follow->watch, .events = POLLIN}, {.fd = follow->end, .events = POLLIN}};
    for (;;) {
        if (poll(polls, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (polls[1].revents)
            return NULL;
        if (is_ours(follow))
            reload(follow);
    }
}

static void *follow_pipe(void *context)
{
    struct join_follow *follow = context;
    struct join *join = follow->join;
    int status = join_read(join, JOIN_SIDE_RIGHT, &follow->chunks);
    pthread_mutex_lock(&follow->lock);
    follow->ended = true;
    follow->status = status != STATUS_OK ? status : (int)join->problem.status;
    bool stops = follow->status != STATUS_OK;
    pthread_mutex_unlock(&follow->lock);
    if (stops)
        source_stop(rows_source(join->names->sides[JOIN_SIDE_LEFT].rows));
    return NULL;
}

/* In the folder, for a file may be replaced by another of its name. */
static bool watch(struct join_follow *follow, struct problem *problem)
{
    const char *path = follow->inputs->files[0], *slash = strrchr(path, '/');
    char *folder = slash ? mem_copy(path, (size_t)(slash - path) + 1) : mem_copy(".", 1);
    follow->name = slash ? slash + 1 : path;
    follow->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    bool good = follow->watch >= 0 && inotify_add_watch(follow->watch, folder, IN_CLOSE_WRITE | IN_MOVED_TO) >= 0;
    if (!good)
        problem_set(problem, STATUS_IO, "%s cannot be watched: %s", folder, strerror(errno));
    free(folder);
    return good;
}

/* Until the changes that were there make a pause. */
static void wait_for_pause(struct join_follow *follow)
{
    const struct timespec look = {.tv_nsec = LOOK_MS * NS};
    int64_t began = clock_steady_ms();
    for (bool waits = true; waits; nanosleep(&look, NULL)) {
        int64_t now = clock_steady_ms();
        pthread_mutex_lock(&follow->lock);
        waits = !follow->ended && (follow->came ? now - follow->changed_ms < JOIN_FOLLOW_PAUSE_MS
                                                : now - began < JOIN_FOLLOW_FIRST_MS);
        pthread_mutex_unlock(&follow->lock);
    }
}

static int begin(struct join_follow *follow)
{
    struct join *join = follow->join;
    struct problem *problem = &join->problem;
    if (follow->file && (!watch(follow, problem) || !read_file(follow, &join->table, problem)))
        return (int)problem->status;
    if (!follow->file)
        join_table_index(&join->table, 1);
    join->follow = follow;
    follow->started = pthread_create(&follow->thread, NULL, follow->file ? follow_file : follow_pipe, follow) == 0;
    if (!follow->started)
        problem_set(problem, STATUS_IO, "no thread for the right side");
    else if (!follow->file)
        wait_for_pause(follow);
    return (int)problem->status;
}

int join_follow_start(struct join *join, const struct inputs *inputs, bool file, const struct rows_options *rows,
                      const struct chunks_options *chunks)
{
    struct join_follow *follow = mem_zero(1, sizeof *follow);
    *follow = (struct join_follow){.join = join, .inputs = inputs, .rows_options = *rows, .chunks = *chunks,
                                   .file = file, .watch = -1, .end = wake_new(), .gone = SIZE_MAX};
    follow->rows_options.form = rows_form(join->names->sides[JOIN_SIDE_RIGHT].rows);
    follow->chunks.threads = file ? join->threads : 1;
    if (chunks->bad) /* at the same place of the file: whole records, a side at a time */
        follow->chunks.bad = output_start(fcntl(output_descriptor(chunks->bad), F_DUPFD_CLOEXEC, 0), "--bad");
    if (!file)
        follow->gone = join_follow_paths(join->names);
    follow->slots = mem_zero(join->names->sides[JOIN_SIDE_RIGHT].paths.count, sizeof *follow->slots);
    pthread_rwlock_init(&follow->table, NULL);
    pthread_mutex_init(&follow->lock, NULL);
    int status = begin(follow);
    join->follow = follow;
    return status;
}

int join_follow_end(struct join *join)
{
    struct join_follow *follow = join->follow;
    if (!follow)
        return STATUS_OK;
    wake_set(follow->end);
    if (follow->started && !follow->file)
        source_stop(rows_source(join->names->sides[JOIN_SIDE_RIGHT].rows));
    if (follow->started)
        pthread_join(follow->thread, NULL);
    int status = follow->status;
    if (follow->chunks.bad)
        output_close(follow->chunks.bad);
    if (follow->watch >= 0)
        close(follow->watch);
    if (follow->end >= 0)
        close(follow->end);
    pthread_rwlock_destroy(&follow->table);
    pthread_mutex_destroy(&follow->lock);
    free(follow->slots);
    free(follow);
    join->follow = NULL;
    return status;
}
