/* A new view below, taken while records come: it, and the messages behind it, which are read once more. */
#include "group/live/live_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/wake.h"
#include "table/form/row_form.h"

enum { NAME_SIZE = 32 };

/* What is being made while the groups stay as they are. */
struct renewal {
    struct live *live;
    struct group_run run; /* the live's, over the messages that are read again */
    struct run_state *state;
    struct positions positions; /* of the view, and what was read behind it */
};

static bool take_row_again(void *context, struct row *row, uint64_t place)
{
    struct renewal *renewal = context;
    bool late;
    return run_take_singly(renewal->state, row, place, &late);
}

/* A message that the view does not hold, and the groups do. */
static bool take_again(struct renewal *renewal, struct row *row, const struct batch *batch, bool careful)
{
    const struct rows_reader *reader = renewal->state->reader;
    if (!reader->has_origin)
        return !(row->error = "a record that does not say where it comes from");
    struct position_of *next = positions_find(&renewal->positions, &reader->origin);
    int64_t until = positions_find(&renewal->live->positions, &reader->origin)->next;
    if (reader->origin.offset < next->next || reader->origin.offset >= until)
        return true;
    next->next = reader->origin.offset + 1;
    return run_each(renewal->state, row, batch, careful, take_row_again, renewal);
}

static void again_work(void *tool, struct batch *batch, struct result *result)
{
    struct renewal *renewal = tool;
    struct rows_reader *reader = renewal->state->reader;
    rows_start(reader, batch, result);
    while (rows_next(reader)) {
        struct row row = {.slots = reader->slots, .arena = &renewal->state->arena};
        /* what is bad was told when it came first */
        if (!take_again(renewal, &row, batch, result->skip_bad) &&
            !result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                        row.error))
            return;
    }
}

static const struct chunks_work again = {.work = again_work};

/* The messages of what --reread prints, into the new groups. */
static int read_again(struct renewal *renewal, const char *path, struct problem *problem)
{
    struct live *live = renewal->live;
    char *files[] = {(char *)(uintptr_t)path};
    struct inputs inputs = {.files = files, .count = 1};
    struct rows_options rows_options = {.form = row_form_find("envelope")};
    renewal->run = *live->run;
    renewal->run.rows = rows_open(&inputs, &rows_options);
    group_run_init(&renewal->run);
    renewal->run.states = NULL;
    renewal->run.state_count = 0;
    renewal->run.tables = NULL;
    renewal->run.table_count = 0;
    renewal->run.positions = (struct positions){0};
    int status = STATUS_USAGE;
    if (rows_bind(renewal->run.rows, live->options->paths, problem)) {
        renewal->state = group_run_start(&renewal->run);
        struct groups *own = renewal->state->groups;
        renewal->state->groups = live->state->groups;
        struct chunks_options chunks = {.threads = 1, .skip_bad = live->options->skips_bad};
        status = chunks_run(rows_source(renewal->run.rows), &chunks, &again, renewal, NULL);
        renewal->state->groups = own;
        group_run_finish(&renewal->run, renewal->state);
        groups_free(group_run_merge(&renewal->run, 1));
    }
    positions_free(&renewal->run.positions);
    rows_close(renewal->run.rows);
    return status;
}

/* sh -c COMMAND; the descriptor that it writes to, -1 with the problem. */
static int start_command(const char *command, pid_t *child, struct problem *problem)
{
    const char *words[] = {"sh", "-c", command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        problem_set(problem, STATUS_IO, "--reread: %s", strerror(errno));
        return -1;
    }
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK); /* the ticker's thread hears none */
    posix_spawnattr_setsigmask(&attributes, &none);
    int wrong = posix_spawn(child, "/bin/sh", &actions, &attributes, (char **)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    if (wrong == 0)
        return ends[0];
    close(ends[0]);
    problem_set(problem, STATUS_IO, "--reread: sh cannot be started: %s", strerror(wrong));
    return -1;
}

/* The messages between the view and where the groups are. */
static bool reread(struct renewal *renewal, struct problem *problem)
{
    const char *command = renewal->live->options->reread;
    char name[NAME_SIZE];
    pid_t child;
    int status;
    if (!command)
        return problem_set(problem, STATUS_DATA, "it ends before what was read, and there is no --reread");
    int from = start_command(command, &child, problem);
    if (from < 0)
        return false;
    snprintf(name, sizeof name, "/dev/fd/%d", from);
    int read = read_again(renewal, name, problem);
    close(from);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return problem_set(problem, STATUS_IO, "--reread: %s", strerror(errno));
    if (problem->status != STATUS_OK)
        return false;
    if (read != STATUS_OK)
        return problem_set(problem, (enum status)read, "what --reread gives cannot be read");
    if (status != 0)
        return problem_set(problem, STATUS_IO, "--reread failed");
    return positions_within(&renewal->live->positions, &renewal->positions) ||
           problem_set(problem, STATUS_DATA, "--reread does not reach from its end to what was read");
}

/* What was told of a group is known of the new one too; which are no more is told. */
static void take_marks(struct live *live, struct groups *old)
{
    const struct groups_options options = group_run_options(live->run);
    struct groups *new = live->state->groups;
    size_t count = groups_list(old, &live->list);
    struct group *const *list = (struct group *const *)(const void *)live->list.data;
    live->cells.len = 0;
    for (size_t i = 0; i < count; i++) {
        const char *key = group_key(list[i], &options);
        struct group *group = groups_find(new, key, list[i]->key_len, groups_hash(key, list[i]->key_len));
        const struct live_mark *mark = live_mark(live, list[i]->states);
        struct group_cell gone = {.group = list[i], .gone = true};
        if (group) {
            struct live_mark *other = live_mark(live, group->states);
            other->told = mark->told;
            other->row = mark->row;
            other->known = mark->known;
        } else if (mark->told) {
            buffer_add(&live->cells, &gone, sizeof gone);
        }
    }
}

/* The new groups take the place of the old ones. */
static bool replace(struct renewal *renewal, struct groups *old, struct problem *problem)
{
    struct live *live = renewal->live;
    bool good = true;
    if (live->options->mode == LIVE_UPDATE) {
        take_marks(live, old);
        good = live_write_cells(live, live->cells.len / sizeof(struct group_cell), problem);
    } else if (live->options->mode == LIVE_APPEND) {
        live_close_told(live);
    }
    positions_merge(&live->positions, &renewal->positions);
    groups_free(old);
    live->small = groups_memory(live->state->groups);
    live->dirty = live->unsaved = true;
    return good && (!live->options->state || live_save(live, problem));
}

static bool make(struct renewal *renewal, uint64_t *base, struct problem *problem)
{
    struct live *live = renewal->live;
    if (!live_read_base(live, base, &renewal->positions, problem))
        return false;
    return positions_within(&live->positions, &renewal->positions) || reread(renewal, problem);
}

/* With the lock. */
static bool renew(struct live *live, struct problem *problem)
{
    struct renewal renewal = {.live = live};
    struct problem why = {0};
    uint64_t base = live->base;
    if (live->dirty && !live_tell(live, problem))
        return false;
    const struct groups_options options = group_run_options(live->run);
    struct groups *old = live->state->groups;
    int64_t watermark = live->watermark_ms, before = live->before_ms, least = live->least_end;
    live->watermark_ms = live->before_ms = LIVE_NO_TIME; /* the view knows of no late records */
    live->state->groups = groups_new(&options);
    bool made = make(&renewal, &base, &why), good = true;
    live->watermark_ms = watermark;
    live->before_ms = before;
    if (made) {
        live->base = base;
        live->id[0] = '\0'; /* the state is another one */
        live->closed = 0;
        good = replace(&renewal, old, problem);
        diag_notice("%s is taken: a new --base", live->options->base);
    } else {
        groups_free(live->state->groups);
        live->state->groups = old;
        live->least_end = least;
        live->touched.len = 0;
        live->epoch++;
        diag_warn("%s is not taken, the old --base stays: %s", live->options->base, why.text);
    }
    positions_free(&renewal.positions);
    return good;
}

bool group_live_renew(struct live *live, struct problem *problem)
{
    pthread_mutex_lock(&live->lock);
    bool good = renew(live, problem);
    pthread_mutex_unlock(&live->lock);
    wake_set(live->wake);
    return good;
}
